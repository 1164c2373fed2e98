"""Where an incident is told: in a channel of its own, else in the thread of its announcement."""

from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import loss_in
from bot.domain.incidents.incident import Incident
from bot.operations.alerting import telling
from bot.operations.posting import post, reply
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import incident as view
from bot.store import deployments


def draw(services: Services, connection: Connection[Any], incident: Incident) -> None:
    """Its messages as they stand: the announcement where incidents are told, the summary in its channel."""
    frozen = deployments.frozen(connection, incident.database)
    here = services.database(incident.database).incidents
    post(connection, incident.id, here, view.announcement(incident, frozen))
    if incident.channel:
        post(connection, summary_key(incident), incident.channel, view.summary(incident, frozen))


def say(
    services: Services, connection: Connection[Any], incident: Incident, key: str, message: Message
) -> None:
    """One message for a key, among all that is said about the incident."""
    if incident.channel:
        post(connection, key, incident.channel, message)
    else:
        draw(services, connection, incident)
        reply(connection, key, incident.id, message)


def shows_counts(services: Services, incident: Incident) -> bool:
    """Whether those who read it may see counts of rows; asks Slack where it has no channel of its own."""
    return bool(incident.channel) or telling.readers(services, loss_in(incident.database)).counts


def summary_key(incident: Incident) -> str:
    return f"{incident.id}:summary"
