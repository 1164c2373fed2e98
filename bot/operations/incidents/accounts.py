"""Gathers all that is known of an incident: what its report and its drafts are written from."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from bot.domain.incidents.account import Account, Failed, Restored
from bot.domain.incidents.incident import Incident
from bot.domain.incidents.timeline import Entry
from bot.domain.people import in_slack
from bot.errors import SecondkeyError
from bot.operations.incidents import records
from bot.operations.services import Services
from bot.slack.trouble import NO_ANSWER
from bot.store import alerts, audit, incidents
from bot.store.database import clock

_RESTORED = frozenset({"restore.done", "undo.done"})
_FAILED = {"restore.failed": "a restore", "undo.failed": "an undo", "backup.failed": "a backup"}


def of(services: Services, incident: Incident) -> Account:
    """Asks the bot's own records, and Slack for the names of people."""
    with services.store.transaction() as connection:
        timeline = records.timeline(connection, incident)
        logged = incidents.logged(connection, incident, incident.opened_at)
        return Account(
            incident=incident,
            timeline=timeline,
            earlier=incidents.earlier(connection, incident.id),
            noticed_at=_noticed(connection, incident),
            restores=tuple(_restored(each) for each in logged if each.action in _RESTORED),
            failures=tuple(_failed(each) for each in logged if each.action in _FAILED),
            names=dict(_names(services, incident, timeline)),
            now=clock(connection),
        )


def _noticed(connection: Connection[Any], incident: Incident) -> datetime | None:
    return min((alerts.load(connection, each).since for each in incident.alerts), default=None)


def _restored(each: audit.Entry) -> Restored:
    rows, seconds = each.detail.get("rows"), each.detail.get("seconds")
    return Restored(
        at=each.at,
        source=str(each.detail.get("source", "")),
        by=each.actor,
        rows=rows if isinstance(rows, int) else None,
        outage=timedelta(seconds=seconds) if isinstance(seconds, int | float) else None,
    )


def _failed(each: audit.Entry) -> Failed:
    return Failed(at=each.at, what=_FAILED[each.action], why=str(each.detail.get("reason", "not known")))


def _names(services: Services, incident: Incident, timeline: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Of everybody who did something; where Slack does not say, their id stands for them."""
    if services.directory is None:
        return
    actors = {each.by for each in timeline} | {
        incident.opened_by,
        incident.closed_by,
        *incident.roles.values(),
    }
    for actor in sorted(filter(in_slack, actors)):
        try:
            yield actor, services.directory.person(actor).name
        except (SecondkeyError, *NO_ANSWER):
            continue
