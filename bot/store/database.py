"""The bot's own PostgreSQL: one database, a pool of sessions with it, and its clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection, OperationalError
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from bot.config.dsn import place
from bot.errors import SecondkeyError
from bot.store.queries import only_row, query
from bot.store.schema import migrate

#: How long somebody waits for a session, in seconds.
PATIENCE = 10.0
#: For how long a pool tries to connect at ever longer intervals before it begins anew, in seconds.
RECONNECT = 3.0
#: What every session with the state has in common, beside its name.
SESSION: dict[str, Any] = {
    "connect_timeout": 10,
    "client_encoding": "UTF8",
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


class Away(OperationalError):
    """The bot's own database does not answer; whether it took what it was told last is not known."""


class NotReached(SecondkeyError):
    """The bot's own database does not answer, or does not let us in, before anything was asked of it."""


class Store:
    """The state that all replicas share. Safe to use from many threads."""

    def __init__(self, dsn: str, *, pool_size: int = 8) -> None:
        self.dsn = dsn
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            dsn,
            kwargs={**SESSION, "application_name": "secondkey/state"},
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=PATIENCE,
            reconnect_timeout=RECONNECT,
            reconnect_failed=_begin_anew,
            configure=_configure,
            check=ConnectionPool.check_connection,
            name="state",
        )

    def open(self, check_server: Callable[[str], object] = lambda _: None) -> None:
        """Connect, and bring the schema up to date.

        Before the first time, when nothing is there yet, `check_server` gets the server's system identifier,
        and raises where nothing may be created. Raises `NotReached` where the server cannot be reached
        or does not let us in, `SecondkeyError` where it does not let us write, and `Refused` where the state
        was written by a newer release.
        """
        with _in_words(self.dsn), connect(self.dsn, "state") as connection:
            migrate(connection, check_server)
        self._pool.open()

    def close(self) -> None:
        """End every session. Safe to repeat."""
        self._pool.close()

    @contextmanager
    def transaction(self, *, patience: float = PATIENCE) -> Iterator[Connection[Any]]:
        """A session in a transaction: committed where the block ends well, rolled back otherwise.

        `patience` is how long a session is waited for, in seconds. Raises `Away`.
        """
        try:
            # Begun explicitly: otherwise a nested block that comes first would commit at its own end.
            with self._pool.connection(patience) as connection, connection.transaction():
                yield connection
        except OperationalError as problem:
            if _went_away(problem):
                raise Away("the bot's own database does not answer") from problem
            raise

    def now(self) -> datetime:
        """The time by the database's clock, which all replicas share."""
        with self.transaction() as connection:
            return clock(connection)

    def system_identifier(self) -> str:
        """Which server this is, as every PostgreSQL server tells of itself."""
        with self.transaction() as connection:
            found: str = only_row(connection, "system_identifier")[0]
        return found


def clock(connection: Connection[Any]) -> datetime:
    """The time by the database's clock, also within a transaction."""
    moment: datetime = only_row(connection, "now")[0]
    return moment


def connect(dsn: str, purpose: str) -> Connection[Any]:
    """A session of its own in autocommit mode, named `secondkey/PURPOSE`."""
    connection = psycopg.Connection[Any].connect(
        dsn, autocommit=True, application_name=f"secondkey/{purpose}", **SESSION
    )
    connection.execute(query("session"))
    return connection


def _went_away(problem: OperationalError) -> bool:
    """The connection was lost, which has no code, or the server ends or begins."""
    return problem.sqlstate is None or problem.sqlstate.startswith(("08", "57P"))


def _begin_anew(pool: ConnectionPool[Any]) -> None:
    """Connect again: left alone, a pool that gave up lets those wait who wait already."""
    pool.resize(0, pool.max_size)
    pool.resize(1, pool.max_size)


def _configure(connection: Connection[Any]) -> None:
    connection.execute(query("session"))
    connection.commit()


@contextmanager
def _in_words(dsn: str) -> Iterator[None]:
    """Turn what the driver says into what to do. Its words name place and login, never the password."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as refusal:
        raise SecondkeyError(
            f"the login may not create tables in the bot's own database ({place(conninfo_to_dict(dsn))})",
            "let it: GRANT CREATE ON SCHEMA public, or make it the owner of the database",
        ) from refusal
    except psycopg.OperationalError as refusal:
        raise NotReached(
            f"the bot's own database ({place(conninfo_to_dict(dsn))}) cannot be reached: {_words(refusal)}",
            "check that its server runs and lets this login in; state.dsn says where it is",
        ) from None
    except psycopg.ProgrammingError as malformed:
        if malformed.sqlstate is not None:
            raise
        # The words of libpq may repeat a part of the password.
        raise SecondkeyError(
            "state.dsn cannot be read", "write it like postgresql://secondkey@db.example.org/secondkey"
        ) from None


def _words(refusal: psycopg.Error) -> str:
    """The driver's own words behind the address, on one line."""
    return " ".join(
        str(refusal).split("\nMultiple connection attempts", 1)[0].rpartition("failed: ")[2].split()
    )
