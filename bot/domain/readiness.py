"""Whether the bot can do its work now."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot import wording

#: A database that was not looked at for this many ticks is not watched.
MISSED = 6
#: Below this nothing is said of it: one look may take its time.
LEAST = timedelta(minutes=1)


def not_watched(
    every: Mapping[str, timedelta], looks: Mapping[str, datetime | None], now: datetime
) -> Iterator[str]:
    """Why the watch cannot be relied on: `every` has how often each database is looked at, `looks` when it
    was last."""
    for database, tick in every.items():
        last = looks.get(database)
        if last is None:
            yield f"{database} was not looked at yet"
        elif now - last > max(LEAST, MISSED * tick):
            yield f"{database} was looked at {wording.ago(last, now)}"
