"""Looks at a database while a release is at work on it, and closes the windows that nobody closes."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import psycopg
import structlog

from bot.domain.deploying.closing import harm_of
from bot.domain.deploying.deployment import Deployment
from bot.domain.deploying.gate import alarming
from bot.domain.findings import Finding
from bot.domain.judgement import judge
from bot.errors import SecondkeyError
from bot.operations.deploying import alarms, windows
from bot.operations.observing import Reading, compare, read
from bot.operations.services import Services
from bot.programs import Stopped
from bot.store import deployments
from bot.store.database import Away

log = structlog.get_logger()

#: How long the bot's own database is waited for, in seconds: it is asked again soon, and a bot that stops
#: while its database goes away is not kept from that.
HASTE = 1.0

#: How often is looked, in seconds; more seldom where looking takes long: at most a tenth of the time.
EVERY = 5.0
_SHARE = 9
#: How long one look may count: a migration waits for the table that is being counted.
BUDGET = timedelta(seconds=10)


def pause(began: float, every: float) -> float:
    """How long to wait after a look that began then, by the monotonic clock; in seconds."""
    return max(every, (time.monotonic() - began) * _SHARE)


def look(services: Services, deployment: Deployment, should_stop: Callable[[], bool]) -> tuple[Finding, ...]:
    """What no release means to bring about, and is there now; everybody is alarmed about it, once."""
    reading = Reading(purpose=f"watch/{deployment.id}", should_stop=should_stop, time_budget=BUDGET)
    observation = compare(services, deployment.database, read(services, deployment.database, reading))
    observation = replace(observation, release=None)
    with services.store.transaction() as connection:
        start = deployments.start_of(connection, deployment.id)
    found = alarming(harm_of(deployment, start, observation, judge(observation)))
    if found:
        alarms.sound(services, deployment, observation, found)
    return found


class WindowWatch:
    """The bot's own: every window that a person opened, and the end of those that nobody ends."""

    def __init__(self, services: Services, on_death: Callable[[str], object]) -> None:
        self._services = services
        self._on_death = on_death
        self._stopping = Event()
        self._thread = Thread(target=self._main, name="window-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _main(self) -> None:
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                self._once()
                self._stopping.wait(pause(began, EVERY))
        except Exception as error:
            log.exception("watching over deployment windows ended")
            self._on_death(f"watching over deployment windows ended by itself: {error}")

    def _once(self) -> None:
        try:
            windows.sweep(self._services, patience=HASTE)
            for deployment in self._open():
                self._look(deployment)
        except (Away, psycopg.Error, SecondkeyError) as away:
            log.warning("deployment windows cannot be looked after", reason=str(away))

    def _look(self, deployment: Deployment) -> None:
        """One that cannot be looked at keeps nobody from the others."""
        try:
            look(self._services, deployment, self._stopping.is_set)
        except (psycopg.Error, SecondkeyError) as trouble:
            log.warning("a deployment window cannot be looked at", id=deployment.id, reason=str(trouble))
        except Stopped:
            return

    def _open(self) -> list[Deployment]:
        """Those that no process of their own looks after."""
        with self._services.store.transaction(patience=HASTE) as connection:
            return [each for each in deployments.all_open(connection) if not each.attended]
