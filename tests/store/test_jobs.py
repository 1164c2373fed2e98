"""The job queue: nothing that was asked for is lost, and emergencies never wait."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from psycopg import sql

from bot.domain.operation import Kind, Operation, Progress
from bot.store import operations
from bot.store.database import Store
from bot.store.jobs import LANES, Jobs, Run, hand_over
from tests.servers import Database
from tests.store.conftest import Create
from tests.waiting import until

DYING = Path(__file__).with_name("dying_worker.py")


@contextmanager
def working(store: Store, run: Run, deaths: list[str] | None = None) -> Iterator[Jobs]:
    told: list[str] = [] if deaths is None else deaths
    jobs = Jobs(store.dsn, run, on_death=told.append)
    jobs.start()
    try:
        yield jobs
    finally:
        jobs.stop()
        jobs.stop()
    if deaths is None:
        assert told == []


def defer(store: Store, operation: Operation) -> None:
    with store.transaction() as connection:
        hand_over(connection, operation)


def finishing(store: Store, ran: list[str]) -> Run:
    """Runs an operation to its end, as the runner does."""

    def run(operation_id: str, _stop: Callable[[], bool]) -> None:
        with store.transaction() as connection:
            claimed = operations.claim(connection, operation_id)
            if claimed is not None:
                operations.finish(connection, operation_id, claimed.attempt or "", {})
                ran.append(operation_id)

    return run


def statuses(database: Database) -> list[str]:
    return [status for (status,) in database.execute("SELECT status FROM procrastinate_jobs ORDER BY id")]


def age(database: Database, table: str, column: str) -> None:
    """As if half a minute had gone by without a sign of life."""
    database.execute(f"UPDATE {table} SET {column} = {column} - interval '30 seconds'")  # noqa: S608


def progress(store: Store, operation: Operation) -> Progress:
    with store.transaction() as connection:
        return operations.load(connection, operation.id).progress


def test_an_operation_is_run_once(store: Store, create: Create, database: Database) -> None:
    ran: list[str] = []
    with working(store, finishing(store, ran)):
        made = create()
        defer(store, made)
        until(lambda: statuses(database) == ["succeeded"])
    assert ran == [made.id]


def test_what_is_rolled_back_was_never_asked_for(store: Store, create: Create, database: Database) -> None:
    made = create()
    with pytest.raises(psycopg.errors.DivisionByZero), store.transaction() as connection:  # noqa: PT012 - the second statement ends it
        hand_over(connection, made)
        connection.execute("SELECT 1 / 0")
    assert statuses(database) == []


def test_four_slow_jobs_do_not_delay_an_emergency(store: Store, create: Create) -> None:
    slow, begun, release = [], [], Event()

    def run(operation_id: str, _stop: Callable[[], bool]) -> None:
        begun.append(operation_id)
        if operation_id in slow:
            release.wait(30)

    with working(store, run):
        try:
            slow.extend(create(kind=Kind.VERIFY).id for _ in range(LANES[0].concurrency + 2))
            for operation_id in slow:
                with store.transaction() as connection:
                    hand_over(connection, operations.load(connection, operation_id))
            until(lambda: len(begun) == LANES[0].concurrency)
            with store.transaction() as connection:
                emergency = operations.create(
                    connection, kind=Kind.BACKUP, database="ledger", requested_by="U1",
                    request={"kind": "emergency", "channel": "C1"},
                )  # fmt: skip
                hand_over(connection, emergency)
            until(lambda: emergency.id in begun)
            assert len(begun) == LANES[0].concurrency + 1
        finally:
            release.set()


def test_a_stop_is_seen_by_what_runs_and_its_end_is_kept(
    store: Store, create: Create, database: Database
) -> None:
    begun = Event()

    def run(operation_id: str, stop: Callable[[], bool]) -> None:
        with store.transaction() as connection:
            claimed = operations.claim(connection, operation_id)
        assert claimed is not None
        begun.set()
        until(stop)
        with store.transaction() as connection:
            operations.fail(connection, operation_id, claimed.attempt or "", "stopping", "")

    with working(store, run):
        made = create()
        defer(store, made)
        assert begun.wait(10)
    assert progress(store, made) is Progress.FAILED
    assert statuses(database) == ["succeeded"]
    assert database.execute("SELECT 1 FROM procrastinate_workers") == []


def test_a_stop_ends_though_the_database_is_away(store: Store, create: Create, database: Database) -> None:
    began = Event()

    def run(_operation: str, stop: Callable[[], bool]) -> None:
        began.set()
        until(stop)

    jobs = Jobs(store.dsn, run, on_death=lambda _: None)
    jobs.start()
    defer(store, create())
    assert began.wait(10)
    with psycopg.connect(database.server.dsn(), autocommit=True) as outside:
        closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(database.name))
        outside.execute(closed)
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.name]
        )
        stopping = Thread(target=jobs.stop)
        stopping.start()
        stopping.join(30)
        assert not stopping.is_alive()


def test_what_waits_when_the_bot_stops_runs_after_the_next_start(store: Store, create: Create) -> None:
    made, ran = create(), list[str]()
    defer(store, made)
    with working(store, finishing(store, ran)):
        until(lambda: ran == [made.id])


def test_the_operation_of_a_killed_process_is_taken_over(
    store: Store, create: Create, database: Database
) -> None:
    made, ran = create(), list[str]()
    defer(store, made)
    process = subprocess.Popen([sys.executable, DYING, store.dsn], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        assert process.stdout.readline().strip() == made.id
        process.kill()
    assert progress(store, made) is Progress.RUNNING
    assert statuses(database) == ["doing"]
    for table, column in (("procrastinate_workers", "last_heartbeat"), ("operations", "heartbeat")):
        age(database, table, column)
    with working(store, finishing(store, ran)):
        until(lambda: ran == [made.id])
    assert progress(store, made) is Progress.DONE


def test_an_operation_that_no_job_takes_up_is_found_by_the_sweep(
    store: Store, create: Create, database: Database
) -> None:
    """A command line that died, or a job that ended while the bot's own database was away."""
    abandoned, fresh, ran = create(), create(kind=Kind.VERIFY), list[str]()
    database.execute(
        "UPDATE operations SET heartbeat = heartbeat - interval '30 seconds' WHERE id = %s", [abandoned.id]
    )
    with working(store, finishing(store, ran)):
        until(lambda: ran == [abandoned.id])
    assert progress(store, fresh) is Progress.WAITING


def test_the_emergency_of_a_dead_command_line_goes_to_the_emergency_lane(
    store: Store, create: Create, database: Database
) -> None:
    ran: list[str] = []
    with store.transaction() as connection:
        operations.create(
            connection,
            kind=Kind.BACKUP,
            database="ledger",
            requested_by="cli:x",
            request={"kind": "emergency"},
        )
    age(database, "operations", "heartbeat")
    with working(store, finishing(store, ran)):
        until(lambda: len(ran) == 1)
    assert database.execute("SELECT queue_name, priority FROM procrastinate_jobs") == [("emergency", 100)]


def test_a_fault_of_one_job_does_not_end_the_others(store: Store, create: Create, database: Database) -> None:
    ran: list[str] = []
    bad, good = create(), create(database="other")
    finish = finishing(store, ran)

    def run(operation_id: str, stop: Callable[[], bool]) -> None:
        if operation_id == bad.id:
            raise ValueError("a fault")
        finish(operation_id, stop)

    with working(store, run):
        defer(store, bad)
        defer(store, good)
        until(lambda: statuses(database) == ["failed", "succeeded"])
    assert ran == [good.id]


def test_workers_that_end_by_themselves_are_told(store: Store, database: Database) -> None:
    deaths: list[str] = []
    with working(store, lambda _id, _stop: None, deaths):
        until(lambda: len(database.execute("SELECT 1 FROM procrastinate_workers")) == len(LANES))
        database.execute("ALTER TABLE procrastinate_jobs RENAME TO hidden")
        until(lambda: deaths)
    database.execute("ALTER TABLE hidden RENAME TO procrastinate_jobs")
    assert deaths[0].startswith("the job workers ended by themselves")
    assert len(deaths) == 1


def test_workers_that_are_stopped_at_once_end(store: Store) -> None:
    for _ in range(5):
        with working(store, lambda _id, _stop: None):
            pass


def test_the_sessions_of_the_workers_can_be_recognised(store: Store, database: Database) -> None:
    names = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
    with working(store, lambda _id, _stop: None):
        until(lambda: {("secondkey/jobs",), ("secondkey/state",)} <= set(database.execute(names)))


def test_drills_come_one_after_the_other_and_keep_no_other_work_waiting(store: Store, create: Create) -> None:
    drills = [create(Kind.DRILL, database=name) for name in ("ledger", "crm")]
    other = create(Kind.VERIFY)
    begun: list[str] = []
    seen, go_on = Event(), Event()

    def run(operation_id: str, _stop: Callable[[], bool]) -> None:
        begun.append(operation_id)
        if operation_id == other.id:
            seen.set()
        go_on.wait(10)

    with working(store, run):
        for operation in (*drills, other):
            defer(store, operation)
        assert seen.wait(10)
        assert len(begun) == 2
        go_on.set()
        until(lambda: set(begun) == {each.id for each in (*drills, other)})
