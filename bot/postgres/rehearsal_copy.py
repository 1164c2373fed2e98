"""A restored copy that a release's own command may work on: open to it alone, and marked as a copy."""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from bot.domain.backup import Manifest
from bot.domain.release_environment import Door
from bot.domain.state import DatabaseProperties
from bot.postgres.carry_over import put_on
from bot.postgres.client import own_access
from bot.postgres.connection import connect
from bot.postgres.fence import PATIENCE, clients, wait_until_empty
from bot.postgres.installation import Installation
from bot.postgres.lock_watch import LockWatch, watching_locks
from bot.postgres.queries import query
from bot.postgres.restore_failures import NotTestable, not_the_archives_fault
from bot.postgres.restore_test import Copy, restored_copy
from bot.postgres.schema_dump import dump_schema
from bot.postgres.throwaway import DATABASE, READER, RESTORER

PURPOSE = "rehearsal"
#: A release's tools open more sessions than a restore; who came is read from the log.
_SETTINGS = {"max_connections": "100", "log_connections": "on"}
#: What a role may do on its own server and may do in a copy's as well.
_ATTRIBUTES = {"createdb": sql.SQL("CREATEDB"), "createrole": sql.SQL("CREATEROLE")}
#: They name libraries that this machine may not have, and without which nobody would get in.
_LIBRARIES = "_preload_libraries"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class RehearsalCopy:
    """The copy, open to a release's command."""

    copy: Copy
    door: Door
    #: how it is not like the protected database, in words
    different: tuple[str, ...]
    #: where the log stood when the door was opened
    log_begins: int

    def watching_locks(self) -> AbstractContextManager[LockWatch]:
        """See `lock_watch`."""
        return watching_locks(self.copy.server.dsn(DATABASE, READER), purpose=PURPOSE)

    def read_schema(self, should_stop: Callable[[], bool] = lambda: False) -> str:
        """See `dump_schema`; raises `NotTestable`, and `Stopped`."""
        with not_the_archives_fault():
            door = own_access(self.copy.server.dsn(DATABASE, READER), PURPOSE)
            return dump_schema(self.copy.programs, door, should_stop=should_stop)

    def came(self) -> bool:
        """Whether anybody came in as the command does."""
        with self.copy.server.log.open("rb") as log:
            log.seek(self.log_begins)
            said = log.read().decode("utf-8", "replace")
        return f"connection authorized: user={self.door.login} database={DATABASE}" in said

    def end_sessions(self) -> None:
        """End what a command that is over left in the copy; raises `NotTestable` where it does not go."""
        with not_the_archives_fault(), closing(_superuser(self.copy, "postgres")) as connection:
            for client in clients(connection, [DATABASE]):
                connection.execute(query("end_session"), {"pid": client.pid})
            if left := wait_until_empty(connection, [DATABASE], PATIENCE):
                raise NotTestable(f"{left[0]} stays in the copy and cannot be ended")


@contextmanager
def rehearsal_copy(
    archive: Path,
    manifest: Manifest,
    programs: Installation,
    scratch: Path,
    *,
    login: str,
    on_progress: Callable[[str], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[RehearsalCopy]:
    """The backup as `restored_copy` makes it; raises the same.

    The command comes in as `login`, where the backup knows that role, else as the database's owner.
    """
    restored = restored_copy(
        archive, manifest, programs, scratch,
        port=_free_port(), settings=_SETTINGS, on_progress=on_progress, should_stop=should_stop,
    )  # fmt: skip
    with restored as copy:
        with not_the_archives_fault():
            made = _open(copy, manifest, login)
        yield made


def _open(copy: Copy, manifest: Manifest, login: str) -> RehearsalCopy:
    role = _role(manifest, login)
    if copy.server.port is None:
        raise ValueError("nobody can come in over the loopback address")
    door = Door(port=copy.server.port, login=role, password=secrets.token_urlsafe(24), database=DATABASE)
    with closing(_superuser(copy, DATABASE)) as connection:
        _mark(connection, manifest)
    with closing(connect(copy.server.dsn(DATABASE, RESTORER), purpose=PURPOSE)) as connection:
        # Without statistics the command would take longer than it does in production.
        connection.execute("ANALYZE")
    with closing(_superuser(copy, "postgres")) as connection:
        missed = put_on(connection, DATABASE, _properties(manifest))
        _let_in(connection, door, _attributes(manifest, role))
    return RehearsalCopy(
        copy=copy,
        door=door,
        different=(*_told(manifest, login, role), *copy.left_out, *(f"not done: {each}" for each in missed)),
        log_begins=copy.server.log.stat().st_size,
    )


def _mark(connection: Connection, manifest: Manifest) -> None:
    """Let the copy say of itself that it is one; nothing that came out of the archive runs for that."""
    origin = manifest.state.identity
    connection.execute(query("marker_drop_schema"))
    for statement in (
        "marker_create_schema", "marker_grant_schema", "marker_create_table", "marker_grant_table",
        "marker_copy_column",
    ):  # fmt: skip
        connection.execute(query(statement))
    connection.execute(
        query("marker_write_copy"),
        {
            "id": origin.marker.id if origin.marker else str(uuid4()),
            "system_identifier": origin.system_identifier,
            "database_oid": origin.database_oid,
            "copy_of": manifest.id,
        },
    )


def _let_in(connection: Connection, door: Door, attributes: frozenset[str]) -> None:
    """The command, by a password of its own, and our reader, whoever else is kept out there."""
    login = sql.SQL(query("throwaway_login")).format(
        role=sql.Identifier(door.login),
        attributes=sql.SQL(" ").join(word for name, word in _ATTRIBUTES.items() if name in attributes),
        password=sql.Literal(door.password),
    )
    reading = sql.SQL(query("grant_database")).format(
        privileges=sql.SQL("CONNECT"),
        database=sql.Identifier(DATABASE),
        grantee=sql.Identifier(READER),
        option=sql.SQL(""),
    )
    connection.execute(login)
    connection.execute(reading)


def _role(manifest: Manifest, wanted: str) -> str:
    known = {role.name for role in manifest.roles}
    return next((name for name in (wanted, manifest.properties.owner) if name in known), RESTORER)


def _attributes(manifest: Manifest, role: str) -> frozenset[str]:
    return frozenset(word for each in manifest.roles if each.name == role for word in each.attributes)


def _told(manifest: Manifest, wanted: str, role: str) -> Iterator[str]:
    if wanted and wanted != role:
        yield f"the role {wanted} has nothing in the backup: the command came as {role}"
    if "superuser" in _attributes(manifest, role):
        yield f"{role} is a superuser there, and was none in the copy"
    for _, setting in _libraries(manifest.properties):
        yield f"the setting {setting.partition('=')[0]} was left out"


def _properties(manifest: Manifest) -> DatabaseProperties:
    """The protected database's own, but that everybody gets in."""
    libraries = _libraries(manifest.properties)
    settings = tuple(each for each in manifest.properties.settings if each not in libraries)
    return replace(manifest.properties, connection_limit=-1, settings=settings)


def _libraries(properties: DatabaseProperties) -> list[tuple[str | None, str]]:
    return [each for each in properties.settings if each[1].partition("=")[0].endswith(_LIBRARIES)]


def _superuser(copy: Copy, database: str) -> Connection:
    """For our own statements only."""
    return connect(copy.server.dsn(database), purpose=PURPOSE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
