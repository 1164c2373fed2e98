"""Tables and their rows against the baseline and the configuration's floors."""

from collections.abc import Iterator

from bot import wording
from bot.domain.counts import change, fell
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Baseline, State, Table, TableName

_KEEP = "stop what writes to it; `/backup emergency` keeps what is still there"


def findings(state: State, baseline: Baseline | None, rules: Rules) -> Iterator[Finding]:
    present = {table.name: table for table in state.tables}
    expected = baseline.expected_rows() if baseline else {}
    yield from _missing(present, baseline, rules)
    for table in state.tables:
        if table.rows is None:
            yield _unreadable(table)
            continue
        expectation = rules.expectation(table.name)
        if expectation is None or not expectation.volatile:
            yield from _fallen(table.name, expected.get(table.name, 0), table.rows, rules.drop_ratio)
        if expectation is not None:
            yield from _below_floor(expectation, table.rows)


def _missing(present: dict[TableName, Table], baseline: Baseline | None, rules: Rules) -> Iterator[Finding]:
    known = {table.name: table.rows for table in baseline.state.tables} if baseline else {}
    for name, rows in known.items():
        if name not in present:
            held = (
                "held rows that were not counted" if rows is None else f"held {wording.plural(rows, 'row')}"
            )
            yield finding(Code.SCHEMA_MISSING_TABLE, name.short, f"{held}; the table is gone", _KEEP)
    for expectation in rules.expectations:
        if expectation.table not in present and expectation.table not in known:
            yield finding(
                Code.SCHEMA_MISSING_TABLE,
                expectation.table.short,
                "the configuration expects this table; it is not there",
                "check its spelling under `expect` in the configuration, and which database this is",
            )


def _unreadable(table: Table) -> Finding:
    return finding(
        Code.ROWS_UNREADABLE,
        table.name.short,
        f"its rows could not be counted: {table.problem or 'the reason is not known'}",
        "grant the bot's login `pg_read_all_data`; where time ran out, raise `verify.time_budget`",
    )


def _fallen(name: TableName, before: int, after: int, ratio: float) -> Iterator[Finding]:
    if fell(before, after, ratio):
        code = Code.ROWS_DROPPED if after else Code.ROWS_ZERO
        yield finding(code, name.short, change(before, after), _KEEP)


def _below_floor(expectation: Expectation, rows: int) -> Iterator[Finding]:
    if expectation.min is not None and rows < expectation.min:
        yield finding(
            Code.ROWS_BELOW_FLOOR,
            expectation.table.short,
            f"{wording.plural(rows, 'row')}, at least {wording.count(expectation.min)} are expected",
            f"{_KEEP}; or lower `min` in the configuration if that is meant",
        )
