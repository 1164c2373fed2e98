"""An emergency backup takes whatever is still there, and says what is not."""

import json
from collections.abc import Callable, Iterator
from threading import Thread

import psycopg
import pytest

from bot.app import open_services
from bot.config import load
from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.operation import Operation
from bot.errors import SecondkeyError
from bot.operations import runner
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import backup as view
from bot.terminal import backup_json, backup_lines
from tests.operations.conftest import NAME, Place
from tests.operations.working import accepted, ask_backup, backed_up, once, pinned
from tests.postgres.reading import session
from tests.postgres.test_dump import drop_caches
from tests.servers import Database

HISTORY = """
CREATE TABLE _prisma_migrations (
    id text PRIMARY KEY, checksum text NOT NULL, finished_at timestamptz, migration_name text NOT NULL,
    logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL, applied_steps_count int
);
INSERT INTO _prisma_migrations VALUES ('1', repeat('0', 64), now(), '1_init', NULL, NULL, now(), 1)
"""
LOCK = 'LOCK TABLE "Invoice" IN ACCESS EXCLUSIVE MODE'


@pytest.fixture(autouse=True)
def everything_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.operations.attempt.PROGRESS", 0.0)


@pytest.fixture
def services(place: Place, state: Database) -> Iterator[Services]:
    """With a history and an invoice for each user, accepted; locks are waited for only briefly."""
    place.protected.execute(HISTORY)
    place.protected.execute(
        'CREATE TABLE "Invoice" (id int PRIMARY KEY, "user" int REFERENCES "User");'
        'INSERT INTO "Invoice" SELECT id, id FROM "User"'
    )
    more = 'lock_wait = "2s"\nmigrations = { tool = "prisma", directory = "migrations" }'
    (place.folder / "migrations").mkdir()
    with open_services(load(place.settings(state, more), {}, need_slack=False)) as opened:
        assert accepted(opened) is None
        yield opened


def run(
    services: Services, kind: Kind, watch: Callable[[str], object]
) -> tuple[Operation, SecondkeyError | None]:
    operation = ask_backup(services, kind)
    return operation, runner.run(services, operation.id, watch=watch)


def emergency(services: Services, watch: Callable[[str], object] = lambda _: None) -> tuple[Backup, str]:
    """The backup, and what people are told of it."""
    operation, error = run(services, Kind.EMERGENCY, watch)
    assert error is None, error
    made = services.repository.load(operation.request["backup_id"])
    return made, str(view.done(made))


def test_a_history_that_was_renamed_away_leaves_a_tested_backup_of_a_suspect_database(
    services: Services, place: Place
) -> None:
    place.protected.execute("ALTER TABLE _prisma_migrations RENAME TO gone")
    made, _ = emergency(services)
    assert (made.corrupt, made.proof.level, made.proof.health) == ("", Level.RESTORE_TESTED, Health.SUSPECT)
    assert made.manifest.omissions == ()


def test_what_is_locked_is_left_out_named_and_all_the_rest_is_proven(
    services: Services, place: Place
) -> None:
    before = pinned(services)
    told: list[str] = []
    with session(place.protected.dsn, LOCK):
        made, said = emergency(services, told.append)
    assert any("waiting for a lock on `Invoice`, locked by process" in what for what in told)
    (omission,) = made.manifest.omissions
    assert (str(omission), made.corrupt, made.proof.level) == ("table Invoice", "", Level.RESTORE_TESTED)
    assert "restore-tested but for what was left out" in said
    assert "Backed up, but not everything" in said
    assert not made.proven_good
    assert pinned(services) == before
    assert any(line.startswith("  NOT IN IT  table Invoice: locked by") for line in backup_lines(made))
    assert json.loads(json.dumps(backup_json(made)))["left_out"][0]["name"] == "public.Invoice"


def test_a_bot_whose_key_file_went_while_it_ran_says_so_with_the_backup(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def listened(backup: Backup, *, key_lost: bool) -> Message:
        message = shown(backup, key_lost=key_lost)
        told.append(message.text)
        return message

    shown = view.done
    monkeypatch.setattr("bot.operations.backup.view.done", listened)
    services.repository.keys.path.unlink()
    _, error = run(services, Kind.MANUAL, lambda _: None)
    assert error is None
    assert "its signing key is lost" in told[0]


def test_any_other_backup_fails_and_names_who_holds_the_lock(services: Services, place: Place) -> None:
    told: list[str] = []
    with session(place.protected.dsn, LOCK) as migration:
        _, error = run(services, Kind.MANUAL, told.append)
        pid = migration.info.backend_pid
    assert error is not None
    assert f'the lock of "Invoice" did not come free in time: process {pid}' in error.reason
    assert services.repository.backups(NAME) == ()
    assert any(f'waiting for a lock on `"Invoice"`, held by process {pid}' in what for what in told)


def test_a_lock_that_is_asked_for_after_the_look_is_gone_without_in_a_second_dump(
    services: Services, place: Place
) -> None:
    migrations: list[Thread] = []

    def migrate() -> None:
        with psycopg.connect(place.protected.dsn, application_name="migration") as connection:
            connection.execute(LOCK.encode())

    def begin() -> None:
        migrations.append(Thread(target=migrate))
        migrations[0].start()

    made, _ = emergency(services, once("counting", begin))
    migrations[0].join()
    (omission,) = made.manifest.omissions
    assert str(omission) == "table Invoice"
    assert "did not come free in time" in omission.why
    assert (made.corrupt, made.proof.level) == ("", Level.RESTORE_TESTED)


def test_of_a_damaged_table_the_rows_are_left_out(services: Services, place: Place) -> None:
    damage(place.protected, "Invoice")
    made, _ = emergency(services)
    (omission,) = made.manifest.omissions
    assert str(omission) == "rows of table Invoice"
    assert "damaged: invalid page in block 0" in omission.why
    assert (made.corrupt, made.proof.level) == ("", Level.RESTORE_TESTED)


def test_a_whole_emergency_backup_says_nothing_of_omissions(services: Services) -> None:
    made, said = emergency(services)
    assert (made.manifest.omissions, made.proof.level) == ((), Level.RESTORE_TESTED)
    assert "left out" not in said
    assert not made.proven_good
    assert backed_up(services).proven_good


def damage(database: Database, table: str) -> None:
    ((file,),) = database.execute(f"SELECT pg_relation_filepath('\"{table}\"')")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(f'VACUUM (FREEZE) "{table}"'.encode())
        connection.execute("CHECKPOINT")
    page = database.server.data / file
    page.write_bytes(b"\xff" * 24 + page.read_bytes()[24:])
    drop_caches(database)
