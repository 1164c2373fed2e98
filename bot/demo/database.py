"""The demo's protected database: a server of its own with the sample application's data.

Everything lies in the demo's folder: `database/server-N` the server, `database/current.json` which of them is
in force and on which port, `database/logins` the passwords, `prisma/migrations` the release's migrations.
"""

import json
import shutil
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
from bot.postgres.server import Server, make_passable
from bot.repository.files import write_atomically

NAME = "projectledger"
#: How old the first entry of the migration history is.
PAST = timedelta(days=365)
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
        self.migrations = directory / "prisma" / "migrations"
        self._home = directory / "database"
        self._servers: dict[int, Server] = {}
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
            for number in self._numbers():
                self._server(number).stop()

    def delete(self) -> None:
        """Stop it, and remove everything of it."""
        with self._acting:
            for number in self._numbers():
                self._server(number).delete()
            shutil.rmtree(self._home, ignore_errors=True)
            shutil.rmtree(self.migrations.parent, ignore_errors=True)

    def replace_server(self) -> None:
        """A new server takes the address and the logins, with an empty database; the old one is deleted."""
        with self._acting:
            before = self._current()
            after = replace(before, number=before.number + 1)
            new = self._server(after.number)
            new.start()
            self._create(new)
            new.stop()
            self._server(before.number).stop()
            self._save(after)
            self._start(after)
            self._server(before.number).delete()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Nobody else starts, stops or changes it while the block runs; raises where it is stopped."""
        with self._acting:
            if not self._server(self._current().number).running:
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

    def _numbers(self) -> list[int]:
        return [int(path.name.removeprefix("server-")) for path in self._home.glob("server-*")]

    def _server(self, number: int) -> Server:
        if number not in self._servers:
            self._servers[number] = Server(self._home / f"server-{number}", embedded())
        return self._servers[number]

    def _start(self, current: _Current) -> None:
        server = self._server(current.number)
        server.port = current.port
        server.start()

    def _begin(self) -> None:
        """Make it all; the record is written last, so that what was interrupted is made again."""
        self._delete_all_but(None)
        current = _Current(number=1, port=ports.choose())
        self._start(current)
        server = self._server(current.number)
        self._create(server)
        with psycopg.connect(server.dsn(NAME, self._logins.app.role)) as connection:
            sample.migrate(connection, over=PAST)
            sample.fill(connection)
        self._save(current)

    def _start_again(self) -> None:
        current = self._current()
        server = self._server(current.number)
        if not server.has_data:
            raise CommandFailed(
                f"the data of the demo's database is gone from {server.directory}",
                "secondkey demo --fresh begins anew",
            )
        self._delete_all_but(current.number)
        if not server.running and not ports.is_free(current.port):
            before, current = current.port, replace(current, port=ports.choose())
            log.warning("the database's port is taken, it moves", port=before, now=current.port)
            self._save(current)
        self._start(current)

    def _delete_all_but(self, kept: int | None) -> None:
        """What an interrupted beginning or replacement left behind."""
        for number in self._numbers():
            if number != kept:
                self._server(number).delete()

    def _create(self, server: Server) -> None:
        """The logins, and an empty database."""
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            self._logins.create(connection)
            owner = sql.Identifier(self._logins.app.role)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), owner))

    def _connect(self, database: str = "postgres", role: str = "postgres") -> Connection:
        return psycopg.connect(self._server(self._current().number).dsn(database, role), autocommit=True)

    def _refuse_absent(self) -> None:
        with self._connect() as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).rowcount == 0:
                raise CommandFailed(
                    f"the database {NAME} is not there: it was dropped",
                    "fresh-server brings an empty one; a new start with --fresh brings all of it back",
                )

