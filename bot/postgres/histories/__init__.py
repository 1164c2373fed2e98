"""Migration histories of every tool behind one shape: in a database, and in a release's folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql

from bot.domain.migrations import History, Migration, Release, Tool
from bot.domain.state import TableName
from bot.postgres.blockers import locked_out
from bot.postgres.histories import alembic, django, flyway, prisma, recognised
from bot.postgres.histories.reader import Reader, UnfitFolder
from bot.postgres.queries import query
from bot.postgres.session import limit
from bot.postgres.tables import grant, quoted

__all__ = ["read_history", "read_release"]

_READERS = {each.tool: each for each in (prisma.READER, alembic.READER, django.READER, flyway.READER)}
_TOOLS = {each.table: each.tool for each in _READERS.values()}
_NAME_IT = "name the one that counts in the configuration: `migrations.tool`, and `migrations.table`"


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A table that is a history by its name."""

    #: a `Tool`, or the name of one that cannot be read
    tool: str
    table: TableName
    columns: frozenset[str]

    def __str__(self) -> str:
        return f"{self.table} ({self.tool})"


def read_history(
    connection: psycopg.Connection[Any], tool: Tool | None = None, table: str | None = None
) -> History | None:
    """The configured tool's history, or the one that there is; None where none is found nor configured.

    `table` names it where the tool was told to keep it under another name, or there are several. Never a
    guess: a history that cannot be read, a tool without a reader and several histories are a history with a
    problem.
    """
    chosen = _READERS[tool] if tool else None
    found = _places(connection, chosen, table)
    if len(found) > 1:
        return _several(found)
    if not found:
        return _absent(chosen, table) if chosen else None
    (place,) = found
    reader = next((each for each in _READERS.values() if each.tool == place.tool), None)
    return _read(connection, reader, place) if reader else _unreadable(place)


def read_release(directory: Path, tool: Tool | None = None) -> Release:
    """The release's migrations, in the order in which they would be applied; executes nothing.

    Without a tool it is the one whose shape the folder has. A folder that cannot be read, or holds no
    migration, is a release with a problem.
    """
    name = str(directory)
    try:
        next(directory.iterdir(), None)
        reader = _READERS[tool] if tool else _recognised_reader(directory)
        migrations = reader.release(directory)
    except UnfitFolder as unfit:
        return Release(directory=name, tool=tool or "", problem=unfit.problem, cure=unfit.cure)
    except OSError as error:
        return Release(directory=name, tool=tool or "", problem=f"{error.filename}: {error.strerror}")
    if not migrations:
        problem = f"holds no migration of {reader.tool}: {reader.shape}"
        return Release(directory=name, tool=reader.tool, problem=problem)
    return Release(directory=name, tool=reader.tool, migrations=migrations)


def _recognised_reader(directory: Path) -> Reader:
    found = [each for each in _READERS.values() if each.recognises(directory)]
    if len(found) == 1:
        return found[0]
    if found:
        tools = " and ".join(each.tool for each in found)
        raise UnfitFolder(f"holds migrations of {tools}", "name one folder, or set `migrations.tool`")
    raise UnfitFolder(f"holds no migration of {', '.join(_READERS)}")


def _places(connection: psycopg.Connection[Any], chosen: Reader | None, table: str | None) -> list[_Place]:
    wanted = {"names": [chosen.table] if chosen else [*_TOOLS, *recognised.TABLES], "table": table}
    found = []
    for schema, name, columns, rails in connection.execute(query("history_tables"), wanted):
        known = frozenset(columns)
        tool = chosen.tool if chosen else _TOOLS.get(name) or recognised.tool_of(name, known, rails=rails)
        if tool:
            found.append(_Place(tool=tool, table=TableName(schema, name), columns=known))
    return found


def _absent(reader: Reader, table: str | None) -> History:
    place = table or f"public.{reader.table}"
    return History(tool=reader.tool, table=place, present=False, heads_only=reader.heads_only)


def _several(found: Sequence[_Place]) -> History:
    tools = ", ".join(dict.fromkeys(each.tool for each in found))
    problem = f"there are {len(found)} migration histories: {', '.join(map(str, found))}"
    return History(tool=tools, table="", present=True, problem=problem, cure=_NAME_IT)


def _unreadable(place: _Place) -> History:
    return History(
        tool=place.tool,
        table=str(place.table),
        present=True,
        problem=f"Secondkey recognises {place.tool} and cannot read it yet",
        cure=f"ask {place.tool} itself what it would apply, and compare that with the release",
    )


def _read(connection: psycopg.Connection[Any], reader: Reader, place: _Place) -> History:
    missing = sorted(reader.columns - place.columns)
    if missing:
        return _with_problem(
            reader,
            place,
            f"is no history of {reader.tool}: it lacks {', '.join(missing)}",
            "find out who changed it; `migrations.table` in the configuration names another one",
        )
    try:
        with connection.transaction(force_rollback=True):
            limit(connection)
            migrations = _migrations(connection, reader, place.table)
    except psycopg.Error as error:
        if connection.closed:
            raise
        return _with_problem(reader, place, *_hindrance(connection, place.table, error))
    return History(
        tool=reader.tool,
        table=str(place.table),
        present=True,
        migrations=migrations,
        heads_only=reader.heads_only,
    )


def _migrations(
    connection: psycopg.Connection[Any], reader: Reader, table: TableName
) -> tuple[Migration, ...]:
    statement = sql.SQL(query(f"{reader.tool}_history")).format(table=sql.Identifier(*table))
    return reader.migrations(connection.execute(statement).fetchall())


def _with_problem(reader: Reader, place: _Place, problem: str, cure: str) -> History:
    return History(tool=reader.tool, table=str(place.table), present=True, problem=problem, cure=cure)


def _hindrance(
    connection: psycopg.Connection[Any], table: TableName, error: psycopg.Error
) -> tuple[str, str]:
    """Why the history cannot be read, and the next move; empty where there is none to name."""
    if isinstance(error, errors.LockNotAvailable):
        return locked_out(connection, table)
    problem = " ".join((error.diag.message_primary or str(error)).split())
    if isinstance(error, errors.InsufficientPrivilege):
        return problem, grant(connection.info.user, f"SELECT ON {quoted(*table)}")
    return problem, ""
