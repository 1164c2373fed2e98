"""Closes an incident: looks once more whether data is missing, ends the freeze, has the report written."""

from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import loss_in
from bot.domain.findings import Finding
from bot.domain.incidents.incident import Incident, Stage, is_incident
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.errors import Refused
from bot.operations.alerting import reporting as alerting
from bot.operations.attempt import Attempt
from bot.operations.deploying import freezing, windows
from bot.operations.incidents import looking, reporting, room
from bot.operations.observing import Reading, compare, read
from bot.operations.services import Services
from bot.slack.views import incident_talk as talk
from bot.slack.views.alert import uncounted
from bot.store import audit, deployments, incidents, jobs, operations
from bot.store.database import clock

#: How many findings the refusal names.
NAMED = 3


def request(services: Services, incident: Incident, reason: str, by: str, *, anyway: bool) -> Operation:
    """Hand it to the running bot; raises `Refused` without a reason. `anyway`: although data is missing."""
    word = "anyway " if anyway else ""
    windows.refuse_without_reason(reason, f"/incident close {incident.database} {word}REASON")
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.INCIDENT_CLOSE,
            database=incident.database,
            requested_by=by,
            request={
                "incident": incident.id,
                "channel": incident.channel or services.database(incident.database).incidents,
                "reason": reason,
                "anyway": anyway,
            },
        )
        jobs.hand_over(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    operation = attempt.operation
    with attempt.ending() as connection:
        incident = incidents.load(connection, operation.request["incident"])
    if not operation.result.get("closed"):
        incident = _closed(attempt, incident)
    reporting.publish(attempt, incident)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"incident": incident.id})


def _closed(attempt: Attempt, incident: Incident) -> Incident:
    services, request = attempt.services, attempt.operation.request
    _refuse_closed(incident)
    counted_at = services.store.now()
    missing = _still_missing(attempt, incident)
    if not missing:
        # Before it is closed: else a loss that comes within a minute would pass for the one that is over.
        alerting.resolve(services, loss_in(incident.database), counted_at)
    with attempt.ending() as connection:
        # The alert before its incident, as whoever reports a loss holds them.
        seen_since = not missing and alerting.stands_since(connection, loss_in(incident.database), counted_at)
        held = incidents.hold(connection, incident.id)
        _refuse_closed(held)
        if seen_since:
            missing = f"the watch saw a loss in {incident.database} while its rows were counted"
        if missing and not request["anyway"]:
            raise _missing(incident, missing)
        operations.note(connection, attempt.operation.id, attempt.token, {"closed": True})
        return _close(services, connection, held, missing, attempt.operation.requested_by, request["reason"])


def _close(
    services: Services, connection: Connection[Any], held: Incident, missing: str, by: str, reason: str
) -> Incident:
    closed = replace(held, stage=Stage.CLOSED, closed_at=clock(connection), closed_by=by, reason=reason)
    closed = incidents.save(connection, closed)
    if not missing:
        _thaw(connection, closed)
    audit.append(
        connection,
        actor=by,
        action="incident.closed",
        subject=closed.database,
        detail={"incident": closed.id, "reason": reason, "missing": missing},
    )
    room.draw(services, connection, closed)
    told = talk.closed(closed, missing, deployments.frozen(connection, closed.database))
    room.say(services, connection, closed, f"{closed.id}:closed", told)
    return closed


def _missing(incident: Incident, missing: str) -> Refused:
    return Refused(
        "data-missing",
        f"{missing}; the incident stays open, and nothing was changed",
        f"`/restore {incident.database} REASON` asks for a restore; "
        f"`/incident close {incident.database} anyway REASON` closes it all the same",
    )


def _refuse_closed(incident: Incident) -> None:
    if not incident.is_open:
        raise Refused(
            "incident-closed",
            f"somebody closed the incident just before: {incident.reason}; nothing was changed",
            "`/incident list` shows it",
        )


def _thaw(connection: Connection[Any], incident: Incident) -> None:
    """The freeze of an incident ends, an earlier one's too; one that a person put stays."""
    frozen = deployments.frozen(connection, incident.database)
    if frozen is not None and is_incident(frozen.by):
        freezing.lift(connection, incident.database, f"{incident.id} was closed", frozen.by)


def _still_missing(attempt: Attempt, incident: Incident) -> str:
    """Why it is not over, in words; empty where nothing is missing. What cannot be read is not known."""
    services, name = attempt.services, incident.database
    reading = Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
    observation = compare(services, name, read(services, name, reading))
    if isinstance(observation.state, Unreadable):
        return f"{name} cannot be read, and nobody knows whether data is missing: {observation.state.reason}"
    found = looking.missing(observation)
    if found and not room.shows_counts(services, incident):
        found = tuple(map(uncounted, found))
    return f"data is still missing from {name}: {_named(found)}" if found else ""


def _named(findings: tuple[Finding, ...]) -> str:
    shown = ", ".join(f"{each.code.value} {each.subject} {each.detail}" for each in findings[:NAMED])
    rest = len(findings) - NAMED
    return shown + (f" and {rest:,} more" if rest > 0 else "")
