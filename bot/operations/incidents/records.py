"""The timeline of an incident: what people added, and what the bot's own records have."""

from datetime import timedelta
from typing import Any

from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.log import ACTIONS, Logged, entries_of, left_out
from bot.domain.incidents.timeline import Entry, merged
from bot.store import incidents

#: What happened so long before it was opened may have led to it.
BEFORE = timedelta(hours=6)


def timeline(connection: Connection[Any], incident: Incident) -> tuple[Entry, ...]:
    """In the order in which it happened."""
    known, older = _logged(connection, incident)
    told = list(entries_of(known))
    if older:
        told.append(left_out(older, known[0]))
    return merged(told, incidents.entries(connection, incident.id))


def logged(connection: Connection[Any], incident: Incident) -> tuple[Logged, ...]:
    """What the audit log has about its database, from some hours before until it was closed."""
    return _logged(connection, incident)[0]


def _logged(connection: Connection[Any], incident: Incident) -> tuple[tuple[Logged, ...], int]:
    """And how many are older than those."""
    found, older = incidents.logged(connection, incident, incident.opened_at - BEFORE, ACTIONS)
    known = tuple(
        Logged(number=each.number, at=each.at, actor=each.actor, action=each.action, detail=each.detail)
        for each in found
    )
    return known, older
