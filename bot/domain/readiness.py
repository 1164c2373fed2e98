"""Whether the bot can do its work now."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot import wording

#: A database that was not looked at for this many ticks is not watched.
MISSED = 6
#: Below this nothing is said of it: one look may take its time.
LEAST = timedelta(minutes=1)


def not_watched(looks: Mapping[str, datetime | None], tick: timedelta, now: datetime) -> Iterator[str]:
    """Why the watch cannot be relied on; `looks` has when each database was looked at last."""
    limit = max(LEAST, MISSED * tick)
    for database, last in looks.items():
        if last is None:
            yield f"{database} was not looked at yet"
        elif now - last > limit:
            yield f"{database} was looked at {wording.ago(last, now)}"
