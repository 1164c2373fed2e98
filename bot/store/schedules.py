"""Schedules that hold over replicas and restarts: each fire time is acted on once, by whoever comes first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from psycopg import Connection

from bot.domain.scheduling.run import Begun
from bot.domain.scheduling.timetable import Timetable
from bot.store import firings
from bot.store.database import Store, clock

log = structlog.get_logger()

Act = Callable[[Connection[Any]], object]
#: What is due is acted on within this time, or it was missed.
PUNCTUAL = timedelta(minutes=1)
#: More times that were missed in a row are not counted.
_COUNTED = 10_000


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Something done at certain times."""

    name: str
    #: no intervals: they would count from each process's start, and replicas would not agree
    times: Timetable
    #: in the transaction that records the fire time, and quick: it is done in the scheduler's thread. What it
    #: returns is remembered where that is `Begun`
    act: Act


class Schedules:
    """Fires the schedules of this replica until it is stopped."""

    def __init__(self, store: Store, schedules: Sequence[Schedule]) -> None:
        self._store = store
        self._schedules = schedules
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": _Executor(self._fire)}, job_defaults={"coalesce": True}
        )

    def start(self) -> None:
        """Make up for the newest fire time that each schedule missed, then go on by the clock."""
        with self._store.transaction() as connection:
            firings.forget_all_but(connection, [schedule.name for schedule in self._schedules])
            for schedule in self._schedules:
                firings.know(connection, schedule.name, str(schedule.times))
        self.make_up()
        for schedule in self._schedules:
            self._scheduler.add_job(_left_to_the_executor, _Trigger(schedule.times), args=[schedule])
        self._scheduler.start()

    def stop(self) -> None:
        """Fire no more. Safe to repeat."""
        if self._scheduler.running:
            self._scheduler.shutdown()

    def make_up(self, *, late: timedelta = timedelta()) -> None:
        """Act on the newest fire time that each schedule missed by more than this. Raises `Away`."""
        for schedule in self._schedules:
            with self._store.transaction() as connection:
                until = clock(connection) - late
                since = firings.acted_until(connection, schedule.name)
            if since is not None and (missed := schedule.times.newest(since, until)) is not None:
                due = islice(schedule.times.between(since, missed), _COUNTED)
                self._fire(schedule, missed, made_up=True, skipped=sum(1 for _ in due) - 1)

    def _fire(self, schedule: Schedule, due: datetime, *, made_up: bool = False, skipped: int = 0) -> None:
        """Act, unless another replica did. Where it fails, nothing is recorded, and the log says why."""
        try:
            with self._store.transaction() as connection:
                if not firings.take(connection, schedule.name, due, made_up=made_up, skipped=skipped):
                    return
                begun = schedule.act(connection)
                if isinstance(begun, Begun):
                    firings.begun(connection, schedule.name, due, begun)
        except Exception:
            log.exception("a schedule failed", schedule=schedule.name, at=due.isoformat())


def _left_to_the_executor(schedule: Schedule) -> None:
    """What APScheduler is told to call; it would not say for which fire time."""


class _Trigger(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """Fires by a timetable: APScheduler's own counts weekdays from Monday, and fires twice in autumn."""

    def __init__(self, times: Timetable) -> None:
        self._times = times

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return self._times.after(previous or now)


class _Executor(BaseExecutor):  # type: ignore[misc] # as above
    """Acts by itself, because it is given the fire time, and what it could call is not."""

    def __init__(self, fire: Callable[[Schedule, datetime], None]) -> None:
        super().__init__()
        self._fire = fire

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        (schedule,) = job.args
        for at in run_times:
            self._fire(schedule, at)
        self._run_job_success(job.id, [])
