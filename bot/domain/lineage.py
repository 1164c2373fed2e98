"""Partitions and the tables that they belong to: what is said of the one holds for the other."""

from collections.abc import Container, Iterator, Mapping

from bot.domain.observation import Rules
from bot.domain.state import Table, TableName

Tables = Mapping[TableName, Table]


def volatile(name: TableName, tables: Tables, rules: Rules) -> bool:
    """Whether its rows may go: what is configured for the nearest of its lineage decides."""
    configured = (rules.expectation(each) for each in _lineage(name, tables))
    nearest = next((expectation for expectation in configured if expectation is not None), None)
    return nearest is not None and nearest.volatile


def may_go(table: Table, known: Tables, present: Container[TableName], rules: Rules) -> bool:
    """Whether a table of `known` may be gone from `present` without a loss.

    So may a partition whose parent is there, for its rows are judged with the parent's, and a volatile table;
    neither where the configuration expects rows of it by its own name.
    """
    own = rules.expectation(table.name)
    if own is not None:
        return own.volatile and own.min is None
    return table.partition_of in present or volatile(table.name, known, rules)


def _lineage(name: TableName, tables: Tables) -> Iterator[TableName]:
    """The table and those that it is a partition of, the nearest first."""
    above: TableName | None = name
    while above is not None:
        yield above
        table = tables.get(above)
        above = table.partition_of if table else None
