"""Messages in timelines: which incident they belong to, and what they said before they were edited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.timeline import Entry, Source
from bot.store import incidents, outbox
from bot.store.documents import storable
from bot.store.queries import query

_PREFIX = f"{Source.PIN}:"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where Slack has a message."""

    channel: str
    ts: str

    @property
    def key(self) -> str:
        """Of its entry in a timeline."""
        return f"{_PREFIX}{self.channel}:{self.ts}"


def place_of(entry: Entry) -> Place | None:
    """None of an entry that is no message."""
    if entry.source is not Source.PIN:
        return None
    channel, _, ts = entry.key.removeprefix(_PREFIX).partition(":")
    return Place(channel=channel, ts=ts)


def incident_of(connection: Connection[Any], place: Place, thread_ts: str) -> Incident | None:
    """The one in whose own channel the message stands, or in the thread of whose announcement; None where
    that one is closed."""
    if (found := incidents.of_channel(connection, place.channel)) is not None:
        return found if found.is_open else None
    for incident in incidents.all_open(connection):
        if outbox.place_of(connection, incident.id) == (place.channel, thread_ts):
            return incident
    return None


def stands(connection: Connection[Any], place: Place) -> bool:
    """Some timeline has this message."""
    return connection.execute(query("pin_standing"), {"key": place.key}).fetchone() is not None


def edited(connection: Connection[Any], place: Place, text: str) -> bool:
    """What it says by now, beside what it said; False where no timeline has it, or it says the same."""
    connection.execute(query("pin_keep_version"), {"key": place.key, "text": storable(text)})
    return incidents.entry_edited(connection, place.key, text)


def earlier(connection: Connection[Any], incident_id: str) -> Mapping[str, tuple[str, ...]]:
    """An entry's key → what its message said before, the oldest first."""
    rows = connection.execute(query("pin_versions"), {"incident": incident_id})
    return {key: tuple(texts) for key, texts in rows}
