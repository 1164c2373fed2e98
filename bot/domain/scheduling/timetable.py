"""When something is due: by the clock of a place, each time once, whatever is done to that clock."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.scheduling.cron import Cron

#: Schedules of many databases do not begin at the same second.
SPREAD = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
#: How far back is looked, bit by bit: what is due every minute is found in the first.
_REACHES = (timedelta(hours=1), timedelta(days=1), timedelta(days=31))


@dataclass(frozen=True, kw_only=True)
class Timetable:
    cron: Cron
    zone: tzinfo = UTC
    #: how much later than the clock says
    offset: timedelta = timedelta()

    def __str__(self) -> str:
        return f"{self.cron.text} {self.zone}"

    def after(self, at: datetime) -> datetime:
        """The first time after this one when it is due."""
        wall = _wall(at - self.offset, self.zone)
        while (due := _moment(wall := self.cron.after(wall), self.zone) + self.offset) <= at:
            pass
        return due

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """When it is due after the one and until the other time, the earliest first."""
        while (after := self.after(after)) <= until:
            yield after

    def newest(self, after: datetime, until: datetime) -> datetime | None:
        """The last of these; None where there is none."""
        for begin in (*(max(after, until - reach) for reach in _REACHES), after):
            if found := [*self.between(begin, until)]:
                return found[-1]
        return None


def spread(name: str) -> timedelta:
    """How much later than others a schedule of this name begins: the same on every replica, always."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return timedelta(seconds=number % int(SPREAD.total_seconds()))


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _moment(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment when the clock shows this: where it skips it, the moment after the skipped ones."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    while _wall(at - _MINUTE, zone) >= wall:
        at -= _MINUTE
    return at
