"""Records of operations: who runs one, and what happens when whoever ran it is dead."""

import threading
from datetime import timedelta

import pytest

from bot.domain.operation import Kind, Operation, Progress
from bot.errors import NotFound, Refused
from bot.store import backups, operations
from bot.store.database import Store
from bot.store.jobs import hand_over
from tests.servers import Database
from tests.store.conftest import Create


def claim(store: Store, operation: Operation) -> Operation | None:
    with store.transaction() as connection:
        return operations.claim(connection, operation.id)


def silence(database: Database, seconds: int = 30) -> None:
    """As if whoever runs or waits gave no sign of life for a while."""
    database.execute("UPDATE operations SET heartbeat = heartbeat - make_interval(secs => %s)", [seconds])


def token(operation: Operation | None) -> str:
    assert operation is not None
    assert operation.attempt
    return operation.attempt


def test_what_was_asked_for_is_found_again(store: Store, create: Create) -> None:
    made = create(reason="before v1.3.0 \x00")
    with store.transaction() as connection:
        assert operations.load(connection, made.id) == made
        assert operations.recent(connection, limit=5) == [made]
        assert operations.recent(connection, database="other", limit=5) == []
    assert made.progress is Progress.WAITING
    assert made.id.startswith("op-")
    assert len(made.id) == 11


def test_an_unknown_operation_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound), store.transaction() as connection:
        operations.load(connection, "op-00000000")


def test_an_operation_runs_once(store: Store, create: Create) -> None:
    made = create()
    running = claim(store, made)
    assert running is not None
    assert running.progress is Progress.RUNNING
    assert claim(store, made) is None
    with store.transaction() as connection:
        operations.finish(connection, made.id, token(running), {"backup_id": "B"})
    assert claim(store, made) is None
    with store.transaction() as connection:
        done = operations.load(connection, made.id)
    assert (done.progress, done.result) == (Progress.DONE, {"backup_id": "B"})
    assert done.finished_at is not None


def test_an_operation_whose_runner_fell_silent_is_taken_over_and_the_ghost_changes_nothing(
    store: Store, create: Create, database: Database
) -> None:
    made = create()
    ghost = token(claim(store, made))
    silence(database)
    owner = token(claim(store, made))
    assert owner != ghost
    with store.transaction() as connection:
        assert not operations.beat(connection, made.id, ghost)
        assert operations.beat(connection, made.id, owner)
    with pytest.raises(operations.Overtaken), store.transaction() as connection:
        operations.finish(connection, made.id, ghost, {})
    with pytest.raises(operations.Overtaken), store.transaction() as connection:
        operations.fail(connection, made.id, ghost, "why", "what now")
    with store.transaction() as connection:
        operations.fail(connection, made.id, owner, "why", "what now")
        assert operations.load(connection, made.id).problem == "why"


def test_a_runner_that_gives_signs_of_life_keeps_its_operation(
    store: Store, create: Create, database: Database
) -> None:
    made = create()
    running = token(claim(store, made))
    silence(database)
    with store.transaction() as connection:
        assert operations.beat(connection, made.id, running)
    assert claim(store, made) is None


def test_what_was_begun_three_times_fails_and_is_told_once(
    store: Store, create: Create, database: Database
) -> None:
    made = create()
    for _ in range(operations.ATTEMPTS):
        assert token(claim(store, made))
        silence(database)
    given_up = claim(store, made)
    assert given_up is not None
    assert given_up.progress is Progress.FAILED
    assert "3 times" in given_up.problem
    assert given_up.hint
    assert claim(store, made) is None


def test_one_backup_of_a_database_at_a_time(store: Store, create: Create) -> None:
    first = create()
    with pytest.raises(Refused) as refused:
        create(by="U2")
    assert refused.value.code == "already-running"
    assert first.id in refused.value.reason
    assert "UTC" in refused.value.reason
    create(database="other")
    create(kind=Kind.VERIFY)
    running = token(claim(store, first))
    with store.transaction() as connection:
        operations.finish(connection, first.id, running, {})
    create()


def test_an_emergency_backup_never_waits_for_another(store: Store, create: Create) -> None:
    create()
    emergencies = [_emergency(store), _emergency(store)]
    assert all(map(operations.is_emergency, emergencies))


def _emergency(store: Store) -> Operation:
    with store.transaction() as connection:
        return operations.create(
            connection,
            kind=Kind.BACKUP,
            database="ledger",
            requested_by="U1",
            request={"kind": "emergency", "channel": "C1"},
        )


@pytest.mark.parametrize("kind", [Kind.BACKUP, Kind.DRILL])
def test_of_many_who_ask_at_once_one_gets_the_backup_or_drill(create: Create, kind: Kind) -> None:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            create(kind)
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already-running"] * 7 + ["made"]


def test_a_backup_whose_command_line_died_does_not_block_the_next(
    store: Store, create: Create, database: Database
) -> None:
    dead = create()
    claim(store, dead)
    silence(database)
    with pytest.raises(Refused):
        create()
    with store.transaction() as connection:
        closed = operations.close_abandoned(connection, "ledger")
        assert closed == operations.load(connection, dead.id)
        assert operations.close_abandoned(connection, "ledger") is None
        failure = backups.last_failure(connection, "ledger")
    create()
    assert closed is not None
    assert closed.progress is Progress.FAILED
    assert failure is not None
    assert "ended before" in failure[1]


def test_a_backup_that_gives_signs_of_life_is_not_closed(store: Store, create: Create) -> None:
    claim(store, create())
    with store.transaction() as connection:
        assert operations.close_abandoned(connection, "ledger") is None


def test_what_ended_with_secondkey_is_no_failed_backup(store: Store, create: Create) -> None:
    made = create()
    running = token(claim(store, made))
    with store.transaction() as connection:
        operations.fail(connection, made.id, running, "Secondkey is stopping", "ask again", stopped=True)
        assert operations.load(connection, made.id).progress is Progress.FAILED
        assert backups.last_failure(connection, "ledger") is None


def test_a_refusal_keeps_its_code(store: Store, create: Create) -> None:
    made = create()
    running = token(claim(store, made))
    with store.transaction() as connection:
        operations.fail(connection, made.id, running, "why", "what now", refused="second-key-needed")
        assert operations.load(connection, made.id).refused == "second-key-needed"


def live_worker(database: Database, silent: int = 0) -> None:
    """As if a bot ran, or had until so many seconds ago."""
    heard = "now() - make_interval(secs => %s)"
    database.execute(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({heard})", [silent])  # noqa: S608


@pytest.mark.parametrize("running", [False, True])
def test_a_live_worker_takes_a_silent_backup_up_so_that_it_blocks(
    store: Store, create: Create, database: Database, running: bool
) -> None:
    made = create()
    if running:
        claim(store, made)
    silence(database, 3600)
    live_worker(database)
    with store.transaction() as connection:
        assert operations.close_abandoned(connection, "ledger") is None
    with pytest.raises(Refused) as refused:
        create()
    assert ("the running bot takes it over" in refused.value.reason) is running


def test_a_backup_in_the_queue_of_a_killed_bot_blocks_nobody(
    store: Store, create: Create, database: Database
) -> None:
    dead = create()
    with store.transaction() as connection:
        hand_over(connection, dead)
    claim(store, dead)
    silence(database)
    live_worker(database, silent=30)
    with store.transaction() as connection:
        closed = operations.close_abandoned(connection, "ledger")
    assert closed is not None
    assert (closed.id, closed.progress) == (dead.id, Progress.FAILED)
    create()
    assert claim(store, dead) is None


def test_a_backup_that_was_killed_just_now_says_when_to_ask_again(store: Store, create: Create) -> None:
    claim(store, create())
    with pytest.raises(Refused) as refused:
        create()
    assert "ask again in 20 s" in refused.value.hint


def test_backups_are_counted_by_person_and_time_without_what_failed_and_emergencies(
    store: Store, create: Create
) -> None:
    for ending in ("done", "failed", "stopped"):
        made = create()
        running = token(claim(store, made))
        with store.transaction() as connection:
            if ending == "done":
                operations.finish(connection, made.id, running, {})
            else:
                operations.fail(connection, made.id, running, "why", "", stopped=ending == "stopped")
    _emergency(store)
    create(by="U2")
    with store.transaction() as connection:
        hour_ago = store.now() - timedelta(hours=1)
        assert operations.backups_asked(connection, "U1", hour_ago) == 1
        assert operations.backups_asked(connection, "U1", store.now()) == 0


def test_the_newest_come_first(store: Store, create: Create) -> None:
    made = [create(kind=Kind.VERIFY).id for _ in range(3)]
    with store.transaction() as connection:
        assert [each.id for each in operations.recent(connection, limit=2)] == made[:0:-1]
