"""A protected database as restores find it: an ordinary owner, and a restoring login that is just enough."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from bot.postgres.candidate import Source
from bot.postgres.installation import Installation
from bot.postgres.lease import Lease, hold
from bot.postgres.naming import Names, names_for_restore
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from tests import servers
from tests.postgres.archives import back_up
from tests.servers import Database

_numbers = count(1)

LEDGER = """
    CREATE TABLE "User" (id serial PRIMARY KEY, name text);
    INSERT INTO "User" (name) SELECT 'user ' || n FROM generate_series(1, 500) n;
    CREATE SEQUENCE descending INCREMENT -1;
    SELECT nextval('descending')
"""


@dataclass(frozen=True, kw_only=True)
class Protected:
    """One database, owned by `owner`; `bot` restores it."""

    database: Database
    owner: str
    bot: str
    programs: Installation
    operation: str

    @property
    def dsn(self) -> str:
        return self.database.as_role(self.bot)

    @property
    def admin_dsn(self) -> str:
        return self.database.dsn

    @property
    def names(self) -> Names:
        return names_for_restore(self.database.name, self.operation)

    @property
    def candidate(self) -> Database:
        return self.of(self.names.candidate)

    @property
    def aside(self) -> Database:
        return self.of(self.names.aside)

    def of(self, name: str) -> Database:
        return Database(server=self.database.server, name=name)

    def lease(self, attempt: str = "first") -> AbstractContextManager[Lease]:
        return hold(self.dsn, purpose=f"{self.operation}/{attempt}")

    def as_owner(self, statements: str) -> None:
        self.database.execute(f"SET ROLE {quoted(self.owner)}; {statements}")

    def superuser(self, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """In the maintenance database."""
        return self.of("postgres").execute(statement, parameters)

    def back_up(self, path: Path) -> Source:
        return Source(
            archive=path, manifest=back_up(path, self.database.dsn, self.programs), programs=self.programs
        )

    def oid(self, name: str) -> int | None:
        found = self.superuser("SELECT oid::bigint FROM pg_database WHERE datname = %s", [name])
        return found[0][0] if found else None

    def allows_connections(self, name: str) -> bool:
        ((allows,),) = self.superuser("SELECT datallowconn FROM pg_database WHERE datname = %s", [name])
        return bool(allows)


@contextmanager
def protected(server: Server, programs: Installation, name: str | None = None) -> Iterator[Protected]:
    """Make one; every database and role of it is removed afterwards."""
    number = next(_numbers)
    owner, bot = f'app {number} "o\'ne"', f"bot_{number}"
    database = Database(server=server, name=name or f"ledger_{number}")
    made = Protected(database=database, owner=owner, bot=bot, programs=programs, operation=f"op-{number:08d}")
    for statement in (
        f"CREATE ROLE {quoted(owner)}",
        f"CREATE ROLE {bot} LOGIN CREATEDB",
        f"GRANT {quoted(owner)}, pg_signal_backend, pg_read_all_data TO {bot}",
        f"CREATE DATABASE {quoted(database.name)} OWNER {quoted(owner)} STRATEGY FILE_COPY",
    ):
        made.superuser(statement)
    try:
        yield made
    finally:
        for each in (database, made.candidate, made.aside):
            with suppress(psycopg.Error):
                made.superuser(f"ALTER DATABASE {quoted(each.name)} ALLOW_CONNECTIONS true")
            servers.drop_database(each)
