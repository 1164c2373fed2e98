"""What every operation works with. Wired once, in bot/app.py."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from bot.config import Database, Settings
from bot.domain.addressing import TYPO
from bot.domain.operation import Operation
from bot.domain.spelling import did_you_mean, nearest
from bot.errors import NotFound
from bot.repository.folder import Repository
from bot.slack.directory import Directory
from bot.store.database import Store

#: Hands an operation to the worker, in the transaction that recorded it.
Defer = Callable[[Connection[Any], Operation], None]


def leave_to_the_caller(connection: Connection[Any], operation: Operation) -> None:
    """The command line's way of deferring: it runs the operation itself."""


@dataclass(frozen=True, kw_only=True)
class Services:
    settings: Settings
    store: Store
    repository: Repository
    #: where throw-away clusters live
    scratch: Path
    #: people and channels; None where Slack is not reached (the command line)
    directory: Directory | None = None
    defer: Defer = leave_to_the_caller

    @property
    def slack(self) -> Directory:
        """People and channels, where Slack is known to be reached."""
        if self.directory is None:
            raise RuntimeError("Slack was asked about people where it is not reached")
        return self.directory

    def database(self, name: str) -> Database:
        """The configuration of a protected database; raises `NotFound` with the nearest names."""
        return find_database(self.settings, name)

    def requesters(self, name: str) -> frozenset[str]:
        """The ids of those who may ask about a database, where they are eligible: as configured, else the
        members of its channel."""
        database = self.database(name)
        if database.requesters:
            return self.slack.ids(database.requesters)
        return self.slack.members(self.slack.channel(database.channel))


def find_database(settings: Settings, name: str) -> Database:
    """The configuration of a protected database; raises `NotFound` with the nearest names."""
    known = settings.databases
    if name in known:
        return known[name]
    close = nearest(name.casefold(), known, TYPO)
    raise NotFound(
        f"there is no protected database {name[:60]!r}",
        did_you_mean(close) if close else f"protected are: {', '.join(known)}",
    )
