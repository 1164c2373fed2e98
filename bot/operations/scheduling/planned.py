"""What the configuration wants done although nobody asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.config import Database
from bot.config.scheduling import RETENTION, Times
from bot.domain.operation import Kind
from bot.domain.scheduling.timetable import Timetable, spread
from bot.operations.services import Services


@dataclass(frozen=True, kw_only=True)
class Planned:
    #: `backup-projectledger`
    name: str
    #: the name in the configuration
    database: str
    kind: Kind
    times: Timetable


def planned(services: Services, *names: str) -> tuple[Planned, ...]:
    """What is done to these databases, or to all where none is named; raises `NotFound`."""
    named = names or services.settings.databases
    return tuple(each for name in named for each in _of(name, services.database(name)))


def name_of(kind: Kind, database: str) -> str:
    """What its records are kept under; how late it begins follows from it, too."""
    return f"{kind}-{database}"


def _of(name: str, database: Database) -> Iterator[Planned]:
    for kind, times in _wanted(database):
        if times is not None:
            own = name_of(kind, name)
            timetable = Timetable(cron=times, zone=database.time_zone, offset=spread(own))
            yield Planned(name=own, database=name, kind=kind, times=timetable)


def _wanted(database: Database) -> Sequence[tuple[Kind, Times]]:
    return (
        (Kind.BACKUP, database.backup.schedule),
        (Kind.RETENTION, RETENTION if database.backup.retention else None),
        (Kind.DRILL, database.drill.schedule),
    )
