"""What is live now against what was approved, although clients may have come back and written already."""

from dataclasses import replace

from bot.domain.comparison import differences
from bot.domain.state import State, Table, TableName


def unexplained(approved: State, before: State, now: State) -> tuple[str, ...]:
    """Every difference from what was approved, without those in tables that were written to since `before`.

    `before` is the same database as it was read while nobody was in it.
    """
    expected = {table.name: table for table in approved.tables}
    earlier = {table.name: table for table in before.tables}
    tables = tuple(_as_approved(table, expected, earlier.get(table.name)) for table in now.tables)
    return differences(approved, replace(now, tables=tables))


def _as_approved(table: Table, expected: dict[TableName, Table], before: Table | None) -> Table:
    approved = expected.get(table.name)
    written = before is not None and table.counters != before.counters
    return replace(table, rows=approved.rows) if approved is not None and written else table
