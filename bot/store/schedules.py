"""Schedules that hold over replicas and restarts: each fire time is acted on once, by whoever comes first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from psycopg import Connection

from bot.store.database import Store
from bot.store.queries import only_row, query

log = structlog.get_logger()

Act = Callable[[Connection[Any]], object]
#: How far back a missed fire time is made up for at start, where none was ever recorded.
REACH = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Something done at certain times, by the UTC clock."""

    name: str
    #: as cron has it, with seconds in front where there are six fields. No intervals: they would count from
    #: each process's start, and replicas would not agree
    cron: str
    #: in the transaction that records the fire time, and quick: it is done in the scheduler's thread
    act: Act

    @property
    def trigger(self) -> Any:
        *seconds, minute, hour, day, month, weekday = self.cron.split()
        return CronTrigger(
            second=seconds[0] if seconds else "0", minute=minute, hour=hour,
            day=day, month=month, day_of_week=weekday, timezone=UTC,
        )  # fmt: skip


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
        for schedule in self._schedules:
            if missed := self._missed(schedule):
                self._fire(schedule, missed)
            self._scheduler.add_job(_left_to_the_executor, schedule.trigger, args=[schedule])
        self._scheduler.start()

    def stop(self) -> None:
        """Fire no more. Safe to repeat."""
        if self._scheduler.running:
            self._scheduler.shutdown()

    def _missed(self, schedule: Schedule) -> datetime | None:
        """The newest fire time since the last one that was acted on."""
        now = self._store.now()
        with self._store.transaction() as connection:
            last = only_row(connection, "firing_last", {"schedule": schedule.name})[0]
        at, newest = max(last or now - REACH, now - REACH), None
        while (at := schedule.trigger.get_next_fire_time(at, at + timedelta(microseconds=1))) <= now:
            newest = at
        return newest

    def _fire(self, schedule: Schedule, at: datetime) -> None:
        """Act, unless another replica did. Where it fails, nothing is recorded, and the log says why."""
        try:
            with self._store.transaction() as connection:
                parameters = {"schedule": schedule.name, "at": at}
                if connection.execute(query("firing_record"), parameters).fetchone():
                    schedule.act(connection)
        except Exception:
            log.exception("a schedule failed", schedule=schedule.name, at=at.isoformat())


def _left_to_the_executor(schedule: Schedule) -> None:
    """What APScheduler is told to call; it would not say for which fire time."""


class _Executor(BaseExecutor):  # type: ignore[misc] # APScheduler ships no types
    """Acts by itself, because it is given the fire time, and what it could call is not."""

    def __init__(self, fire: Callable[[Schedule, datetime], None]) -> None:
        super().__init__()
        self._fire = fire

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        (schedule,) = job.args
        for at in run_times:
            self._fire(schedule, at)
        self._run_job_success(job.id, [])
