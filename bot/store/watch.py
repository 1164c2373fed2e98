"""The watch over each database: which replica keeps it, and when it looked last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from bot.store.queries import query


@dataclass(frozen=True, kw_only=True)
class Look:
    #: when it ended, by the clock of the bot's database
    at: datetime
    took: timedelta


def keep(connection: Connection[Any], database: str, watcher: str, lease: timedelta) -> bool:
    """Take or keep the watch over a database for so long; False where another replica keeps it."""
    fields = {"database": database, "watcher": watcher, "lease": lease}
    return connection.execute(query("watch_keep"), fields).rowcount == 1


def leave(connection: Connection[Any], watcher: str) -> None:
    """Another replica may take over at once."""
    connection.execute(query("watch_leave"), {"watcher": watcher})


def looked(connection: Connection[Any], database: str, took: timedelta) -> None:
    """It was looked at just now, whatever was found: that nobody answers is an answer, too."""
    connection.execute(query("watch_looked"), {"database": database, "took": took})


def last_looks(connection: Connection[Any]) -> dict[str, Look]:
    """The last look at each database that was ever looked at."""
    rows = connection.execute(query("watch_last"))
    return {database: Look(at=looked_at, took=took) for database, looked_at, took in rows}
