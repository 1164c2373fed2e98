"""Opens an incident, by an alert or by a person; the worker then makes its channel."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.alerting.alert import Alert
from bot.domain.deploying.gate import named
from bot.domain.findings import Finding
from bot.domain.incidents import evidence as facts
from bot.domain.incidents.incident import Evidence, Incident, Kind, kind_of
from bot.domain.operation import Kind as OperationKind
from bot.domain.people import BOT
from bot.errors import Refused
from bot.operations.deploying import freezing, windows
from bot.operations.incidents import room
from bot.operations.services import Services
from bot.slack.views import incident_talk as talk
from bot.slack.views.alert import uncounted
from bot.slack.views.deployment_reports import wrong
from bot.store import audit, incidents, jobs, operations
from bot.store.database import clock

#: How many tables the words of an incident name.
NAMED = 2


def for_alert(
    services: Services, connection: Connection[Any], alert: Alert, *, again: bool = False
) -> Incident:
    """The open incident of the alert's database, or a new one: deployments freeze, and people are called.

    In the transaction of the alert. Nothing happens where the incident knows all that the alert found, unless
    that was over and is there `again`.
    """
    database = alert.cause.database
    held = _held(connection, database)
    while held is None:
        try:
            incident = incidents.create(
                connection,
                database=database,
                kind=kind_of(alert.findings),
                what=_in_words(alert.findings),
                opened_by=BOT,
            )
        except incidents.AlreadyOpen:
            held = _held(connection, database)
        else:
            return _begun(services, connection, incident, alert)
    if again:
        found = alert.findings if held.channel else tuple(map(uncounted, alert.findings))
        key = f"{held.id}:back:{alert.id}:{alert.returns}"
        room.say(services, connection, held, key, talk.back(found))
        _hand_over(services, connection, held)
    return _joined(services, connection, held, alert)


def by_person(services: Services, database: str, what: str, by: str) -> Incident:
    """Raises `NotFound`, and `Refused` where one is open, or nobody said what happened."""
    services.database(database)
    windows.refuse_without_reason(what, f"/incident open {database} WHAT HAPPENED")
    with services.store.transaction() as connection:
        try:
            incident = incidents.create(
                connection, database=database, kind=Kind.REPORTED, what=what, opened_by=by
            )
        except incidents.AlreadyOpen:
            raise _refuse_second(connection, database) from None
        return _begun(services, connection, incident)


def _held(connection: Connection[Any], database: str) -> Incident | None:
    """The open incident, which nobody closes before this transaction ends."""
    standing = incidents.open_of(connection, database)
    held = incidents.hold(connection, standing.id) if standing else None
    return held if held and held.is_open else None


def _begun(
    services: Services, connection: Connection[Any], incident: Incident, alert: Alert | None = None
) -> Incident:
    # Before the audit log, as everybody who freezes does: the other way round two would wait for each other.
    freezing.put(connection, incident.database, f"incident: {incident.what}", incident.id)
    audit.append(
        connection,
        actor=incident.opened_by,
        action="incident.opened",
        subject=incident.database,
        detail={"incident": incident.id, "kind": incident.kind, "what": incident.what},
    )
    if alert is None:
        # At once, whatever becomes of whoever makes the channel; of a loss its alert tells first.
        room.draw(services, connection, incident)
        _hand_over(services, connection, incident)
        return incident
    return _joined(services, connection, incident, alert)


def _joined(services: Services, connection: Connection[Any], incident: Incident, alert: Alert) -> Incident:
    known = incident.evidence or Evidence(looked_at=clock(connection))
    findings = facts.found(known.findings, alert.findings)
    if alert.id in incident.alerts and _same(findings, known.findings):
        return incident
    joined = replace(
        incident,
        alerts=tuple(dict.fromkeys((*incident.alerts, alert.id))),
        evidence=replace(known, findings=findings),
    )
    joined = incidents.save(connection, joined)
    _hand_over(services, connection, joined)
    return joined


def _hand_over(services: Services, connection: Connection[Any], incident: Incident) -> None:
    """To the running bot, whoever noticed: without Slack there is no channel."""
    operation = operations.create(
        connection,
        kind=OperationKind.INCIDENT_OPEN,
        database=incident.database,
        requested_by=incident.opened_by,
        request={"incident": incident.id, "channel": services.database(incident.database).incidents},
    )
    jobs.hand_over(connection, operation)


def _refuse_second(connection: Connection[Any], database: str) -> Refused:
    standing = incidents.open_of(connection, database)
    since = f", since {wording.moment(standing.opened_at)}: {standing.what}" if standing else ""
    return Refused(
        "incident-open",
        f"an incident of {database} is open already{since}; nothing was opened",
        f"`/incident note {database} TEXT` adds to it, `/incident status {database}` shows it",
    )


def _same(one: Sequence[Finding], other: Sequence[Finding]) -> bool:
    return {*map(named, one)} == {*map(named, other)}


def _in_words(findings: Sequence[Finding]) -> str:
    """Without figures: it stands where people from outside may read it."""
    return (
        f"{wrong(findings)}: {wording.listed(list(dict.fromkeys(each.subject for each in findings)), NAMED)}"
    )
