"""Calls a group where nobody looks into a critical alert."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.domain.alerting import course
from bot.domain.alerting.alert import Alert, Cause
from bot.errors import SecondkeyError
from bot.operations.alerting import acknowledging, telling
from bot.operations.services import Services
from bot.slack.trouble import NO_ANSWER
from bot.store import alerts, maintenance
from bot.store.database import clock

log = structlog.get_logger()


def patience(services: Services, cause: Cause) -> timedelta:
    """How long somebody may take until a group is called for the first time."""
    database = services.settings.databases.get(cause.database)
    own = database.alerts.escalate_after if database else None
    return own or services.settings.alerts.escalate_after


def escalate(services: Services, alert: Alert) -> None:
    """Call whoever is configured, unless Slack says that somebody looks into it by now."""
    acknowledging.try_to_reconsider(services, alert)
    called, readers = _mentions(services, alert.cause), telling.readers(services, alert.cause, alert.id)
    with services.store.transaction() as connection:
        held, now = alerts.hold_again(connection, alert), clock(connection)
        calm = maintenance.window_of(connection, held.cause.database) is not None
        if calm or not course.to_be_escalated(held, patience(services, held.cause), now):
            return
        held = replace(held, escalations=held.escalations + 1, escalated_at=now)
        telling.escalated(connection, readers, alerts.save(connection, held), called)


def _mentions(services: Services, cause: Cause) -> str:
    """Empty where nobody is configured; who cannot be found in Slack is named as the configuration has it."""
    entries = _called(services, cause)
    try:
        named = services.slack.named(entries)
    except (SecondkeyError, *NO_ANSWER) as unknown:
        log.warning("whom to call is not known", reason=str(unknown))
        return ", ".join(entries)
    return " ".join((*named.shown, *named.problems))


def _called(services: Services, cause: Cause) -> Sequence[str]:
    database = services.settings.databases.get(cause.database)
    if database is None:
        return services.settings.alerts.escalate_to
    return database.alerts.escalate_to or services.settings.alerts.escalate_to or database.approvers
