"""Real servers for tests, and databases on them that begin empty."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.postgres.server import Server
from bot.store.database import Store

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of its own for one test."""

    server: Server
    name: str

    @property
    def dsn(self) -> str:
        """As superuser, over the socket."""
        return self.as_role(self.server.superuser)

    def as_role(self, role: str) -> str:
        """As somebody else, over the socket; a plain one, as people write it for a server of theirs."""
        options = conninfo_to_dict(self.server.dsn(self.name, role))
        return make_conninfo(**{name: options[name] for name in ("host", "port", "user", "dbname")})

    def execute(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL as superuser, committed at once; returns the rows, if there are any."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


#: One of each server, which nobody uses.
_states: dict[Server, Database] = {}
#: One of each server, in its maintenance database: most tests make and drop databases, and do little else.
_sessions: dict[Server, psycopg.Connection[Any]] = {}


def new_database(server: Server) -> Database:
    database = Database(server=server, name=f"test_{next(_numbers)}")
    # Twice as quick as the default where nothing is made durable.
    create_database(database, "STRATEGY FILE_COPY")
    return database


def new_state(server: Server) -> Database:
    """With the tables of the bot's state, which are copied: making them takes longer than most tests."""
    if server not in _states:
        _states[server] = new_database(server)
        store = Store(_states[server].dsn)
        store.open()
        store.close()
    database = Database(server=server, name=f"test_{next(_numbers)}")
    create_database(database, f"STRATEGY FILE_COPY TEMPLATE {_states[server].name}")
    return database


def create_database(database: Database, options: str) -> None:
    name = sql.Identifier(database.name)
    _administer(database.server, sql.SQL("CREATE DATABASE {} ").format(name) + sql.SQL(options))  # type: ignore[arg-type]


def drop_database(database: Database) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _administer(database.server, statement.format(sql.Identifier(database.name)))


def make_role(server: Server, attributes: str = "LOGIN", name: str | None = None) -> str:
    """Create a role that no other test has, and return its name."""
    role = name or f"role_{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} ").format(sql.Identifier(role)) + sql.SQL(attributes))  # type: ignore[arg-type]
    return role


def end_sessions() -> None:
    """Those that are kept with servers, before these go."""
    while _sessions:
        _sessions.popitem()[1].close()


def _administer(server: Server, statement: sql.Composed) -> None:
    """As superuser, on the session that is kept; on a new one where the server was stopped meanwhile."""
    if server in _sessions:
        try:
            _sessions[server].execute(statement)
        except psycopg.OperationalError:
            if not _sessions[server].closed:
                raise
            del _sessions[server]
        else:
            return
    _sessions[server] = psycopg.connect(server.dsn(), autocommit=True)
    _sessions[server].execute(statement)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
