"""Before rows count as lost, they are looked for in the database's other schemas and on its server."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from time import monotonic

import structlog
from psycopg import IsolationLevel
from psycopg.conninfo import make_conninfo

from bot.domain.observation import Elsewhere
from bot.domain.state import TableName
from bot.errors import SecondkeyError
from bot.postgres.connection import connect, reading_in_words
from bot.postgres.counting import count
from bot.postgres.queries import query
from bot.postgres.session import Session, limit
from bot.postgres.tables import list_tables

log = structlog.get_logger()

_PURPOSE = "search"

Counts = dict[TableName, int]


def search(
    dsn: str,
    tables: Sequence[TableName],
    *,
    maintenance_database: str = "postgres",
    time_budget: timedelta,
) -> tuple[Elsewhere, ...]:
    """Where tables of these names hold more rows than they do here: by table, the fullest place first.

    Looked at are all schemas of this database, and the same schema of every other database that the login may
    enter. What cannot be searched, or not in time, is logged and passed over: what was found counts.
    """
    end = monotonic() + time_budget.total_seconds()
    present = _counts(dsn, tables, end)
    found = [*_in_other_schemas(tables, present)]
    for name in _other_databases(dsn, maintenance_database):
        counts = _counts(make_conninfo(dsn, dbname=name), tables, end)
        found += _at(f"database {name}", {table: counts.get(table, 0) for table in tables})
    fuller = (each for each in found if each.rows > present.get(each.table, 0))
    return tuple(sorted(fuller, key=lambda each: (each.table, -each.rows, each.place)))


def _in_other_schemas(tables: Sequence[TableName], present: Counts) -> Iterator[Elsewhere]:
    for schema in {table.schema for table in present}:
        there = {table: present.get(TableName(schema, table.name), 0) for table in tables}
        yield from _at(f"schema {schema}", {t: rows for t, rows in there.items() if t.schema != schema})


def _at(place: str, counts: Counts) -> Iterator[Elsewhere]:
    return (Elsewhere(table=table, place=place, rows=rows) for table, rows in counts.items())


def _other_databases(dsn: str, maintenance_database: str) -> list[str]:
    try:
        with connect(dsn, purpose=_PURPOSE, maintenance_database=maintenance_database) as connection:
            return [name for (name,) in connection.execute(query("other_databases"))]
    except SecondkeyError as away:
        log.warning("the server's other databases were not searched", reason=away.reason)
        return []


def _counts(dsn: str, tables: Sequence[TableName], end: float) -> Counts:
    """The rows of every table there that has one of these names, in whatever schema."""
    left = end - monotonic()
    if left <= 0:
        log.warning("a database was not searched for missing rows", reason="the time is used up")
        return {}
    try:
        with connect(dsn, purpose=_PURPOSE) as connection, reading_in_words(connection):
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction(force_rollback=True):
                limit(connection, left)
                relations = list_tables(connection, [table.name for table in tables])
                counts = count(Session(connection, time_budget=timedelta(seconds=left)), relations)
    except SecondkeyError as away:
        log.warning("a database was not searched for missing rows", reason=away.reason)
        return {}
    for table, found in counts.items():
        if found.problem:
            log.warning("a table was not searched for missing rows", table=str(table), reason=found.problem)
    return {table: found.rows for table, found in counts.items() if found.rows is not None}
