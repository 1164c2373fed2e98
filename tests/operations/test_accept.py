"""Accepting a database: what people pin stays pinned, whatever runs beside it and whatever was lost."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread

import psycopg
import pytest

from bot.app import open_services
from bot.config import load
from bot.domain.backup import Health, Level, Proof
from bot.domain.operation import Operation
from bot.domain.state import State
from bot.errors import Refused, SecondkeyError
from bot.operations import catalogue, runner
from bot.operations.observing import Reading, read
from bot.operations.services import Services
from bot.repository.faults import BackupFault, Fault
from bot.repository.folder import Repository
from bot.store import baselines, operations
from tests import servers
from tests.operations.conftest import NAME, Place
from tests.operations.working import (
    accepted,
    ask_accept,
    ask_backup,
    backed_up,
    logged,
    once,
    pinned,
)
from tests.waiting import until


def load_of(services: Services, operation: Operation) -> Operation:
    with services.store.transaction() as connection:
        return operations.load(connection, operation.id)


def test_asking_for_it_is_in_the_audit_log(services: Services) -> None:
    ask_accept(services)
    assert logged(services)[-1] == "accept.requested"


def test_a_backup_that_counted_before_the_accept_leaves_what_was_pinned(services: Services) -> None:
    operation = ask_backup(services)
    error = runner.run(services, operation.id, watch=once("counting", lambda: accepted(services)))
    assert error is None
    made = services.repository.load(operation.request["backup_id"])
    baseline = pinned(services)
    assert made.manifest.state.identity.marker is None
    assert made.proof.health is Health.HEALTHY
    assert baseline.state.identity.marker is not None
    assert baseline.state.taken_at > made.manifest.state.taken_at
    backed_up(services)
    assert pinned(services).state.identity == baseline.state.identity
    assert pinned(services).state.taken_at > baseline.state.taken_at


def test_an_accept_during_the_restore_test_judges_the_backup_and_leaves_its_level(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.attempt.PROGRESS", 0.0)
    operation = ask_backup(services)
    error = runner.run(services, operation.id, watch=once("throw-away", lambda: accepted(services)))
    assert error is None
    made = services.repository.load(operation.request["backup_id"])
    assert (made.manifest.health, made.proof.health) == (Health.UNKNOWN, Health.HEALTHY)
    assert made.proof.level is Level.RESTORE_TESTED
    assert catalogue.find(services, made.id) == made


class Unwilling(Repository):
    """Signs no proof of one backup."""

    def __init__(self, real: Repository, backup_id: str) -> None:
        super().__init__(real.root, real.keys)
        self._unwilling = backup_id

    def update_proof(self, database: str, backup_id: str, change: Callable[[Proof], Proof]) -> Proof:
        if backup_id == self._unwilling:
            raise BackupFault(Fault.MANIFEST_MISSING, "somebody removed it", "")
        return super().update_proof(database, backup_id, change)


def test_a_backup_that_cannot_be_judged_keeps_neither_the_others_nor_the_accept_from_being_told(
    services: Services,
) -> None:
    first, second = backed_up(services), backed_up(services)
    unwilling = replace(services, repository=Unwilling(services.repository, second.id))
    assert accepted(unwilling) is None
    assert services.repository.load(first.id).proof.health is Health.HEALTHY
    assert services.repository.load(second.id).proof.health is Health.UNKNOWN


def test_a_lost_state_is_no_first_accept_and_its_backups_are_known_again(
    services: Services, place: Place
) -> None:
    assert accepted(services) is None
    made = backed_up(services)
    state = place.new_state()
    with open_services(load(place.settings(state), {}, need_slack=False)) as anew:
        assert catalogue.known(anew, NAME) == (made,)
        assert "catalogue.rebuilt" in logged(anew)
        operation = ask_accept(anew, "the state was lost")
        error = runner.run(anew, operation.id)
        assert isinstance(error, Refused)
        assert error.code == "second-key-needed"
        assert made.id in error.reason
        assert load_of(anew, operation).refused == error.code
    servers.drop_database(state)


def test_a_backup_that_cannot_be_trusted_may_have_been_judged_by_a_lost_baseline(
    services: Services, place: Place
) -> None:
    assert accepted(services) is None
    made = backed_up(services)
    manifest = services.repository.root / NAME / f"{made.id}.json"
    manifest.write_text(manifest.read_text().replace("before v2", "before v3"))
    state = place.new_state()
    with open_services(load(place.settings(state), {}, need_slack=False)) as anew:
        error = accepted(anew)
    assert isinstance(error, Refused)
    assert f"{made.id} cannot be trusted" in error.reason
    servers.drop_database(state)


def test_what_a_crashed_backup_left_does_not_lock_the_first_accept_out(services: Services) -> None:
    made = backed_up(services)
    for signed in (services.repository.root / NAME).glob(f"{made.id}*json*"):
        signed.unlink()
    assert accepted(services) is None


def test_of_two_first_accepts_at_once_the_second_may_not_lower_what_the_first_pinned(
    services: Services, place: Place
) -> None:
    found = read(services, NAME, Reading(purpose="test"))
    assert isinstance(found, State)
    more = replace(found, tables=tuple(replace(table, rows=13) for table in found.tables))
    ended: list[SecondkeyError | None] = []
    second = Thread(target=lambda: ended.append(accepted(services)))
    with psycopg.connect(place.protected.dsn) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('secondkey marker', 0))")
        second.start()
        until(lambda: place.protected.execute("SELECT 1 FROM pg_locks WHERE NOT granted"), limit=5)
        with services.store.transaction() as connection:
            baselines.save(connection, NAME, more, by="cli:bert", pinned=True)
    second.join()
    assert isinstance(ended[0], Refused)
    assert "User 13 → 12" in ended[0].reason
    assert pinned(services).pinned_by == "cli:bert"
