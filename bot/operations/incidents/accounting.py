"""Gathers all that is known of an incident, for its report and its drafts."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.incidents.account import PERSON, Account, failures_of, restores_of
from bot.domain.incidents.incident import Incident
from bot.domain.incidents.timeline import Entry
from bot.domain.people import BOT, in_slack
from bot.errors import NotFound
from bot.operations.incidents import records
from bot.operations.services import Services
from bot.slack import pinned
from bot.slack.trouble import NO_ANSWER
from bot.store import alerts, pins
from bot.store.database import clock


def account(services: Services, connection: Connection[Any], incident: Incident) -> Account:
    """People are named as Slack knows them; where it does not answer, by their ids."""
    timeline = records.timeline(connection, incident)
    logged = records.logged(connection, incident)
    return Account(
        incident=incident,
        timeline=timeline,
        earlier=pins.earlier(connection, incident.id),
        noticed_at=_noticed(connection, incident),
        restores=restores_of(logged, incident.opened_at),
        failures=failures_of(logged, incident.opened_at),
        names=_names(services, _people(incident, timeline)),
        now=clock(connection),
    )


def _noticed(connection: Connection[Any], incident: Incident) -> datetime | None:
    """An alert is forgotten some day: what it opened was noticed by then."""
    since = []
    for each in incident.alerts:
        with suppress(NotFound):
            since.append(alerts.load(connection, each).since)
    return min(since, default=incident.opened_at if incident.opened_by == BOT else None)


def _people(incident: Incident, timeline: Iterable[Entry]) -> set[str]:
    suspect = incident.evidence.suspect if incident.evidence else None
    named = {
        incident.opened_by,
        incident.closed_by,
        *incident.roles.values(),
        *([suspect.by] if suspect else []),
        *(each.by for each in timeline),
        *(user for each in timeline for user in PERSON.findall(each.text)),
    }
    return {each for each in named if in_slack(each)}


def _names(services: Services, people: Iterable[str]) -> dict[str, str]:
    if services.directory is None:
        return {}
    names = {}
    with suppress(*NO_ANSWER):
        for each in people:
            names[each] = pinned.name(services.directory, each)
    return names
