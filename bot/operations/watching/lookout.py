"""Keeps an eye on one database: a cheap glance every few seconds, counting where something looks wrong."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, Finding
from bot.domain.migrations import History
from bot.domain.observation import Unreadable
from bot.domain.state import TableName
from bot.domain.watching.glance import Glance
from bot.domain.watching.suspicion import Counted, Expected, Sign, Suspicion, failed_over, suspicions
from bot.operations.observing import compare
from bot.operations.repeating import Repeating
from bot.operations.services import Services
from bot.operations.watching import standing, telling
from bot.operations.watching.confirming import Confirmed, confirm, judged
from bot.operations.watching.standing import Standing
from bot.postgres.connection import Unreachable
from bot.postgres.glance import Asked, Eye
from bot.programs import Stopped
from bot.store import baselines
from bot.store.database import Away

#: How long counting may take; and where that was not enough, the next time.
BUDGET, LARGER_BUDGET = timedelta(seconds=10), timedelta(seconds=30)
#: What may well be harmless is counted again only after so many times as long as it took.
_SHARE = 9
#: A server that does not answer is told after so many looks in a row: many are only started anew.
UNANSWERED = 2


class Lookout:
    """The watch over one database, which remembers what it saw last."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name
        self._watcher = uuid4().hex
        database = services.database(name)
        self._eye = Eye(
            database.dsn.get_secret_value(),
            database.maintenance_database,
            restored_by_another=database.restore_dsn is not None and database.admin_dsn is None,
        )
        self._forget()

    def __call__(self, should_stop: Callable[[], bool]) -> None:
        """One tick. Raises `Away`, and `CommandFailed` where suspicious tables cannot be looked up."""
        began = time.monotonic()
        now = standing.take(self._services, self._name, self._watcher)
        if now is None or now.ours:
            self._forget()
        else:
            with suppress(Stopped):
                self._look(now, should_stop)
        if now is not None:
            standing.looked(self._services, self._name, timedelta(seconds=time.monotonic() - began))

    def hang_up(self) -> None:
        """End the wait for the server's answer; from any thread."""
        self._eye.hang_up()

    def close(self) -> None:
        """Another replica may look from now on."""
        self._eye.close()
        with suppress(Away):
            standing.leave(self._services, self._watcher)

    def _forget(self) -> None:
        """Another replica looks, or the database changes places: what was seen says nothing any more."""
        self._eye.close()
        self._baseline: datetime | None = None
        self._expected: Expected | None = None
        self._history: TableName | None = None
        self._counted: dict[TableName, Counted] = {}
        self._last: Glance | None = None
        #: what was looked into last
        self._before: Glance | None = None
        #: what was wrong, or not sure, the last time
        self._doubts: frozenset[Suspicion] = frozenset()
        self._unsure_since: float | None = None
        self._unanswered = 0
        self._not_before = 0.0

    def _look(self, now: Standing, should_stop: Callable[[], bool]) -> None:
        if now.baseline != self._baseline:
            self._read_baseline(now)
        asked = Asked(tables=self._expected.watched if self._expected else (), history=self._history)
        try:
            glance = self._eye.look(asked)
        except Unreachable as away:
            self._no_answer(away)
            return
        if failed_over(self._last, glance):
            self._counted = {name: replace(known, deleted=0) for name, known in self._counted.items()}
            telling.failed_over(self._services, self._name, glance)
        self._last = glance
        # What is wrong while a release is at work is told by whoever looks after its window.
        watched = None if now.deploying else self._expected
        if watched is None or self._suspect(watched, glance, now, should_stop):
            self._unanswered = 0
            telling.over(self._services, now, [Matter.UNREACHABLE])

    def _read_baseline(self, now: Standing) -> None:
        with self._services.store.transaction(patience=standing.HASTE) as connection:
            baseline = baselines.current(connection, self._name)
        self._baseline = now.baseline
        if baseline is not None:
            self._expected = Expected.of(baseline, self._services.database(self._name).rules)
            self._history = _place(baseline.state.history)
            self._counted = Counted.of(baseline.state)

    def _no_answer(self, away: Unreachable) -> None:
        state = Unreadable(
            code=away.code, reason=away.reason, hint=away.hint, system_identifier=away.system_identifier
        )
        self._unreadable(judged(compare(self._services, self._name, state)), state)

    def _unreadable(self, found: Confirmed, why: Unreadable) -> None:
        """Both sessions, the one that glances and the one that counts, may meet a server that starts anew.

        One that answers, and has no such database any more, is no such server.
        """
        self._unanswered += 1
        if self._unanswered >= UNANSWERED or why.code is not Code.IDENTITY_UNREACHABLE:
            telling.unreadable(self._services, found)

    def _suspect(
        self, expected: Expected, glance: Glance, now: Standing, should_stop: Callable[[], bool]
    ) -> bool:
        """False where something is suspicious, and nothing could be counted."""
        found = suspicions(expected, self._before, glance, self._counted)
        if self._before is None and Cause(matter=Matter.DATA, database=self._name) in now.open:
            # Told before the bot began anew: only counting everything says whether it is over.
            found |= {Suspicion(sign=Sign.SHRUNK, table=name) for name in expected.rows}
        urgent = any(
            not each.sign.may_well_be_harmless for each in found - self._doubts - _slow(self._before)
        )
        if not urgent and time.monotonic() < self._not_before:
            return True
        suspects = found | self._doubts
        if not suspects:
            telling.over(self._services, now, [Matter.DATA, Matter.HISTORY])
        elif not self._look_into(suspects, now, should_stop):
            return False
        self._before = glance
        return True

    def _look_into(
        self, suspects: frozenset[Suspicion], now: Standing, should_stop: Callable[[], bool]
    ) -> bool:
        """Count what is suspicious, and tell what it really is; False where nothing could be read."""
        began = time.monotonic()
        budget = LARGER_BUDGET if self._unsure_since else BUDGET
        standing.keep(self._services, self._name, self._watcher, budget)
        found = confirm(
            self._services,
            self._name,
            frozenset(each.table for each in suspects if each.table is not None),
            now.meant,
            budget=budget,
            should_stop=should_stop,
        )
        if found.unreadable is not None:
            self._unreadable(found, found.unreadable)
            return False
        self._counted |= found.counted
        unsure = _still(_lasting(suspects), found.unsure)
        self._doubts = _still(suspects, found.wrong) | unsure
        self._not_before = time.monotonic() + (time.monotonic() - began) * _SHARE
        telling.confirmed(self._services, found, now)
        self._wait_until_sure(found.unsure if unsure else (), now)
        return True

    def _wait_until_sure(self, unsure: Sequence[Finding], now: Standing) -> None:
        """Whoever rewrites a table keeps it locked, and a giant is not counted in time: no alarm at once."""
        if not unsure:
            self._unsure_since = None
            telling.unsure(self._services, self._name, (), now)
            return
        self._unsure_since = self._unsure_since or time.monotonic()
        if time.monotonic() - self._unsure_since > telling.UNSURE.total_seconds():
            telling.unsure(self._services, self._name, unsure, now)


class DataWatch(Repeating):
    """The bot's own: looks at one database until it is stopped, whatever becomes of the others."""

    def __init__(self, services: Services, name: str, on_death: Callable[[str], object]) -> None:
        self._lookout = Lookout(services, name)
        super().__init__(
            f"watching over {name}",
            self._lookout,
            every=services.database(name).watch.every.total_seconds(),
            on_death=on_death,
            at_once=True,
        )

    def ask_to_end(self) -> None:
        super().ask_to_end()
        self._lookout.hang_up()

    def stop(self) -> None:
        super().stop()
        self._lookout.close()


def watches(services: Services, on_death: Callable[[str], object]) -> list[DataWatch]:
    """One for each database that is to be watched."""
    return [DataWatch(services, name, on_death) for name in services.settings.watched]


def _place(history: History | None) -> TableName | None:
    """Where a migration history is; None where there was none."""
    if history is None or not history.present or "." not in history.table:
        return None
    return TableName(*history.table.split(".", 1))


def _slow(before: Glance | None) -> frozenset[Suspicion]:
    """What did not answer in time and was counted then: a bloated table stays so for days."""
    silent = before.silent if before else frozenset()
    return frozenset(Suspicion(sign=Sign.SILENT, table=name) for name in silent)


def _lasting(suspects: frozenset[Suspicion]) -> frozenset[Suspicion]:
    """Whoever cannot be counted in time is not counted again only because the database became smaller."""
    return frozenset(each for each in suspects if each.sign is not Sign.SIZE)


def _still(suspects: frozenset[Suspicion], found: Sequence[Finding]) -> frozenset[Suspicion]:
    """The suspicions that came true, or may."""
    groups, subjects = {each.code.group for each in found}, {each.subject for each in found}
    return frozenset(
        each
        for each in suspects
        if (each.table is not None and each.table.short in subjects)
        or (each.table is None and each.sign.value in groups)
    )
