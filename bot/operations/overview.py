"""Reads what the bot's own database knows of protected ones, at one time."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from bot.domain.findings import Outcome
from bot.domain.operation import Kind, Operation
from bot.domain.overview import Overview, Verified
from bot.operations import traffic
from bot.operations.scheduling.planned import planned
from bot.operations.services import Services
from bot.store import (
    alerts,
    backups,
    baselines,
    deployments,
    drills,
    incidents,
    maintenance,
    operations,
    requests,
    watch,
)
from bot.store.database import clock


def read(
    services: Services, connection: Connection[Any], names: Sequence[str], *, baselines_too: bool = True
) -> list[Overview]:
    """These databases; baselines are large, and may be left out."""
    newest, good = backups.newest(connection), backups.newest_good(connection)
    looks, alerting = watch.last_looks(connection), alerts.all_open(connection)
    asked, deploying = requests.all_open(connection), deployments.all_open(connection)
    in_incident = {each.database: each for each in incidents.all_open(connection)}
    now = clock(connection)
    due = {(each.database, each.kind): each.times.after(now) for each in planned(services, *names)}
    return [
        Overview(
            database=name,
            environment=services.database(name).environment,
            baseline=baselines.current(connection, name) if baselines_too else None,
            verified=_verified(operations.last_done(connection, name, Kind.VERIFY)),
            looked_at=looks[name].at if name in looks else None,
            look_took=looks[name].took if name in looks else None,
            newest=newest.get(name),
            newest_good=good.get(name),
            drill=drills.newest(connection, name),
            backup_due=due.get((name, Kind.BACKUP)),
            drill_due=due.get((name, Kind.DRILL)),
            alerts=tuple(alert for alert in alerting if alert.cause.database == name),
            requests=tuple(request for request in asked if request.plan.database == name),
            deployment=next((each for each in deploying if each.database == name), None),
            freeze=deployments.frozen(connection, name),
            incident=in_incident.get(name),
            maintenance=maintenance.window_of(connection, name),
            stopped=traffic.stopped(connection, name),
        )
        for name in names
    ]


def _verified(operation: Operation | None) -> Verified | None:
    if operation is None or operation.finished_at is None:
        return None
    found = operation.result["state"]
    return Verified(
        outcome=Outcome(operation.result["verdict"]),
        at=operation.finished_at,
        rows=found["rows"] if found and not found["uncounted_tables"] else None,
    )
