"""What the bot's own database knows of all protected ones, and of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Alert
from bot.domain.operation import Kind, Progress
from bot.domain.overview import Overview
from bot.operations import overview
from bot.operations.services import Services
from bot.store import alerts, operations, outbox
from bot.store.database import clock


@dataclass(frozen=True, kw_only=True)
class Figures:
    #: by the clock of the bot's database
    at: datetime
    databases: tuple[Overview, ...]
    #: alerts about the bot itself
    own_alerts: tuple[Alert, ...]
    #: messages to Slack that wait, and those that it refuses for good
    waiting: int
    refused: int
    #: how many operations ended, and how
    ended: Mapping[tuple[str, Kind, Progress], int]


def read(services: Services, connection: Connection[Any], *, baselines_too: bool) -> Figures:
    """`baselines_too` where their counts are wanted."""
    names = list(services.settings.databases)
    waiting, refused = outbox.backlog(connection)
    return Figures(
        at=clock(connection),
        databases=tuple(overview.read(services, connection, names, baselines_too=baselines_too)),
        own_alerts=tuple(alert for alert in alerts.all_open(connection) if not alert.cause.database),
        waiting=waiting,
        refused=refused,
        ended=operations.ended(connection),
    )
