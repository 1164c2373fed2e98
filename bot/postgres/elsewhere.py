"""Before rows count as lost, they are looked for in the database's other schemas and on its server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from psycopg import IsolationLevel
from psycopg.conninfo import make_conninfo

from bot import wording
from bot.domain.observation import Elsewhere, Unseen
from bot.domain.state import TableName
from bot.errors import CommandFailed, SecondkeyError
from bot.postgres.connection import connect, reading_in_words
from bot.postgres.counting import Count, count
from bot.postgres.naming import made_by_us
from bot.postgres.queries import query
from bot.postgres.session import Session, limit
from bot.postgres.tables import list_tables, quoted

_PURPOSE = "search"

#: Every reason for having looked nowhere begins so.
_NOT = "not searched for the missing rows: "

Counts = Mapping[TableName, Count]


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where missing rows lie, by table, the fullest place first; and what could not be searched for them."""

    found: tuple[Elsewhere, ...] = ()
    unsearched: tuple[Unseen, ...] = ()


def search(
    dsn: str,
    tables: Sequence[TableName],
    *,
    maintenance_database: str = "postgres",
    time_budget: timedelta,
) -> Search:
    """Where tables of these names hold more rows than they do here.

    Looked at are all schemas of this database, and the same schema of every other database that the login may
    enter; those that a restore made come last. What cannot be searched, or not in time, costs no other place
    its turn.
    """
    end = monotonic() + time_budget.total_seconds()
    try:
        names, closed = _other_databases(dsn, maintenance_database)
        present = _counts(dsn, tables, end)
    except SecondkeyError as away:
        return Search(unsearched=(Unseen(what="the server", reason=_NOT + away.reason, hint=away.hint),))
    names.sort(key=made_by_us)
    others = [_in_database(make_conninfo(dsn, dbname=name), name, tables, end) for name in names]
    found = (*_in_other_schemas(tables, present), *(each for other in others for each in other.found))
    fuller = (each for each in found if each.rows > _rows(present, each.table))
    return Search(
        found=tuple(sorted(fuller, key=lambda each: (each.table, -each.rows))),
        unsearched=(*closed, *(each for other in others for each in other.unsearched)),
    )


def _in_database(dsn: str, name: str, tables: Sequence[TableName], end: float) -> Search:
    place = f"database {name}"
    try:
        counts = _counts(dsn, tables, end)
    except SecondkeyError as away:
        return Search(unsearched=(Unseen(what=place, reason=_NOT + away.reason, hint=away.hint),))
    there = {table: counts[table] for table in tables if table in counts}
    return Search(
        found=tuple(Elsewhere(table=table, place=place, rows=_rows(there, table)) for table in there),
        unsearched=tuple(
            Unseen(what=f"{table.short} in {place}", reason=_NOT + found.problem, hint=found.cure)
            for table, found in there.items()
            if found.problem
        ),
    )


def _in_other_schemas(tables: Sequence[TableName], present: Counts) -> Iterator[Elsewhere]:
    """What could not be counted there is a finding of its own already."""
    for schema in {table.schema for table in present}:
        for table in tables:
            if table.schema != schema:
                rows = _rows(present, TableName(schema, table.name))
                yield Elsewhere(table=table, place=f"schema {schema}", rows=rows)


def _rows(counts: Counts, table: TableName) -> int:
    return (counts[table].rows or 0) if table in counts else 0


def _other_databases(dsn: str, maintenance_database: str) -> tuple[list[str], list[Unseen]]:
    """Those that can be looked into, and in words those that cannot."""
    with connect(dsn, purpose=_PURPOSE, maintenance_database=maintenance_database) as connection:
        known = connection.execute(query("other_databases")).fetchall()
        login = connection.info.user
    shut = [name for name, allows, _ in known if not allows]
    refused = [name for name, allows, may_enter in known if allows and not may_enter]
    grant = f"`GRANT CONNECT ON DATABASE {', '.join(map(quoted, refused))} TO {quoted(login)}`"
    closed = (
        (shut, "no connections are allowed there", "find out why, and look there by hand"),
        (refused, f"{login} may not enter", grant),
    )
    unseen = [
        Unseen(what=_named(names), reason=_NOT + why, hint=hint) for names, why, hint in closed if names
    ]
    return [name for name, *open_to_us in known if all(open_to_us)], unseen


def _named(databases: list[str]) -> str:
    return f"{'database' if len(databases) == 1 else 'databases'} {wording.listed(databases)}"


def _counts(dsn: str, tables: Sequence[TableName], end: float) -> Counts:
    """The count of every table there that has one of these names, in whatever schema.

    Raises `SecondkeyError`, also where no time is left.
    """
    left = end - monotonic()
    if left <= 0:
        raise CommandFailed("the time for the search was used up", "look there by hand, or `/verify` again")
    with connect(dsn, purpose=_PURPOSE) as connection, reading_in_words(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction(force_rollback=True):
            limit(connection, left)
            relations = list_tables(connection, [table.name for table in tables])
            return count(Session(connection, time_budget=timedelta(seconds=left)), relations)
