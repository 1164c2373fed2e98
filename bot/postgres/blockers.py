"""Who holds the locks that a session of ours waits for."""

from dataclasses import dataclass
from datetime import datetime

from bot import wording
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
    #: when its transaction began; None where we may not see it
    since: datetime | None
    #: as SQL writes it; empty where it is not a table
    table: str

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "a prepared transaction"
        named = [f'"{self.application}"'] if self.application else []
        named += [f"as {self.login}"] if self.login else []
        named += [f"since {wording.moment(self.since)}"] if self.since else []
        return f"{who} ({', '.join(named)})" if named else who


def blockers(dsn: str, purpose: str) -> tuple[Blocker, ...]:
    """Who blocks the sessions `secondkey/PURPOSE` right now; nobody where the server cannot be asked."""
    name = f"secondkey/{purpose}".encode()[:_NAME_BYTES].decode(errors="ignore")
    try:
        with connect(dsn, purpose="blockers") as connection:
            rows = connection.execute(query("blockers"), {"name": name}).fetchall()
    except Unreachable:
        return ()
    return tuple(
        Blocker(pid=pid, application=application, login=login, since=since, table=table)
        for pid, application, login, since, table in rows
    )
