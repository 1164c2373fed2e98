"""Tables and their rows against the baseline and the configuration's floors."""

from collections.abc import Iterator

from bot import wording
from bot.domain.counts import change, fell
from bot.domain.findings import Code, Finding, finding
from bot.domain.lineage import Tables, may_go, volatile
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Baseline, Sequence, State, Table, TableName

_KEEP = "stop what writes to it; `/backup emergency` keeps what is still there"


def findings(state: State, baseline: Baseline | None, rules: Rules) -> Iterator[Finding]:
    present = {table.name: table for table in state.tables}
    known = {table.name: table for table in baseline.state.tables} if baseline else {}
    expected = baseline.expected_rows() if baseline else {}
    yield from (_gone(table, known, present, rules) for table in known.values() if table.name not in present)
    yield from _never_there(present, known, rules)
    for table in state.tables:
        if table.rows is None:
            yield _unreadable(table)
            continue
        if not volatile(table.name, present, rules):
            yield from _fallen(table.name, expected.get(table.name, 0), table.rows, rules.drop_ratio)
        if (expectation := rules.expectation(table.name)) is not None:
            yield from _below_floor(expectation, table.rows)
    yield from (_unreadable_sequence(sequence) for sequence in state.sequences if sequence.problem)


def _gone(table: Table, known: Tables, present: Tables, rules: Rules) -> Finding:
    rows = table.rows
    held = "held rows that were not counted" if rows is None else f"held {wording.plural(rows, 'row')}"
    if not may_go(table, known, present, rules):
        return finding(Code.SCHEMA_MISSING_TABLE, table.name.short, f"{held}; the table is gone", _KEEP)
    if table.partition_of is not None and table.partition_of in present:
        told = f"{held}; the partition is gone, and {table.partition_of.short} is there"
    else:
        told = f"{held}, which may go; the table is gone too"
    return finding(Code.SCHEMA_CHANGED, table.name.short, told, "fine where that is usual; else find out who")


def _never_there(present: Tables, known: Tables, rules: Rules) -> Iterator[Finding]:
    for expectation in rules.expectations:
        if expectation.table not in present and expectation.table not in known:
            needed = not expectation.volatile or expectation.min is not None
            yield finding(
                Code.SCHEMA_MISSING_TABLE if needed else Code.SCHEMA_CHANGED,
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


def _unreadable_sequence(sequence: Sequence) -> Finding:
    return finding(
        Code.ROWS_UNREADABLE,
        sequence.name.short,
        f"where this sequence stands could not be read: {sequence.problem}",
        "grant the bot's login `pg_read_all_data`, or ask again where it was locked",
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
