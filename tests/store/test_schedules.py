"""Schedules: each fire time is acted on once, whatever replicas and restarts there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.store import facts, inbound, outbox
from bot.store.database import Store
from bot.store.retention import forget_old
from bot.store.schedules import Act, Schedule, Schedules
from tests.servers import Database
from tests.waiting import until

EVERY_SECOND = "* * * * * *"


@contextmanager
def running(store: Store, cron: str, act: Act, replicas: int = 1) -> Iterator[None]:
    parts = [Schedules(store, (Schedule(name="s", cron=cron, act=act),)) for _ in range(replicas)]
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


def begin_now(database: Database) -> None:
    """As if the last fire time had just been acted on: nothing is to be made up for."""
    database.execute("INSERT INTO schedule_firings VALUES ('s', date_trunc('second', now()))")


def fired(database: Database) -> int:
    ((count,),) = database.execute("SELECT count(*) FROM schedule_firings")
    return int(count)


def test_two_replicas_act_on_each_fire_time_once(store: Store, database: Database) -> None:
    acted: list[int] = []
    begin_now(database)
    with running(store, EVERY_SECOND, counting(acted), replicas=2):
        until(lambda: fired(database) >= 5)
    assert len(acted) == fired(database) - 1
    gaps = "SELECT at - lag(at) OVER (ORDER BY at) FROM schedule_firings ORDER BY at OFFSET 2"
    assert {gap.total_seconds() for (gap,) in database.execute(gaps)} == {1.0}


def test_what_was_missed_is_made_up_for_once_at_start(store: Store) -> None:
    acted: list[int] = []
    for _ in range(2):
        with running(store, "17 3 * * *", counting(acted), replicas=2):
            pass
    assert len(acted) == 1


def test_of_many_missed_fire_times_the_newest_is_made_up_for(store: Store, database: Database) -> None:
    database.execute("INSERT INTO schedule_firings VALUES ('s', now() - interval '90 days')")
    acted: list[int] = []
    with running(store, "17 3 * * *", counting(acted)):
        pass
    assert len(acted) == 1
    ((recent,),) = database.execute("SELECT max(at) > now() - interval '25 hours' FROM schedule_firings")
    assert recent


def test_what_is_done_and_that_it_was_done_are_one_transaction(store: Store, database: Database) -> None:
    def act(connection: Any) -> None:
        facts.put(connection, "done", True)
        connection.execute("SELECT 1 / 0")

    with running(store, "17 3 * * *", act):
        pass
    with store.transaction() as connection:
        assert facts.get(connection, "done") is None
    assert fired(database) == 0


def test_a_failure_does_not_end_the_schedule(store: Store, database: Database) -> None:
    calls: list[int] = []
    begin_now(database)

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
        outbox.show(connection, key="sent", channel="C2", text="t", blocks=[])
    database.execute("UPDATE outbox SET delivered = 1, delivered_at = now() WHERE key = 'sent'")
    database.execute(
        "INSERT INTO deployments (id, database, release, opened_by, stage, closed_at)"
        " VALUES ('closed', 'ledger', 'v1', 'U1', 'closed', now()),"
        " ('open', 'ledger', 'v2', 'U1', 'open', NULL)"
    )
    database.execute("INSERT INTO deployment_starts SELECT id, '{}', '' FROM deployments")
    for table, column in (("inbound", "at"), ("outbox", "delivered_at"), ("deployments", "closed_at")):
        database.execute(f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)", [days])  # noqa: S608
    with store.transaction() as connection:
        gone = forget_old(connection)
    assert gone == {
        "forget_inbound": days // 60, "forget_jobs": 0, "forget_messages": days // 60, "forget_firings": 0,
        "forget_counts": 0, "forget_starts": days // 60,
    }  # fmt: skip
    assert ("waits",) in database.execute("SELECT key FROM outbox")
