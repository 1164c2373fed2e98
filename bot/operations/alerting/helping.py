"""Where data is missing, an incident is opened beside the alert."""

from dataclasses import replace
from typing import Any

import structlog
from psycopg import Connection

from bot.domain.alerting.alert import Alert
from bot.domain.people import BOT
from bot.errors import SecondkeyError
from bot.operations.incidents import opening
from bot.operations.services import Services
from bot.store import maintenance

log = structlog.get_logger()


def with_incident(
    services: Services, connection: Connection[Any], alert: Alert, *, again: bool = False
) -> Alert:
    """The alert, which says so where its incident is opened, or one is open; in a maintenance window none is.

    An alert is told even where no incident can be opened. `again`: it was over, and is not.
    """
    if not alert.endangers_data or maintenance.window_of(connection, alert.cause.database):
        return alert
    try:
        with connection.transaction():
            incident = opening.for_alert(services, connection, alert, again=again)
    except SecondkeyError as problem:
        log.error("no incident could be opened for an alert", alert=alert.id, reason=problem.reason)
        return alert
    if incident.opened_by == BOT and incident.alerts[0] == alert.id:
        did = f"opened the incident `{incident.id}`: deployments are frozen"
    else:
        did = f"added it to the incident `{incident.id}`, which is open already"
    return replace(alert, done=tuple(dict.fromkeys((*alert.done, did))))
