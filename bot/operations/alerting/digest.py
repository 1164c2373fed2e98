"""A digest a day, where it is wanted."""

from typing import Any

from psycopg import Connection

from bot.operations import overview
from bot.operations.posting import post
from bot.operations.scheduling.planned import planned
from bot.operations.scheduling.standing import stand
from bot.operations.services import Services
from bot.slack.views import digest as view
from bot.store import alerts
from bot.store.database import clock


def post_digest(services: Services, connection: Connection[Any]) -> None:
    """In the bot's own channel, once a minute at the most; asks nobody, and reads only the bot's records."""
    slack, now = services.settings.slack, clock(connection)
    if slack is None:
        return
    names = list(services.settings.databases)
    message = view.digest(
        overview.read(services, connection, names),
        [alert for alert in alerts.all_open(connection) if not alert.cause.database],
        [stand(connection, plan, now) for plan in planned(services)],
        now,
    )
    post(connection, f"digest:{now:%Y-%m-%dT%H:%M}", slack.channel, message)
