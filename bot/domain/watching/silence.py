"""The watch watches itself: what did not happen is told as well."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot import wording
from bot.domain.findings import Code, Finding, finding

#: So many ticks in a row may be missed.
MISSED = 6
#: And so long a silence is nothing yet: another replica takes the watch over meanwhile.
LEAST = timedelta(minutes=1)
#: Both connections to Slack are built again within this time, unless something is wrong.
SLACK_SILENCE = timedelta(minutes=1)


def stalled(
    every: Mapping[str, timedelta], looked_at: Mapping[str, datetime], began: datetime, now: datetime
) -> dict[str, Finding | None]:
    """For each database that is watched every so often: what is wrong with the watch, or None.

    `looked_at` holds when each was looked at last; `began` is when this bot did: it counts where nobody
    looked since.
    """
    return {
        name: _stalled(name, pause, now - max(looked_at.get(name, began), began))
        for name, pause in every.items()
    }


def slack_silent(since: datetime | None, now: datetime) -> Finding | None:
    """`since` is when the last connection was gone; None while there is one."""
    if since is None or now - since < SLACK_SILENCE:
        return None
    return finding(
        Code.WATCH_SLACK_SILENT,
        "Slack",
        f"no connection to Slack for {wording.duration(now - since)}: commands and reactions do not arrive",
        "watching, backups and a restore that was approved go on; look at Slack's status, the network, and "
        "whether the app token still holds",
    )


def _stalled(name: str, every: timedelta, silence: timedelta) -> Finding | None:
    if silence < max(LEAST, every * MISSED):
        return None
    return finding(
        Code.WATCH_STALLED,
        name,
        f"nobody looked at it for {wording.duration(silence)}; every {wording.duration(every)} is meant",
        f"a loss would go unnoticed: `/verify {name}` looks now; the bot's log says what keeps the watch",
    )
