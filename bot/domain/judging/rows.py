"""Tables and their rows against the baseline and the configuration's floors."""

from collections.abc import Iterator, Mapping

from bot import wording
from bot.domain.counts import change, fell
from bot.domain.findings import Code, Finding, finding
from bot.domain.lineage import Tables, may_go, volatile
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Baseline, Sequence, State, Table, TableName


def findings(
    database: str,
    state: State,
    baseline: Baseline | None,
    rules: Rules,
    looked_at: frozenset[TableName] | None = None,
) -> Iterator[Finding]:
    """The worst first: tables that the configuration expects something of, then those that lost most.

    Of these tables alone where `looked_at` names them: a table that is not there was looked at, too.
    """
    keep = f"stop what writes to it; `/backup emergency {database}` keeps what is still there"
    ask_again = f"look into the server's own log, then `/verify {database}` again"
    present = {table.name: table for table in state.tables}
    known = {table.name: table for table in baseline.state.tables} if baseline else {}
    expected = baseline.expected_rows() if baseline else {}
    for name in _worst_first(present, known, expected, rules):
        if looked_at is not None and name not in looked_at:
            continue
        if (table := present.get(name)) is None:
            yield _gone(known[name], known, present, rules, keep)
        elif table.rows is None:
            yield _unreadable(table, ask_again)
        else:
            if not volatile(name, present, rules):
                yield from _fallen(name, expected.get(name, 0), table.rows, rules.drop_ratio, keep)
            if (expectation := rules.expectation(name)) is not None:
                yield from _below_floor(expectation, table.rows, keep)
    if looked_at is None:
        yield from _never_there(present, known, rules)
    for sequence in state.sequences:
        if sequence.problem:
            yield _unreadable_sequence(sequence, ask_again)


def _worst_first(
    present: Tables, known: Tables, expected: Mapping[TableName, int], rules: Rules
) -> list[TableName]:
    """All tables; last those that lost nothing, whatever is expected of them."""

    def place(name: TableName) -> tuple[bool, bool, int]:
        rows = present[name].rows if name in present else 0
        lost = expected.get(name, 0) - (rows or 0)
        return lost <= 0, rules.expectation(name) is None, -lost

    return sorted({**present, **known}, key=place)


def _gone(table: Table, known: Tables, present: Tables, rules: Rules, keep: str) -> Finding:
    rows = table.rows
    held = "held rows that were not counted" if rows is None else f"held {wording.plural(rows, 'row')}"
    if not may_go(table, known, present, rules):
        return finding(Code.SCHEMA_MISSING_TABLE, table.name.short, f"{held}; the table is gone", keep)
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


def _unreadable(table: Table, ask_again: str) -> Finding:
    return finding(
        Code.ROWS_UNREADABLE,
        table.name.short,
        f"its rows could not be counted: {table.problem or 'the reason is not known'}",
        table.cure or ask_again,
    )


def _unreadable_sequence(sequence: Sequence, ask_again: str) -> Finding:
    return finding(
        Code.ROWS_UNREADABLE,
        sequence.name.short,
        f"where this sequence stands could not be read: {sequence.problem}",
        sequence.cure or ask_again,
    )


def _fallen(name: TableName, before: int, after: int, ratio: float, keep: str) -> Iterator[Finding]:
    if fell(before, after, ratio):
        code = Code.ROWS_DROPPED if after else Code.ROWS_ZERO
        yield finding(code, name.short, change(before, after), keep)


def _below_floor(expectation: Expectation, rows: int, keep: str) -> Iterator[Finding]:
    if expectation.min is not None and rows < expectation.min:
        yield finding(
            Code.ROWS_BELOW_FLOOR,
            expectation.table.short,
            f"{wording.plural(rows, 'row')}, at least {wording.count(expectation.min)} are expected",
            f"{keep}; or lower `min` in the configuration if that is meant",
        )
