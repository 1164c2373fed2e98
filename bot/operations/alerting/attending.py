"""Looks after open alerts until the bot stops: they are escalated, and told to be over."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import psycopg
import structlog

from bot.domain.alerting import course
from bot.domain.alerting.alert import Alert
from bot.errors import SecondkeyError
from bot.operations.alerting import acknowledging, escalating, quieting, telling
from bot.operations.services import Services
from bot.slack.trouble import NO_ANSWER
from bot.store import alerts, maintenance
from bot.store.database import clock

log = structlog.get_logger()

#: How often is looked, in seconds.
EVERY = 1.0
#: How often an open alert is drawn anew, and asked about in Slack, whether anything is known of it or not; in
#: seconds. What a reaction said while the bot was away is made up for then.
AGAIN = 60.0
#: How long the bot's own database is waited for, in seconds.
HASTE = 1.0
#: How much later it is tried again where Slack or the bot's own database did not answer, in seconds.
AFTER_TROUBLE = 6.0


def look_after(services: Services, *, again: bool = False) -> None:
    """Do what is due for every open alert; `again`: see what else changed, too."""
    quieting.end_overdue(services)
    with services.store.transaction(patience=HASTE) as connection:
        standing, now = alerts.all_open(connection), clock(connection)
        windows = maintenance.standing(connection)
    for alert in standing:
        calm = any(window.covers(alert.cause.database) for window in windows)
        try:
            _look_after(services, alert, now, calm=calm, again=again)
        except (SecondkeyError, psycopg.OperationalError, *NO_ANSWER) as trouble:
            log.warning("an alert cannot be looked after", alert=alert.id, reason=str(trouble))
    acknowledging.seed(services)


def _look_after(services: Services, alert: Alert, now: datetime, *, calm: bool, again: bool) -> None:
    if course.is_over(alert, now) or not _is_configured(services, alert):
        _end(services, alert)
    elif course.is_kept_calm(alert) and not calm:
        quieting.speak_up(services, alert)
    elif course.to_be_escalated(alert, escalating.patience(services, alert.cause), now) and not calm:
        escalating.escalate(services, alert)
    elif again:
        _draw(services, acknowledging.try_to_reconsider(services, alert))


def _end(services: Services, alert: Alert) -> None:
    """Unless it came back just now."""
    readers = telling.readers(services, alert.cause, alert.id)
    with services.store.transaction() as connection:
        held, now = alerts.hold_again(connection, alert), clock(connection)
        if course.is_over(held, now) or (held.resolved_at is None and not _is_configured(services, held)):
            over = alerts.save(connection, replace(held, resolved_at=now))
            telling.resolved(connection, readers, over)


def _is_configured(services: Services, alert: Alert) -> bool:
    """Nobody looks at a database any more that was taken out of the configuration."""
    return not alert.cause.database or alert.cause.database in services.settings.databases


def _draw(services: Services, alert: Alert) -> None:
    readers = telling.readers(services, alert.cause, alert.id)
    with services.store.transaction() as connection:
        telling.show(connection, readers, alerts.hold_again(connection, alert))


class Attention:
    """Looks after all of them; remembers when they were drawn last."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drawn_at = float("-inf")

    def __call__(self, _should_stop: Callable[[], bool]) -> None:
        """Raises what keeps all of them from being looked after for now."""
        again = time.monotonic() >= self._drawn_at + AGAIN
        if again:
            self._drawn_at = time.monotonic()
        look_after(self._services, again=again)
