"""Prisma's migrations: the history in a database, and the folder of a release."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors, sql

from bot.domain.migrations import History, Migration, MigrationState, Release, ReleaseMigration
from bot.domain.state import TableName
from bot.postgres.blockers import locked_out
from bot.postgres.queries import query
from bot.postgres.session import limit
from bot.postgres.tables import grant, quoted

TOOL = "prisma"


@dataclass(frozen=True, kw_only=True)
class _Row:
    name: str
    checksum: str | None
    finished_at: datetime | None
    rolled_back_at: datetime | None
    logged: bool

    @property
    def state(self) -> MigrationState:
        """Prisma writes an error into a failed row's log; a row without one is at work, or was killed."""
        if self.rolled_back_at is not None:
            return MigrationState.ROLLED_BACK
        if self.finished_at is not None:
            return MigrationState.APPLIED
        return MigrationState.FAILED if self.logged else MigrationState.RUNNING


#: Of several rows with one name, the first of these counts: Prisma too stops at any that is unfinished.
_WEIGHT = (MigrationState.FAILED, MigrationState.RUNNING, MigrationState.APPLIED, MigrationState.ROLLED_BACK)


def read_history(connection: psycopg.Connection[Any], tool: str | None = None) -> History | None:
    """The history, in the order of its beginnings; None where there is none and no tool is configured.

    A history that cannot be read, and a tool that has no reader, is a history with a problem.
    """
    if tool not in (None, TOOL):
        return History(tool=str(tool), table="", present=False, problem=f"Secondkey cannot read {tool} yet")
    places = connection.execute(query("prisma_tables")).fetchall()
    if not places:
        return History(tool=TOOL, table="public._prisma_migrations", present=False) if tool else None
    table = TableName(*places[0])
    try:
        with connection.transaction(force_rollback=True):
            limit(connection)
            rows = _rows(connection, table)
    except psycopg.Error as error:
        if connection.closed:
            raise
        problem, cure = _hindrance(connection, table, error)
        return History(tool=TOOL, table=str(table), present=True, problem=problem, cure=cure)
    return History(tool=TOOL, table=str(table), present=True, migrations=_migrations(rows))


def read_release(directory: Path, tool: str) -> Release:
    """The release's migrations, in the order in which they would be applied."""
    if tool != TOOL:
        return Release(directory=str(directory), problem=f"Secondkey cannot read {tool} yet")
    try:
        folders = sorted(entry for entry in directory.iterdir() if (entry / "migration.sql").exists())
        migrations = tuple(_release_migration(folder) for folder in folders)
    except OSError as error:
        return Release(directory=str(directory), problem=f"{error.filename}: {error.strerror}")
    return Release(directory=str(directory), migrations=migrations)


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


def _rows(connection: psycopg.Connection[Any], table: TableName) -> list[_Row]:
    statement = sql.SQL(query("prisma_history")).format(table=sql.Identifier(*table))
    return [
        _Row(name=name, checksum=checksum, finished_at=finished, rolled_back_at=rolled_back, logged=logged)
        for name, checksum, finished, rolled_back, logged in connection.execute(statement)
    ]


def _migrations(rows: Sequence[_Row]) -> tuple[Migration, ...]:
    """One a name: the row that counts, at its own place in the order."""
    counting: dict[str, _Row] = {}
    for row in rows:
        known = counting.get(row.name)
        if known is None or _WEIGHT.index(row.state) <= _WEIGHT.index(known.state):
            counting.pop(row.name, None)
            counting[row.name] = row
    return tuple(
        Migration(
            name=row.name,
            checksum=row.checksum,
            state=row.state,
            applied_at=row.finished_at if row.state is MigrationState.APPLIED else None,
        )
        for row in counting.values()
    )


def _release_migration(folder: Path) -> ReleaseMigration:
    content = (folder / "migration.sql").read_bytes()
    unix = content.replace(b"\r\n", b"\n")
    variants = (content, unix, unix.replace(b"\n", b"\r\n"))
    checksums = frozenset(hashlib.sha256(variant).hexdigest() for variant in variants)
    return ReleaseMigration(name=folder.name, checksums=checksums)
