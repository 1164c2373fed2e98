"""What the bot's own database knows of all protected ones, read at one time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Alert
from bot.domain.backup import Backup
from bot.domain.drill import Drill
from bot.domain.operation import Kind, Progress
from bot.domain.state import Baseline
from bot.operations import traffic
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
    outbox,
    requests,
    watch,
)
from bot.store.database import clock


@dataclass(frozen=True, kw_only=True)
class Known:
    """One protected database, as the records have it; nobody asked its server."""

    newest: Backup | None
    newest_good: Backup | None
    drill: Drill | None
    look: watch.Look | None
    #: the pin and its counts; None while nobody accepted it
    baseline: Baseline | None
    #: those that are not resolved
    alerts: tuple[Alert, ...]
    #: requests that wait for people, or for what they approved
    requests: int
    deploying: bool
    frozen: bool
    incident: bool
    maintenance: bool
    traffic_stopped: bool


@dataclass(frozen=True, kw_only=True)
class Figures:
    #: by the clock of the bot's database
    at: datetime
    databases: Mapping[str, Known]
    #: alerts about the bot itself
    own_alerts: tuple[Alert, ...]
    #: messages to Slack that wait, and those that it refuses for good
    waiting: int
    refused: int
    #: how many operations ended, and how
    ended: Mapping[tuple[str, Kind, Progress], int]


def read(services: Services, connection: Connection[Any], *, baselines_too: bool) -> Figures:
    """`baselines_too` where their counts are wanted: they are large."""
    newest, good, looks = (
        backups.newest(connection),
        backups.newest_good(connection),
        watch.last_looks(connection),
    )
    alerting, asked = alerts.all_open(connection), requests.all_open(connection)
    deploying = {each.database for each in deployments.all_open(connection)}
    in_incident = {each.database for each in incidents.all_open(connection)}
    waiting, refused = outbox.backlog(connection)
    return Figures(
        at=clock(connection),
        databases={
            name: Known(
                newest=newest.get(name),
                newest_good=good.get(name),
                drill=drills.newest(connection, name),
                look=looks.get(name),
                baseline=baselines.current(connection, name) if baselines_too else None,
                alerts=tuple(each for each in alerting if each.cause.database == name),
                requests=sum(each.plan.database == name for each in asked),
                deploying=name in deploying,
                frozen=deployments.frozen(connection, name) is not None,
                incident=name in in_incident,
                maintenance=maintenance.window_of(connection, name) is not None,
                traffic_stopped=traffic.stopped(connection, name) is not None,
            )
            for name in services.settings.databases
        },
        own_alerts=tuple(each for each in alerting if not each.cause.database),
        waiting=waiting,
        refused=refused,
        ended=operations.ended(connection),
    )
