"""Asks for updates while an incident is open, and drafts what could be said outside."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.pace import draft_due, update_due
from bot.errors import NotFound
from bot.operations.incidents import drafting, room
from bot.operations.services import Services
from bot.slack.views import incident_talk as talk
from bot.store import alerts, incidents, outbox
from bot.store.database import clock

#: How often is looked, in seconds.
EVERY = 10.0
#: How long the bot's own database is waited for, in seconds: it is asked again soon.
HASTE = 1.0


def remind(services: Services, should_stop: Callable[[], bool]) -> None:
    """Once for each time that is due, whichever replica comes first; raises `Away`."""
    with services.store.transaction(patience=HASTE) as connection:
        standing = [
            each for each in incidents.all_open(connection) if each.database in services.settings.databases
        ]
    for incident in standing:
        if should_stop():
            return
        with services.store.transaction(patience=HASTE) as connection:
            _remind(services, connection, incidents.hold(connection, incident.id))


def _remind(services: Services, connection: Connection[Any], incident: Incident) -> None:
    pace, now = services.settings.incidents, clock(connection)
    if not incident.is_open or not (incident.channel or incident.no_channel):
        return
    asks, drafts = update_due(incident, now, pace.update_every), draft_due(incident, now, pace.draft_every)
    if asks:
        key = f"{incident.id}:reminder:{now.isoformat()}"
        room.say(services, connection, incident, key, talk.reminder(incident, now))
    if drafts:
        drafting.show_in_room(services, connection, incident)
    _say_calm(services, connection, incident)
    if asks or drafts:
        incidents.save(
            connection,
            replace(
                incident,
                reminded_at=now if asks else incident.reminded_at,
                drafted_at=now if drafts else incident.drafted_at,
            ),
        )


def _say_calm(services: Services, connection: Connection[Any], incident: Incident) -> None:
    """Once, when all of its alerts are over."""
    key = f"{incident.id}:calm"
    if not incident.alerts or outbox.was_shown(connection, key):
        return
    if all(_is_over(connection, each) for each in incident.alerts):
        room.say(services, connection, incident, key, talk.calm(incident))


def _is_over(connection: Connection[Any], alert_id: str) -> bool:
    try:
        return alerts.load(connection, alert_id).resolved_at is not None
    except NotFound:
        # It was over so long ago that it is forgotten.
        return True
