"""Brings the schema of the bot's own database up to date: our tables first, then the job queue's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, LiteralString

from procrastinate.schema import SchemaManager
from psycopg import Connection

from bot.errors import Refused
from bot.store.queries import only_row, query

OURS = "secondkey"
QUEUE = "procrastinate"


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file, applied once."""

    name: str
    sql: LiteralString


def migrate(connection: Connection[Any], check_server: Callable[[str], object]) -> None:
    """Apply what is missing. The connection is in autocommit mode, and keeps a lock until it is closed.

    `check_server` gets the server's system identifier before anything is created, and raises where
    nothing may be. Raises `Refused` where the database was written by a newer release, or cannot hold our
    state.
    """
    connection.execute(query("migration_lock"))
    own, queue = our_migrations(), queue_migrations()
    if not only_row(connection, "migrations_there")[0]:
        _refuse_encoding(connection)
        check_server(only_row(connection, "system_identifier")[0])
        connection.execute(query("migrations_table"))
    applied = {source: _applied(connection, source) for source in (OURS, QUEUE)}
    _refuse_newer(applied[OURS], own)
    _refuse_newer(applied[QUEUE], queue)
    for migration in own:
        if migration.name not in applied[OURS]:
            _apply(connection, OURS, migration.sql, migration.name)
    if not applied[QUEUE]:
        _create_queue(connection, queue)
        return
    for migration in queue:
        if migration.name not in applied[QUEUE]:
            _apply(connection, QUEUE, migration.sql, migration.name)


def our_migrations() -> tuple[Migration, ...]:
    """The numbered files of this release, in order."""
    return _in_order(files("bot.store").joinpath("migrations"))


def queue_migrations() -> tuple[Migration, ...]:
    """The files of the job queue's release, in order; its whole schema is what they add up to."""
    return _in_order(Path(SchemaManager.get_migrations_path()))


def _in_order(folder: Traversable) -> tuple[Migration, ...]:
    found = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".sql")}
    return tuple(
        Migration(name=name, sql=entry.read_text(encoding="utf-8")) for name, entry in sorted(found.items())
    )


def _applied(connection: Connection[Any], source: str) -> frozenset[str]:
    rows = connection.execute(query("migrations_applied"), {"source": source}).fetchall()
    return frozenset(name for (name,) in rows)


def _apply(connection: Connection[Any], source: str, sql: LiteralString, *names: str) -> None:
    """Run the statements and remember these files, both or neither."""
    with connection.transaction():
        connection.execute(sql)
        for name in names:
            connection.execute(query("migration_record"), {"source": source, "name": name})


def _create_queue(connection: Connection[Any], migrations: Sequence[Migration]) -> None:
    if only_row(connection, "foreign_queue")[0]:
        raise Refused(
            "foreign-queue",
            "the database for the bot's state already holds a job queue of another program",
            "give Secondkey a database of its own: state.dsn",
        )
    _apply(connection, QUEUE, SchemaManager.get_schema(), *(migration.name for migration in migrations))


def _refuse_newer(applied: frozenset[str], known: Sequence[Migration]) -> None:
    if unknown := applied - {migration.name for migration in known}:
        raise Refused(
            "newer-state",
            f"the bot's own database was written by a newer Secondkey (it has {max(unknown)})",
            "run that release or a newer one; nothing was changed",
        )


def _refuse_encoding(connection: Connection[Any]) -> None:
    encoding = only_row(connection, "encoding")[0]
    if encoding != "UTF8":
        raise Refused(
            "state-encoding",
            f"the database for the bot's state has the encoding {encoding}, which cannot hold every name",
            "create it with ENCODING 'UTF8' TEMPLATE template0",
        )
