"""How far a backup is proven: what a real restore shows, what it cannot show, and what stays said of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.backup import Backup, Health, Level, Proof
from bot.domain.state import State
from bot.errors import CommandFailed
from bot.operations.proving import prove
from bot.operations.services import Services
from bot.repository.folder import Repository
from bot.repository.keys import Keys
from bot.store.database import Store
from tests.operations import protected
from tests.operations.protected import DATABASE, ID, made_of
from tests.servers import Database

SOME_ROWS = 'CREATE TABLE "User" AS SELECT generate_series(1, 50) AS id'

Change = Callable[[Proof], Proof]


@pytest.fixture
def services(tmp_path: Path, database: Database) -> Services:
    """No operation is recorded here, so that the state is never opened."""
    return protected.services(tmp_path, Store(database.dsn), database.dsn)


def believed(services: Services, change: Change) -> Backup:
    services.repository.update_proof(DATABASE, ID, change)
    return services.repository.load(ID)


def corrupt(proof: Proof) -> Proof:
    return replace(proof, corrupt="it differed")


def uncounted(state: State) -> State:
    """As if no table had been counted when the backup was made."""
    return replace(state, tables=tuple(replace(table, rows=None, problem="locked") for table in state.tables))


def test_a_stale_materialized_view_is_no_difference(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    database.execute('CREATE MATERIALIZED VIEW everybody AS SELECT * FROM "User"')
    database.execute('INSERT INTO "User" SELECT generate_series(51, 60)')
    proven = prove(services, made_of(services, database.dsn))
    assert (proven.corrupt, proven.proof.level) == ("", Level.RESTORE_TESTED)
    assert proven.manifest.state.counts()[protected.builders.table_name("everybody")] == 50


def test_tables_that_were_never_counted_are_never_proven(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    made = made_of(services, database.dsn)
    forgetful = replace(made, manifest=replace(made.manifest, state=uncounted(made.manifest.state)))
    proven = prove(services, forgetful)
    assert proven.proof.level is Level.READ
    assert (
        proven.proof.not_tested_because == "it restores, and 1 table was not counted when it was made: User"
    )


def test_what_failed_is_signed_and_stays_said(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    made = made_of(services, database.dsn)
    protected.flip(services.repository.root / DATABASE / f"{ID}.dump")
    failed = prove(services, made)
    assert "was changed" in failed.corrupt
    assert services.repository.load(ID) == failed
    assert services.repository.backups() == (failed,)


def test_a_restore_that_differs_from_the_manifest_is_signed_as_corrupt(
    services: Services, database: Database
) -> None:
    database.execute(SOME_ROWS)
    made = made_of(services, database.dsn)
    (table,) = made.manifest.state.tables
    more = replace(made.manifest.state, tables=(replace(table, rows=51),))
    prove(services, replace(made, manifest=replace(made.manifest, state=more)))
    assert "table User has 50 rows instead of 51" in services.repository.load(ID).corrupt


def test_a_test_that_could_not_be_made_clears_nothing(services: Services, database: Database) -> None:
    made_of(services, database.dsn)
    made = believed(services, corrupt)
    future = replace(made.manifest.state.identity, server_version=990001)
    unknown = replace(made.manifest, state=replace(made.manifest.state, identity=future))
    tried = prove(services, replace(made, manifest=unknown))
    assert "PostgreSQL 99" in tried.proof.not_tested_because
    assert tried.corrupt == services.repository.load(ID).corrupt == "it differed"


def test_reading_it_back_alone_clears_nothing(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    made_of(services, database.dsn)
    made = believed(services, corrupt)
    proven = prove(
        services, replace(made, manifest=replace(made.manifest, state=uncounted(made.manifest.state)))
    )
    assert (proven.proof.level, proven.corrupt) == (Level.READ, "it differed")


def test_a_restore_test_that_ends_well_clears_it(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    made_of(services, database.dsn)
    proven = prove(services, believed(services, corrupt))
    assert (proven.proof.level, proven.corrupt) == (Level.RESTORE_TESTED, "")
    assert services.repository.load(ID) == proven


def test_what_people_accept_during_the_restore_test_is_kept(services: Services, database: Database) -> None:
    database.execute(SOME_ROWS)
    made = made_of(services, database.dsn, health=Health.UNKNOWN)

    def accept(what: str) -> None:
        if what == "counting the restored copy":
            believed(services, lambda proof: replace(proof, health=Health.HEALTHY))

    proven = prove(services, made, on_progress=accept)
    assert (proven.proof.level, proven.proof.health) == (Level.RESTORE_TESTED, Health.HEALTHY)
    assert services.repository.load(ID) == proven


def test_a_fault_that_cannot_be_signed_is_told_with_the_reason(
    services: Services, database: Database
) -> None:
    made = made_of(services, database.dsn)
    repository = services.repository
    protected.flip(repository.root / DATABASE / f"{ID}.dump")
    repository.keys.path.unlink()
    bereft = Repository(repository.root, Keys.open(repository.keys.path, repository.root))
    with pytest.raises(CommandFailed) as raised:
        prove(replace(services, repository=bereft), made)
    assert f"{ID} is corrupt: the archive {ID}.dump was changed" in raised.value.reason
    assert "could not be signed" in raised.value.reason
    assert raised.value.hint


def test_a_full_disk_is_not_blamed_on_the_archive(
    services: Services, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_of(services, database.dsn)

    def no_room(*_: object) -> Proof:
        raise CommandFailed("no room to write the proof")

    monkeypatch.setattr(services.repository, "update_proof", no_room)
    with pytest.raises(CommandFailed, match=r"^no room to write the proof"):
        prove(services, made)
