"""Looks whether the bot itself still looks, and still hears Slack."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Finding
from bot.domain.watching import silence
from bot.operations.alerting import reporting
from bot.operations.services import Services
from bot.store import watch
from bot.store.database import clock

#: How often, in seconds.
EVERY = 10.0
#: How long the bot's own database is waited for, in seconds: it is asked again soon.
HASTE = 1.0


class SelfWatch:
    """Any replica sees it where nobody looks at a database; each sees its own connections to Slack."""

    def __init__(
        self,
        services: Services,
        connected: Callable[[], int],
        clock: Callable[[Connection[Any]], datetime] = clock,
    ) -> None:
        """`connected` says how many connections to Slack are up."""
        self._services = services
        self._connected = connected
        self._clock = clock
        self._began: datetime | None = None
        self._unheard_since: datetime | None = None

    def __call__(self, should_stop: Callable[[], bool]) -> None:
        with self._services.store.transaction(patience=HASTE) as connection:
            now = self._clock(connection)
            looks = {name: look.at for name, look in watch.last_looks(connection).items()}
        self._began = self._began or now
        every = self._services.settings.watched
        for name, found in silence.stalled(every, looks, self._began, now).items():
            if should_stop():
                return
            self._tell(Cause(matter=Matter.WATCH, database=name), found)
        self._tell(Cause(matter=Matter.SLACK), self._slack(now))

    def _slack(self, now: datetime) -> Finding | None:
        if self._connected():
            self._unheard_since = None
        else:
            self._unheard_since = self._unheard_since or now
        return silence.slack_silent(self._unheard_since, now)

    def _tell(self, cause: Cause, found: Finding | None) -> None:
        reporting.report_or_settle(self._services, cause, [found] if found else [], sure=reporting.RECORDS)
