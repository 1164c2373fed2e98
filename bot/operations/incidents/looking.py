"""Looks at the database of an incident: what is found and counted is evidence, and nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import structlog

from bot.domain.catalogue import default_choice
from bot.domain.findings import Finding, in_danger
from bot.domain.incidents import evidence as facts
from bot.domain.incidents.incident import Evidence, Incident, Suspect, WayBack
from bot.domain.judgement import judge
from bot.domain.judging import data
from bot.domain.observation import Observation, Unreadable
from bot.errors import Refused, SecondkeyError
from bot.operations import catalogue, planning
from bot.operations.incoming import of_backup
from bot.operations.observing import Reading, compare, read, search_elsewhere
from bot.operations.services import Services
from bot.slack.views.common import proof
from bot.store import deployments

log = structlog.get_logger()

#: People wait for the evidence: what is not counted by then is not known.
TIME = timedelta(seconds=4)
#: How long missing rows are searched for in the other schemas and databases of the server.
SEARCH = timedelta(seconds=2)


def look(services: Services, incident: Incident, purpose: str, should_stop: Callable[[], bool]) -> Evidence:
    """What is known now, with what was found before; where nobody can look, why that is so."""
    earlier = incident.evidence or Evidence(looked_at=services.store.now())
    try:
        return _looked(services, incident, earlier, purpose, should_stop)
    except (SecondkeyError, psycopg.Error) as trouble:
        log.warning("the evidence of an incident is not whole", incident=incident.id, reason=str(trouble))
        reason = trouble.reason if isinstance(trouble, SecondkeyError) else str(trouble)
        return replace(earlier, unread=reason)


def _looked(
    services: Services,
    incident: Incident,
    earlier: Evidence,
    purpose: str,
    should_stop: Callable[[], bool],
) -> Evidence:
    name = incident.database
    reading = Reading(purpose=purpose, should_stop=should_stop, time_budget=TIME)
    observation = compare(services, name, read(services, name, reading))
    elsewhere = data.elsewhere_findings(
        search_elsewhere(services, observation, SEARCH).found, observation.rules
    )
    findings = facts.found(earlier.findings, (*missing(observation), *elsewhere))
    state = observation.state
    return Evidence(
        looked_at=observation.now,
        findings=findings,
        counts=facts.counts(observation, findings, earlier.counts),
        unread=state.reason if isinstance(state, Unreadable) else "",
        suspect=_suspect(services, incident),
        way_back=_way_back(services, observation),
    )


def missing(observation: Observation) -> tuple[Finding, ...]:
    """What is critical of identity, tables and rows."""
    return tuple(each for each in judge(observation).critical() if in_danger([each.code]))


def _suspect(services: Services, incident: Incident) -> Suspect | None:
    with services.store.transaction() as connection:
        newest = deployments.newest(connection, [incident.database], limit=5)
    return facts.suspect(newest, incident.opened_at)


def _way_back(services: Services, observation: Observation) -> WayBack | None:
    """None where no backup is both healthy and restore-tested."""
    name, drill = observation.database, observation.backups.drill
    backup = default_choice(catalogue.known(services, name)).backup
    if backup is None:
        return None
    try:
        found = planning.judge(planning.remember(services, name), of_backup(backup), observation.state)
    except Refused:
        return facts.way_back(backup, proof(backup), drill, None)
    known = found.target.absent or not isinstance(observation.state, Unreadable)
    return facts.way_back(backup, proof(backup), drill, found.changes if known else None)
