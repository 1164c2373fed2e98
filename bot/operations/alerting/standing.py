"""`/watch status`: what stands, looked up and shown."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from bot.domain.alerting.alert import Alert
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.observation import ServerFacts
from bot.operations.facts import replication
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import watch as view
from bot.store import alerts, maintenance
from bot.store.database import clock


def status(services: Services, names: Sequence[str]) -> Message:
    """Alerts about these databases and about the bot itself, and what keeps them calm."""
    return view.standing(*look(services, names), followers(services, names))


def followers(services: Services, names: Sequence[str]) -> dict[str, ServerFacts]:
    """Standbys and slots of each, all asked at once, so that one that is away keeps nobody waiting for the
    others."""
    if not names:
        return {}
    with ThreadPoolExecutor(len(names)) as asking:
        return dict(zip(names, asking.map(partial(replication, services), names), strict=True))


def look(services: Services, names: Sequence[str]) -> tuple[list[Alert], list[MaintenanceWindow], datetime]:
    """The same as records, and when that was."""
    with services.store.transaction() as connection:
        standing = [each for each in alerts.all_open(connection) if each.cause.database in ("", *names)]
        windows = [
            each for each in maintenance.standing(connection) if any(each.covers(name) for name in names)
        ]
        return standing, windows, clock(connection)
