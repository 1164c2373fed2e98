"""The plan of a restore: exactly what will be done, what comes back, what goes aside, and what it costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.backup import Health, Level
from bot.domain.binding import Facts
from bot.domain.restoring.changes import Change, worst_first
from bot.domain.restoring.schema import Schema
from bot.domain.restoring.target import Target
from bot.domain.restoring.traffic import Traffic
from bot.domain.state import ChangeCounters


class Origin(StrEnum):
    BACKUP = "backup"
    #: a set-aside database, for an undo
    ASIDE = "aside"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What takes the live database's place."""

    origin: Origin
    #: the backup's id, or the set-aside database's name
    name: str
    #: when its data was taken
    at: datetime
    reason: str
    bytes: int
    #: of a backup; a set-aside database was once live and proves nothing
    level: Level | None = None
    health: Health | None = None
    #: why it would not have been proposed
    warnings: tuple[str, ...] = ()
    #: how long a restore took when it was tried last, in seconds
    restore_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Room:
    """On the protected server's volume, in bytes."""

    #: for the copy, beside what is there
    needed: int
    #: None where nobody knows: `problem` says why
    free: int | None = None
    problem: str = ""

    @property
    def too_small(self) -> bool:
        """It is known that the copy does not fit."""
        return self.free is not None and self.free < self.needed


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What belongs to a database beside its data, and is left to people; each by its name."""

    #: statements that nobody but a superuser may run, once it is live
    by_hand: tuple[str, ...] = ()
    #: of the live database: they stay with it when it is set aside
    publications: tuple[str, ...] = ()
    #: likewise; disabled, because one that is enabled is in the way
    subscriptions: tuple[str, ...] = ()
    #: sessions on the live database that nobody configured may end: they would stop it at the fence
    unendable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What two people approve; `facts` is the part that must still be so when it is carried out."""

    database: str
    environment: str
    source: Source
    passed_over: tuple[str, ...]
    target: Target
    changes: tuple[Change, ...]
    #: what was written since by the server's counters; None where that is not known
    written: ChangeCounters | None
    schema: Schema | None
    #: what is not restored, and why
    left_out: tuple[str, ...]
    surroundings: Surroundings
    traffic: Traffic
    #: from stop to start of traffic, without the traffic commands themselves
    outage: timedelta
    #: None where nothing is made: for an undo, or with a copy that is there already
    room: Room | None
    #: what the live database is called afterwards; empty where there is none
    aside: str
    keep_aside: timedelta
    facts: Facts

    @property
    def worst(self) -> tuple[Change, ...]:
        """The tables that change, the worst first."""
        return worst_first(self.changes)

    @property
    def unchanged(self) -> int:
        """How many tables hold the same, as far as counts can tell."""
        return len(self.changes) - len(self.worst)
