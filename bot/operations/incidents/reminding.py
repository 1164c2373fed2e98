"""Asks for updates while an incident is open, and drafts what could be said outside."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import psycopg
import structlog
from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.incidents.pace import draft_due, update_due
from bot.errors import NotFound, SecondkeyError
from bot.operations.incidents import drafting, room
from bot.operations.services import Services
from bot.slack.trouble import NO_ANSWER
from bot.slack.views import incident_talk as talk
from bot.store import alerts, incidents, outbox
from bot.store.database import PATIENCE, Away, clock

log = structlog.get_logger()

#: How often is looked, in seconds.
EVERY = 10.0
#: How long the bot's own database is waited for, in seconds: it is asked again soon.
HASTE = 1.0


def remind(services: Services, patience: float = PATIENCE) -> None:
    """Once for each time that is due, whichever replica comes first; raises `Away`."""
    with services.store.transaction(patience=patience) as connection:
        standing = [
            each for each in incidents.all_open(connection) if each.database in services.settings.databases
        ]
    for incident in standing:
        with services.store.transaction(patience=patience) as connection:
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


class IncidentWatch:
    """The bot's own: every open incident, until the bot stops."""

    def __init__(self, services: Services, on_death: Callable[[str], object]) -> None:
        self._services = services
        self._on_death = on_death
        self._stopping = Event()
        self._thread = Thread(target=self._main, name="incident-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What it asks Slack meanwhile may take longer than a stopping bot waits."""
        self._stopping.set()
        self._thread.join(HASTE)

    def _main(self) -> None:
        try:
            while not self._stopping.wait(EVERY):
                self._once()
        except Exception as error:
            log.exception("looking after incidents ended")
            self._on_death(f"looking after incidents ended by itself: {error}")

    def _once(self) -> None:
        try:
            remind(self._services, patience=HASTE)
        except (Away, psycopg.Error, SecondkeyError, *NO_ANSWER) as trouble:
            log.warning("incidents cannot be looked after", reason=str(trouble))
