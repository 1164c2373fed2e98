"""A backup that is ended, overtaken, or left alone by the bot's own database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.backup import Kind, Level
from bot.domain.operation import Operation, Progress
from bot.operations import catalogue, runner
from bot.operations.attempt import PATIENCE, Attempt, Ghost
from bot.operations.facts import backup_facts
from bot.operations.services import Services
from bot.repository.archive import ArchiveWriter
from bot.repository.folder import Repository
from bot.slack.blocks import Message
from bot.store import operations
from tests.operations.conftest import NAME, Place
from tests.operations.working import ask_accept, ask_backup, logged, once, shown
from tests.servers import Database
from tests.waiting import until

LATER = Message(text="later", blocks=())


@pytest.fixture(autouse=True)
def all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.operations.attempt.PROGRESS", 0.0)


def now(services: Services, operation: Operation) -> Operation:
    with services.store.transaction() as connection:
        return operations.load(connection, operation.id)


def claimed(services: Services, operation: Operation, **more: Any) -> Attempt:
    with services.store.transaction() as connection:
        taken = operations.claim(connection, operation.id)
    assert taken is not None
    return Attempt(services, taken, **{"stop": lambda: False, "watch": lambda _: None, **more})


def silence(state: Database) -> None:
    """As if whoever runs something gave no sign of life for a while."""
    state.execute("UPDATE operations SET heartbeat = heartbeat - interval '1 minute'")


def test_a_stop_during_the_proof_keeps_the_backup_and_says_how_far_it_is(services: Services) -> None:
    asked, operation = Event(), ask_backup(services)
    error = runner.run(services, operation.id, asked.is_set, once("throw-away", asked.set))
    assert error is None
    assert now(services, operation).progress is Progress.DONE
    made = services.repository.load(operation.request["backup_id"])
    assert made.proof.level is Level.READ
    assert "stopped before the restore test" in made.proof.not_tested_because
    assert catalogue.find(services, made.id) == made
    assert backup_facts(services, NAME).last_failure == ""


def test_a_stop_during_the_dump_keeps_nothing_and_is_no_failed_backup(services: Services) -> None:
    asked, operation = Event(), ask_backup(services)
    error = runner.run(services, operation.id, asked.is_set, once("counting", asked.set))
    assert error is not None
    assert "Secondkey is stopping" in error.reason
    assert now(services, operation).progress is Progress.FAILED
    assert services.repository.backups(NAME) == ()
    assert backup_facts(services, NAME).last_failure == ""
    assert logged(services)[-1] == "backup.stopped"


def test_a_backup_outlives_its_bots_own_database_being_away(services: Services, place: Place) -> None:
    back: list[Thread] = []

    def come_back() -> None:
        Event().wait(2.5)
        place.own.start()

    def go() -> None:
        place.own.stop()
        back.append(Thread(target=come_back))
        back[0].start()

    operation = ask_backup(services, Kind.EMERGENCY)
    with capture_logs() as lines:
        error = runner.run(services, operation.id, watch=once("counting", go))
    back[0].join()
    assert error is None
    assert now(services, operation).progress is Progress.DONE
    made = services.repository.load(operation.request["backup_id"])
    assert made.proof.level is Level.RESTORE_TESTED
    assert not [line for line in lines if line["log_level"] == "error"]


def test_what_cannot_be_recorded_is_left_to_whoever_takes_it_over_and_is_no_bug(
    services: Services, place: Place, state: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.attempt.PATIENCE", 0.5)
    operation = ask_backup(services, Kind.EMERGENCY)
    with capture_logs() as lines:
        error = runner.run(services, operation.id, watch=once("counting", place.own.stop))
    place.own.start()
    assert error is not None
    assert "did not answer" in error.reason
    assert "bug" not in error.hint
    assert not [line for line in lines if line["log_level"] == "error"]
    until(lambda: now(services, operation).progress is Progress.RUNNING)
    silence(state)
    assert runner.run(services, operation.id) is None
    assert now(services, operation).progress is Progress.DONE


def test_what_is_shown_is_late_and_nothing_fails_while_the_bots_own_database_is_away(
    services: Services, place: Place
) -> None:
    attempt = claimed(services, ask_backup(services))
    place.own.stop()
    begun = time.monotonic()
    attempt.progress(LATER)
    attempt.progress(LATER)
    assert time.monotonic() - begun < PATIENCE / 2
    place.own.start()


class Overtaken(Repository):
    """In which somebody else takes the operation over before or after the archive is written."""

    def __init__(self, real: Repository, take_over: Callable[[], object], *, written: bool) -> None:
        super().__init__(real.root, real.keys)
        self._take_over = take_over
        self._written = written

    @contextmanager
    def open_archive(
        self, database: str, backup_id: str, *, expected_bytes: int | None = None
    ) -> Iterator[ArchiveWriter]:
        if not self._written:
            self._take_over()
        with super().open_archive(database, backup_id, expected_bytes=expected_bytes) as writer:
            yield writer
        if self._written:
            self._take_over()


@pytest.mark.parametrize(
    ("written", "left"), [(False, set()), (True, {".dump"})], ids=["during the dump", "after the dump"]
)
def test_a_ghost_writes_neither_manifest_nor_catalogue_and_its_archive_is_in_nobodys_way(
    services: Services, state: Database, written: bool, left: set[str]
) -> None:
    operation = ask_backup(services)

    def take_over() -> None:
        silence(state)
        claimed(services, operation)

    overtaken = Overtaken(services.repository, take_over, written=written)
    assert runner.run(replace(services, repository=overtaken), operation.id) is None
    assert {path.suffix for path in (services.repository.root / NAME).iterdir()} == left
    assert catalogue.known(services, NAME) == ()
    assert now(services, operation).progress is Progress.RUNNING
    silence(state)
    assert runner.run(services, operation.id) is None
    assert [made.proof.level for made in catalogue.known(services, NAME)] == [Level.RESTORE_TESTED]


def test_a_ghost_shows_nothing_and_stops_at_once_however_near_the_end_it_is(
    services: Services, state: Database
) -> None:
    operation = ask_backup(services)
    ghost = claimed(services, operation)
    silence(state)
    claimed(services, operation)
    assert not ghost.should_stop(nearly_done=True)
    with pytest.raises(Ghost):
        ghost.progress(LATER)
    assert ghost.should_stop(nearly_done=True)
    assert "later" not in shown(services, operation)


def test_what_is_nearly_done_goes_on_for_a_little_while_after_a_stop(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.attempt.LENIENCE", 0.3)
    attempt = claimed(services, ask_backup(services), stop=lambda: True)
    assert attempt.should_stop()
    assert not attempt.should_stop(nearly_done=True)
    until(lambda: attempt.should_stop(nearly_done=True), limit=2)


def test_a_backup_whose_process_died_is_told_to_have_failed_when_the_next_is_asked_for(
    services: Services, state: Database
) -> None:
    dead = ask_backup(services)
    claimed(services, dead)
    silence(state)
    following = ask_backup(services)
    assert "the process that ran it ended" in shown(services, dead)
    assert now(services, following).progress is Progress.WAITING
    assert "backup.failed" in logged(services)


def test_an_accept_that_is_stopped_is_no_failure_either(services: Services) -> None:
    asked, operation = Event(), ask_accept(services)
    asked.set()
    assert runner.run(services, operation.id, asked.is_set) is not None
    assert logged(services)[-1] == "accept.stopped"
