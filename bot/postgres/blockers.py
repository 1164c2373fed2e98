"""Who holds the locks that a session of ours waits for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from bot import wording
from bot.domain.state import TableName
from bot.postgres.connection import Unreachable, connect
from bot.postgres.queries import query

#: The server cuts an application's name after so many bytes.
_NAME_BYTES = 63


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """A session that holds, or waits in line for, a lock that ours needs."""

    #: 0 for a prepared transaction
    pid: int
    application: str
    login: str
    #: of its transaction; None where we may not see it
    age: timedelta | None
    #: as SQL writes it; empty where it is not a table
    table: str
    #: its oid; None where it is not known
    relation: int | None = None

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "a prepared transaction"
        named = [f'"{self.application}"'] if self.application else []
        named += [f"as {self.login}"] if self.login else []
        named += [f"for {wording.duration(self.age)}"] if self.age else []
        return f"{who} ({', '.join(named)})" if named else who

    @property
    def cure(self) -> str:
        """The next move of whoever waits for it."""
        end = f", or end it: `SELECT pg_terminate_backend({self.pid})`" if self.pid else ""
        return f"let it end{end}; then ask again"


def blockers(dsn: str, purpose: str) -> tuple[Blocker, ...]:
    """Who blocks the sessions `secondkey/PURPOSE` right now; nobody where the server cannot be asked."""
    name = f"secondkey/{purpose}".encode()[:_NAME_BYTES].decode(errors="ignore")
    try:
        with connect(dsn, purpose="blockers") as connection:
            rows = connection.execute(query("blockers"), {"name": name}).fetchall()
    except Unreachable:
        return ()
    return tuple(
        Blocker(pid=pid, application=application, login=login, age=age, table=table, relation=relation)
        for pid, application, login, age, table, relation in rows
    )


def locked_out(connection: psycopg.Connection[Any], table: TableName) -> tuple[str, str]:
    """Why this table, sequence or view could not be read, and the next move.

    Says who keeps everybody out of it; never their statement, which may hold a secret.
    """
    connection.execute(query("sessions_anew"))
    identifier = sql.Identifier(*table).as_string()
    found = connection.execute(query("table_blockers"), {"table": identifier}).fetchone()
    if found is None:
        return "locked by somebody who has just let go", "ask again"
    pid, application, login, age = found
    blocker = Blocker(pid=pid, application=application, login=login, age=age, table=str(table))
    return f"locked by {blocker}", blocker.cure
