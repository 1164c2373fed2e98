"""The demo's protected database: a server of its own with the sample application's data.

Everything lies in the demo's folder: `database/server-1` and `-2` the server and its replacement,
`database/current.json` which of them is in force and on which port, `database/logins` the passwords,
`prisma/migrations` the release's migrations.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import psycopg
import structlog
from psycopg import sql
from psycopg.errors import DeadlockDetected, LockNotAvailable

from bot.demo import ports, sample
from bot.demo.logins import Logins, open_logins
from bot.demo.queries import query
from bot.errors import CommandFailed
from bot.postgres.installation import embedded
from bot.postgres.place import make_passable
from bot.postgres.server import Server
from bot.repository.files import write_atomically

NAME = "projectledger"
#: How old the first entry of the migration history is.
PAST = timedelta(days=365)
#: A new server takes the number that the one before does not have.
_NUMBERS = (1, 2)
_ATTEMPTS = 5

Connection = psycopg.Connection[Any]
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Current:
    """The server in force."""

    number: int
    port: int


class DemoDatabase:
    """`projectledger` on a server of its own. One thread acts at a time; the others wait."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the demo's folder."""
        directory = directory.absolute()
        self.migrations = directory / "prisma" / "migrations"
        self._home = directory / "database"
        self._servers = {
            number: Server(self._home / f"server-{number}", embedded(), may_be_lost=True)
            for number in _NUMBERS
        }
        self._acting = RLock()

    def start(self) -> None:
        """Start the server, or adopt it where it still runs; the first time, make and fill the database.

        Raises `CommandFailed` where a server that was there has lost its data.
        """
        with self._acting:
            make_passable(self._home)
            if self._record.exists():
                self._start_again()
            else:
                self._begin()
            if not self.migrations.exists():
                sample.copy_migrations(self.migrations)

    def stop(self) -> None:
        """Stop whatever runs of it; safe to repeat."""
        with self._acting:
            for server in self._servers.values():
                server.stop()

    def delete(self) -> None:
        """Stop it, and remove its servers, wherever their data lies; the next start makes all of it anew."""
        with self._acting:
            self._delete_all_but(None)
            self._record.unlink(missing_ok=True)

    def replace_server(self) -> None:
        """A new server takes the address and the logins, with an empty database; the old one is deleted."""
        with self._acting:
            before = self._current()
            after = replace(before, number=next(number for number in _NUMBERS if number != before.number))
            new = self._servers[after.number]
            new.delete()
            new.port = None
            new.start()
            self._create(new)
            new.stop()
            self._servers[before.number].stop()
            self._save(after)
            self._in_force().start()
            self._servers[before.number].delete()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Nobody else starts, stops or changes it while the block runs; raises where it is stopped."""
        with self._acting:
            if not self._record.exists() or not self._in_force().running:
                raise CommandFailed("the demo's database does not run", "the demo is ending, or was killed")
            yield

    def change(self, act: Callable[[Connection], object]) -> None:
        """Run `act` as the application in one transaction; sessions that block it are ended.

        Raises `CommandFailed` where the database is not there.
        """
        self._refuse_absent()
        for _ in range(_ATTEMPTS):
            try:
                with self._connect(NAME, self._logins.app.role) as connection, connection.transaction():
                    connection.execute("SET LOCAL lock_timeout = '2s'")
                    act(connection)
                return
            except (LockNotAvailable, DeadlockDetected):
                with self._connect() as superuser:
                    superuser.execute(query("end_sessions"), {"name": NAME})
        raise CommandFailed(
            f"others lock tables of {NAME} again and again", "end their sessions, then try again"
        )

    def drop(self) -> None:
        """Drop the database, whoever is connected; raises `CommandFailed` where it is not there."""
        self._refuse_absent()
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))

    @property
    def owner_dsn(self) -> str:
        """What the application uses; holds its password."""
        return self._logins.app.dsn_with_password(self._current().port, NAME)

    @property
    def reader_dsn(self) -> str:
        """A login that only reads; names a passfile."""
        return self._logins.reader.dsn(self._current().port, NAME)

    @property
    def restore_dsn(self) -> str:
        """A login for restoring; names a passfile."""
        return self._logins.restore.dsn(self._current().port, NAME)

    @property
    def _logins(self) -> Logins:
        return open_logins(self._home / "logins")

    @property
    def _record(self) -> Path:
        return self._home / "current.json"

    def _current(self) -> _Current:
        return _Current(**json.loads(self._record.read_text()))

    def _save(self, current: _Current) -> None:
        write_atomically(self._record, json.dumps(asdict(current)).encode())

    def _in_force(self) -> Server:
        current = self._current()
        server = self._servers[current.number]
        server.port = current.port
        return server

    def _begin(self) -> None:
        """Make it all; the record is written last, so that what was interrupted is made again."""
        self._delete_all_but(None)
        current = _Current(number=_NUMBERS[0], port=ports.choose())
        server = self._servers[current.number]
        server.port = current.port
        server.start()
        self._create(server)
        with psycopg.connect(server.dsn(NAME, self._logins.app.role)) as connection:
            sample.migrate(connection, over=PAST)
            sample.fill(connection)
        self._save(current)

    def _start_again(self) -> None:
        current, server = self._current(), self._in_force()
        if not server.has_data:
            raise CommandFailed(
                f"the data of the demo's database is gone from {server.directory}",
                "secondkey demo --fresh begins anew",
            )
        self._delete_all_but(current.number)
        if not server.running and not ports.is_free(current.port):
            moved = replace(current, port=ports.choose())
            log.warning("the database's port is taken, it moves", port=current.port, now=moved.port)
            self._save(moved)
        self._in_force().start()

    def _delete_all_but(self, kept: int | None) -> None:
        """What an interrupted beginning or replacement left behind."""
        for number, server in self._servers.items():
            if number != kept:
                server.delete()

    def _create(self, server: Server) -> None:
        """The logins, and an empty database."""
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            self._logins.create(connection)
            owner = sql.Identifier(self._logins.app.role)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), owner))

    def _connect(self, database: str = "postgres", role: str = "postgres") -> Connection:
        return psycopg.connect(self._in_force().dsn(database, role), autocommit=True)

    def _refuse_absent(self) -> None:
        with self._connect() as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).rowcount == 0:
                raise CommandFailed(
                    f"the database {NAME} is not there: it was dropped",
                    "fresh-server brings an empty one; a new start with --fresh brings all of it back",
                )
