"""What happened when: the bot's own records and what people noted, merged into one line of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    """Where an entry comes from."""

    #: what the bot did, or was asked for
    LOG = "log"
    ALERT = "alert"
    VOTE = "vote"
    DEPLOYMENT = "deployment"
    RESTORE = "restore"
    BACKUP = "backup"
    #: a person wrote it down: `/incident note`
    NOTE = "note"
    #: a status update
    UPDATE = "update"
    ROLE = "role"
    #: a message to which somebody put 📌
    PIN = "pin"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened, or that somebody said."""

    #: tells it from all others of the incident: `pin:C00000002:1700000000.000100`, `log:41`
    key: str
    #: when it happened
    at: datetime
    #: when it was written down
    recorded_at: datetime
    #: a Slack user id, `cli:<login>`, `schedule:<name>` or `secondkey`
    by: str
    source: Source
    text: str
    #: where it can be seen; empty where nowhere
    link: str = ""
    #: the message was changed after it was written down, and says now what `text` has
    edited_at: datetime | None = None
    #: the message was deleted, or its 📌 taken away; `text` is what it last said
    removed_at: datetime | None = None


def merged(*sources: Iterable[Entry]) -> tuple[Entry, ...]:
    """In the order in which it happened; what was noted twice is there once, as it was recorded last."""
    newest: dict[str, Entry] = {}
    for entry in sorted((entry for source in sources for entry in source), key=lambda one: one.recorded_at):
        newest[entry.key] = entry
    return tuple(sorted(newest.values(), key=lambda one: (one.at, one.recorded_at, one.key)))
