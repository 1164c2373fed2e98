"""Cron expressions as cron itself reads them: five fields, Sunday is 0 and 7, a day by date or weekday."""

import re
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

from bot.errors import UsageError

#: A 29th of February on a certain weekday comes back within these.
_DAYS_AHEAD = 41 * 366
_SOME_DAY = datetime.fromisoformat("2000-01-01")
_MINUTE = timedelta(minutes=1)
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    #: for the numbers from `low` on
    words: tuple[str, ...] = ()

    def read(self, text: str) -> frozenset[int]:
        """The numbers that are meant; raises `UsageError`."""
        return frozenset(number for part in text.split(",") for number in self._part(part))

    def _part(self, text: str) -> range:
        found = _PART.fullmatch(text)
        if found is None:
            raise self._wrong(text)
        first = self.low if found["first"] is None else self._number(found["first"], text)
        if found["last"] is not None:
            last = self._number(found["last"], text)
        else:
            last = self.high if found["first"] is None or found["step"] else first
        step = int(found["step"] or 1)
        if first > last or step < 1:
            raise self._wrong(text)
        return range(first, last + 1, step)

    def _number(self, word: str, text: str) -> int:
        if word.casefold() in self.words:
            return self.low + self.words.index(word.casefold())
        if not word.isdigit() or not self.low <= int(word) <= self.high:
            raise self._wrong(text)
        return int(word)

    def _wrong(self, text: str) -> UsageError:
        words = f" or {self.words[0]} to {self.words[-1]}" if self.words else ""
        return UsageError(
            f"{text[:20]!r} is not understood as its {self.name}",
            f"write {self.low} to {self.high}{words}, or *, lists 1,2, ranges 1-5, steps */2; "
            '"0 2 * * *" is every day at 02:00',
        )


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _WEEKDAYS),
)


@dataclass(frozen=True, kw_only=True)
class Cron:
    """What a cron expression says about clocks on walls, wherever they hang."""

    text: str
    #: sorted
    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    #: Sunday is 0
    weekdays: frozenset[int]
    #: one of the two is enough: cron has it so where both are restricted
    day_or_weekday: bool

    def after(self, wall: datetime) -> datetime:
        """The next time on the wall after this one; both are without a time zone."""
        found = self.next_after(wall)
        if found is None:
            raise ValueError(f"{self.text!r} never comes")
        return found

    def next_after(self, wall: datetime) -> datetime | None:
        """The same; None where it never comes, which `read` refuses."""
        first = wall.replace(second=0, microsecond=0) + _MINUTE
        for ahead in range(_DAYS_AHEAD):
            day = first.date() + timedelta(days=ahead)
            left = self.times if ahead else self.times[bisect_left(self.times, first.time()) :]
            if left and self._falls_on(day):
                return datetime.combine(day, left[0])
        return None

    def _falls_on(self, day: date) -> bool:
        either = (day.day in self.days, day.isoweekday() % 7 in self.weekdays)
        return day.month in self.months and (any(either) if self.day_or_weekday else all(either))


def read(text: str) -> Cron:
    """Raises `UsageError` for what cron would not take, and for what never comes."""
    texts = text.split()
    if len(texts) != len(_FIELDS):
        raise UsageError(
            f"has {len(texts)} fields, and cron has {len(_FIELDS)}",
            'minute, hour, day, month, weekday: "0 2 * * *" is every day at 02:00',
        )
    minutes, hours, days, months, weekdays = (
        field.read(part) for field, part in zip(_FIELDS, texts, strict=True)
    )
    cron = Cron(
        text=" ".join(texts),
        times=_times(hours, minutes),
        days=days,
        months=months,
        weekdays=frozenset(weekday % 7 for weekday in weekdays),
        day_or_weekday=not any(part.startswith("*") for part in (texts[2], texts[4])),
    )
    if cron.next_after(_SOME_DAY) is None:
        raise UsageError("never comes: no month has such a day", "write a day that there is")
    return cron


def _times(hours: Collection[int], minutes: Collection[int]) -> tuple[time, ...]:
    return tuple(time(hour, minute) for hour, minute in product(sorted(hours), sorted(minutes)))
