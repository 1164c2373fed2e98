"""Schedules: each fire time is acted on once, whatever replicas and restarts there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.scheduling import cron
from bot.domain.scheduling.run import Begun
from bot.domain.scheduling.timetable import Timetable
from bot.store import facts, firings, inbound, outbox
from bot.store.database import Store
from bot.store.retention import forget_old
from bot.store.schedules import Act, Schedule, Schedules
from tests.servers import Database
from tests.waiting import until

DAILY = Timetable(cron=cron.read("17 3 * * *"))


class EverySecond(Timetable):
    """Nobody waits for a minute here."""

    def after(self, at: datetime) -> datetime:
        return at.replace(microsecond=0) + timedelta(seconds=1)


EVERY_SECOND = EverySecond(cron=DAILY.cron)


def schedules(store: Store, times: Timetable, act: Act) -> Schedules:
    return Schedules(store, (Schedule(name="s", times=times, act=act),))


@contextmanager
def running(store: Store, times: Timetable, act: Act, replicas: int = 1) -> Iterator[None]:
    parts = [schedules(store, times, act) for _ in range(replicas)]
    try:
        for part in parts:
            part.start()
        yield
    finally:
        for part in parts:
            part.stop()
            part.stop()


def counting(acted: list[int]) -> Act:
    return lambda _connection: acted.append(1)


def known_for(database: Database, days: int, times: Timetable = DAILY) -> None:
    """As if a bot had started with the schedule so many days ago, and had ended before it was due."""
    database.execute(
        "INSERT INTO schedules VALUES ('s', %s, now() - make_interval(days => %s))", [str(times), days]
    )


def fired(database: Database) -> int:
    ((count,),) = database.execute("SELECT count(*) FROM schedule_firings")
    return int(count)


def test_two_replicas_act_on_each_fire_time_once(store: Store, database: Database) -> None:
    acted: list[int] = []
    with running(store, EVERY_SECOND, counting(acted), replicas=2):
        until(lambda: fired(database) >= 5)
    assert len(acted) == fired(database)
    gaps = "SELECT at - lag(at) OVER (ORDER BY at) FROM schedule_firings ORDER BY at OFFSET 1"
    assert {gap.total_seconds() for (gap,) in database.execute(gaps)} == {1.0}


def test_what_was_due_before_it_was_known_was_not_missed(store: Store) -> None:
    acted: list[int] = []
    with running(store, DAILY, counting(acted)):
        pass
    assert acted == []


def test_what_was_missed_is_made_up_for_once_at_start(store: Store, database: Database) -> None:
    known_for(database, 1)
    acted: list[int] = []
    for _ in range(2):
        with running(store, DAILY, counting(acted), replicas=2):
            pass
    assert len(acted) == 1
    with store.transaction() as connection:
        (run,) = firings.newest(connection, "s", 9)
    assert run.made_up
    assert run.skipped == 0


def test_of_many_missed_fire_times_the_newest_is_made_up_for(store: Store, database: Database) -> None:
    known_for(database, 90)
    acted: list[int] = []
    with running(store, DAILY, counting(acted)):
        pass
    assert len(acted) == 1
    with store.transaction() as connection:
        (run,) = firings.newest(connection, "s", 9)
    assert run.skipped == 89
    assert run.at - run.due < timedelta(days=1)


def test_other_times_count_from_when_they_are_known(store: Store, database: Database) -> None:
    known_for(database, 9, Timetable(cron=cron.read("18 3 * * *")))
    acted: list[int] = []
    with running(store, DAILY, counting(acted)):
        pass
    assert acted == []


def test_what_was_switched_off_meanwhile_was_not_missed(store: Store, database: Database) -> None:
    known_for(database, 9)
    Schedules(store, ()).start()
    acted: list[int] = []
    with running(store, DAILY, counting(acted)):
        pass
    assert acted == []


def test_what_failed_is_tried_again_while_the_bot_runs(store: Store, database: Database) -> None:
    """No replica needs a restart to make up for what none of them could do when it was due."""
    known_for(database, 1)
    calls: list[int] = []

    def act(_connection: Any) -> Begun:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("not yet")
        return Begun(operation="op-1")

    with running(store, DAILY, act):
        part = schedules(store, DAILY, act)
        for _ in range(2):
            part.make_up(late=timedelta(minutes=1))
    assert len(calls) == 2
    with store.transaction() as connection:
        (run,) = firings.newest(connection, "s", 9)
    assert run.begun == Begun(operation="op-1")


def test_what_is_due_just_now_is_left_to_the_clock(store: Store, database: Database) -> None:
    known_for(database, 0, EVERY_SECOND)
    acted: list[int] = []
    schedules(store, EVERY_SECOND, counting(acted)).make_up(late=timedelta(minutes=1))
    assert acted == []


def test_what_is_done_and_that_it_was_done_are_one_transaction(store: Store, database: Database) -> None:
    known_for(database, 1)

    def act(connection: Any) -> None:
        facts.put(connection, "done", True)
        connection.execute("SELECT 1 / 0")

    with running(store, DAILY, act):
        pass
    with store.transaction() as connection:
        assert facts.get(connection, "done") is None
    assert fired(database) == 0


def test_a_failure_does_not_end_the_schedule(store: Store) -> None:
    calls: list[int] = []

    def act(_connection: Any) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("not yet")

    with running(store, EVERY_SECOND, act):
        until(lambda: len(calls) >= 3)


@pytest.mark.parametrize("days", [0, 60])
def test_only_what_is_old_is_forgotten(store: Store, database: Database, days: int) -> None:
    with store.transaction() as connection:
        inbound.first_time(connection, "event:1")
        outbox.show(connection, key="waits", channel="C1", text="t", blocks=[])
        for key in ("sent", "al-open", "al-open:worse:1", "inc-1:summary"):
            outbox.show(connection, key=key, channel="C2", text="t", blocks=[])
    database.execute("UPDATE outbox SET delivered = 1, delivered_at = now() WHERE key <> 'waits'")
    database.execute(
        "INSERT INTO deployments (id, database, release, opened_by, stage, closed_at)"
        " VALUES ('closed', 'ledger', 'v1', 'U1', 'closed', now()),"
        " ('open', 'ledger', 'v2', 'U1', 'open', NULL)"
    )
    database.execute("INSERT INTO deployment_starts SELECT id, '{}', '' FROM deployments")
    database.execute(
        "INSERT INTO schedule_firings (schedule, at) SELECT 's', now() - make_interval(days => %s + n)"
        " FROM generate_series(1, 2) n",
        [days],
    )
    for table, column in (("inbound", "at"), ("outbox", "delivered_at"), ("deployments", "closed_at")):
        database.execute(f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)", [days])  # noqa: S608
    database.execute(
        "INSERT INTO alerts (id, matter, database, subject, sightings, sure, done, backup_id, since, seen_at,"
        " returns, acknowledged_by, escalations, resolved_at)"
        " SELECT id, 'data', 'ledger', id, '[]', '', '[]', '', now(), now(), 0, '[]', 0,"
        " CASE WHEN id <> 'al-open' THEN now() - make_interval(days => %s) END"
        " FROM unnest(ARRAY['al-open', 'al-over', 'al-lost']) id",
        [days],
    )
    database.execute(
        "INSERT INTO incidents (id, database, kind, what, opened_by, alerts)"
        " VALUES ('inc-1', 'ledger', 'data-loss', 'lost', 'secondkey', '[\"al-lost\", \"al-gone\"]')"
    )
    with store.transaction() as connection:
        gone = forget_old(connection)
    assert gone == {
        "forget_inbound": days // 60, "forget_jobs": 0, "forget_messages": days // 60,
        "forget_alerts": days // 60,
        "forget_firings": days // 60,
        "forget_counts": 0, "forget_starts": days // 60,
    }  # fmt: skip
    assert {("al-open",), ("al-lost",)} <= set(database.execute("SELECT id FROM alerts"))
    assert {("waits",), ("al-open",), ("al-open:worse:1",), ("inc-1:summary",)} <= set(
        database.execute("SELECT key FROM outbox")
    )
