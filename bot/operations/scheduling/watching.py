"""Looks after the schedules: makes up for what none of the replicas did, and alerts where that is not enough."""

from collections.abc import Callable
from threading import Event, Thread

import psycopg
import structlog

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Finding
from bot.domain.operation import Kind
from bot.domain.scheduling.standing import Standing, absence, unfinished, unprotected
from bot.errors import SecondkeyError
from bot.operations.alerting import reporting
from bot.operations.scheduling import standing
from bot.operations.scheduling.planned import planned
from bot.operations.services import Services
from bot.store import backups
from bot.store.database import PATIENCE, Away, clock
from bot.store.schedules import PUNCTUAL, Schedules

log = structlog.get_logger()

#: How often is looked, in seconds.
EVERY = 60.0
#: How long the bot's own database is waited for, in seconds: it is asked again soon.
HASTE = 1.0
#: A drill tells itself why it failed.
_TOLD = {Kind.BACKUP, Kind.DRILL}


def look(services: Services, patience: float = PATIENCE) -> None:
    """Alert where something that was due did not come to be, or a scheduled backup is none; settle the rest.

    `patience` is how long the bot's own database is waited for, in seconds. Raises `Away`.
    """
    for plan in planned(services):
        with services.store.transaction(patience=patience) as connection:
            now = clock(connection)
            found = standing.stand(connection, plan, now)
            made = backups.list_backups(connection, plan.database) if _may_be_judged(found) else ()
        cause = Cause(matter=Matter.SCHEDULE, database=plan.database, subject=plan.name)
        _tell(services, cause, absence(found, now) or (None if plan.kind in _TOLD else unfinished(found)))
        if _may_be_judged(found):
            _tell(services, Cause(matter=Matter.BACKUP, database=plan.database), unprotected(found, made))


def _may_be_judged(found: Standing) -> bool:
    ended = found.operation is not None and found.operation.finished_at is not None
    return found.kind is Kind.BACKUP and ended


def _tell(services: Services, cause: Cause, found: Finding | None) -> None:
    if found is None:
        reporting.settle(services, cause)
    else:
        reporting.report(services, cause, [found], sure="known from Secondkey's own records")


class ScheduleWatch:
    """Looks every minute, until it is stopped."""

    def __init__(self, services: Services, schedules: Schedules, on_death: Callable[[str], object]) -> None:
        self._services = services
        self._schedules = schedules
        self._on_death = on_death
        self._stopping = Event()
        self._thread = Thread(target=self._main, name="schedule-watch", daemon=True)

    def start(self) -> None:
        """Begin to look: what was missed before is made up for by then."""
        self._thread.start()

    def stop(self) -> None:
        """Safe to repeat."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _main(self) -> None:
        try:
            while not self._stopping.wait(EVERY):
                self._once()
        except Exception as error:
            log.exception("looking after the schedules ended")
            self._on_death(f"looking after the schedules ended by itself: {error}")

    def _once(self) -> None:
        try:
            self._schedules.make_up(late=PUNCTUAL, patience=HASTE)
            look(self._services, patience=HASTE)
        except (Away, psycopg.Error, SecondkeyError) as trouble:
            log.warning("the schedules cannot be looked after", reason=str(trouble))
