"""Answers what other programs ask of the bot."""

import time
from collections.abc import Callable, Sequence
from threading import Lock

import psycopg
import structlog

from bot.domain.readiness import not_watched
from bot.operations.monitoring import figures
from bot.operations.monitoring.figures import Figures
from bot.operations.monitoring.metrics import exposition
from bot.operations.services import Services

log = structlog.get_logger()

#: How long the bot's own database is waited for, in seconds: whoever asks has little patience.
HASTE = 2.0
#: For how long what was read is good enough, in seconds.
FRESH = 3.0


class Monitor:
    """Safe to use from many threads: the bot's own database is read by one at a time, and seldom."""

    def __init__(
        self,
        services: Services,
        *,
        connected: Callable[[], int],
        dead: Sequence[str],
        row_counts: bool,
    ) -> None:
        """`connected` gives the number of connections to Slack; `dead` has why parts of the bot ended by
        themselves, and grows."""
        self._services = services
        self._connected = connected
        self._dead = dead
        self._row_counts = row_counts
        self._reading = Lock()
        self._read_at = float("-inf")
        self._figures: Figures | None = None

    def unhealthy(self) -> list[str]:
        """Why the process should be started anew."""
        return list(self._dead)

    def unready(self) -> list[str]:
        """Why the bot cannot be relied on now."""
        return self._unready(self._latest())

    def metrics(self) -> bytes:
        """In Prometheus' text format."""
        latest, databases = self._latest(), self._services.settings.databases
        return exposition(
            latest,
            {name: database.environment for name, database in databases.items()},
            ready=not self._unready(latest),
            slack=self._connected(),
        )

    def _unready(self, latest: Figures | None) -> list[str]:
        reasons = self.unhealthy()
        if not self._connected():
            reasons.append("no connection to Slack is up")
        if latest is None:
            return [*reasons, "the bot's own database does not answer"]
        looks = {each.database: each.looked_at for each in latest.databases}
        return [*reasons, *not_watched(self._services.settings.watched, looks, latest.at)]

    def _latest(self) -> Figures | None:
        """None where the bot's own database does not answer."""
        with self._reading:
            if time.monotonic() > self._read_at + FRESH:
                self._figures, self._read_at = self._read(), time.monotonic()
            return self._figures

    def _read(self) -> Figures | None:
        try:
            with self._services.store.transaction(patience=HASTE) as connection:
                return figures.read(self._services, connection, baselines_too=self._row_counts)
        except psycopg.Error as away:
            log.warning("the figures cannot be read", reason=str(away))
            return None
