"""Prisma's history as a database has it, and a release's folder."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.migrations import History, Migration, MigrationState, Tool
from bot.postgres.histories import read_release
from tests.postgres.histories.made import history, make, states
from tests.postgres.reading import MakeRole, read, reader, session
from tests.servers import Database

APPLIED, FAILED = MigrationState.APPLIED, MigrationState.FAILED
RUNNING, ROLLED_BACK = MigrationState.RUNNING, MigrationState.ROLLED_BACK

#: As Prisma creates it.
TABLE = """
    CREATE TABLE {schema}._prisma_migrations (
        id varchar(36) PRIMARY KEY NOT NULL DEFAULT gen_random_uuid(),
        checksum varchar(64) NOT NULL DEFAULT 'c0ffee',
        finished_at timestamptz,
        migration_name varchar(255) NOT NULL,
        logs text,
        rolled_back_at timestamptz,
        started_at timestamptz NOT NULL DEFAULT now(),
        applied_steps_count integer NOT NULL DEFAULT 0
    )
"""
COLUMNS = "(migration_name, started_at, finished_at, rolled_back_at, logs)"
#: One row each, in the order of `COLUMNS`.
ROW = {
    APPLIED: "('{name}', '2025-10-08 19:1{at}Z', '2025-10-08 19:2{at}Z', NULL, NULL)",
    FAILED: "('{name}', '2025-10-08 19:1{at}Z', NULL, NULL, 'ERROR: relation exists')",
    RUNNING: "('{name}', '2025-10-08 19:1{at}Z', NULL, NULL, NULL)",
    ROLLED_BACK: "('{name}', '2025-10-08 19:1{at}Z', NULL, '2025-10-08 19:3{at}Z', 'ERROR')",
}


def record(database: Database, *rows: tuple[str, MigrationState], schema: str = "public") -> None:
    """A history with these rows, each begun a minute after the one before it."""
    database.execute(TABLE.format(schema=schema))
    for at, (name, state) in enumerate(rows):
        row = ROW[state].format(name=name, at=at)
        database.execute(f"INSERT INTO {schema}._prisma_migrations {COLUMNS} VALUES {row}")  # noqa: S608


def test_migrations_are_read_in_the_order_of_their_beginnings(database: Database) -> None:
    record(database, ("2_users", APPLIED), ("1_init", APPLIED))
    found = history(database, Tool.PRISMA)
    assert (found.tool, found.table, found.present) == ("prisma", "public._prisma_migrations", True)
    assert states(found) == [("2_users", APPLIED), ("1_init", APPLIED)]
    assert found.migrations[1] == Migration(
        name="1_init",
        checksum="c0ffee",
        state=APPLIED,
        applied_at=datetime(2025, 10, 8, 19, 21, tzinfo=UTC),
    )


@pytest.mark.parametrize("state", [FAILED, RUNNING, ROLLED_BACK])
def test_what_did_not_succeed_has_no_moment_of_success(database: Database, state: MigrationState) -> None:
    record(database, ("1_init", state))
    (found,) = history(database).migrations
    assert (found.state, found.applied_at) == (state, None)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([ROLLED_BACK, APPLIED], APPLIED),
        ([APPLIED, ROLLED_BACK], APPLIED),
        ([ROLLED_BACK, ROLLED_BACK], ROLLED_BACK),
        ([FAILED, APPLIED], FAILED),
        ([APPLIED, RUNNING], RUNNING),
        ([RUNNING, FAILED, APPLIED], FAILED),
    ],
)
def test_of_several_rows_the_one_that_stops_prisma_counts(
    database: Database, rows: list[MigrationState], state: MigrationState
) -> None:
    record(database, *[("1_init", each) for each in rows])
    assert states(history(database)) == [("1_init", state)]


def test_a_migration_that_succeeded_later_has_its_later_place(database: Database) -> None:
    record(database, ("1_init", ROLLED_BACK), ("2_users", APPLIED), ("1_init", APPLIED))
    assert states(history(database)) == [("2_users", APPLIED), ("1_init", APPLIED)]


def test_an_empty_history_is_there_and_empty(database: Database) -> None:
    record(database)
    found = history(database)
    assert (found.present, found.migrations, found.problem) == (True, (), "")


def test_a_history_that_is_missing_is_said_where_the_tool_is_configured(database: Database) -> None:
    absent = History(tool="prisma", table="public._prisma_migrations", present=False)
    assert history(database, Tool.PRISMA) == absent
    assert read(database.dsn).history is None


def test_a_history_is_found_without_being_configured_and_in_any_schema(database: Database) -> None:
    database.execute("CREATE SCHEMA app")
    record(database, ("1_init", APPLIED), schema="app")
    found = history(database)
    assert found.table == "app._prisma_migrations"
    assert states(found) == [("1_init", APPLIED)]


def test_of_two_histories_none_is_taken_before_somebody_says_which(database: Database) -> None:
    record(database, ("1_init", APPLIED), ("2_users", APPLIED))
    database.execute("ALTER SCHEMA public RENAME TO a_public_old")
    database.execute("CREATE SCHEMA public")
    record(database, ("1_init", APPLIED))
    found = history(database, Tool.PRISMA)
    assert (found.present, found.migrations) == (True, ())
    assert found.problem == (
        "there are 2 migration histories: public._prisma_migrations (prisma), "
        "a_public_old._prisma_migrations (prisma)"
    )
    assert "migrations.table" in found.cure
    named = history(database, Tool.PRISMA, "public._prisma_migrations")
    assert states(named) == [("1_init", APPLIED)]


def test_a_history_under_another_name_is_read_where_it_is_named(database: Database) -> None:
    record(database, ("1_init", APPLIED))
    database.execute('ALTER TABLE _prisma_migrations RENAME TO "my migrations"')
    assert states(history(database, Tool.PRISMA, "public.my migrations")) == [("1_init", APPLIED)]
    absent = history(database, Tool.PRISMA, "public.no migrations")
    assert (absent.table, absent.present) == ("public.no migrations", False)


def test_a_history_with_other_columns_cannot_be_read(database: Database) -> None:
    database.execute("CREATE TABLE _prisma_migrations (migration_name text, logs text, checksum text)")
    found = history(database)
    assert (found.present, found.migrations) == (True, ())
    assert found.problem == "is no history of prisma: it lacks finished_at, rolled_back_at, started_at"


def test_what_prisma_itself_wrote_is_read(database: Database) -> None:
    make(database, Tool.PRISMA)
    assert states(history(database)) == [("1_init", APPLIED), ("2_users", APPLIED), ("3_quotes", FAILED)]


def test_a_history_with_values_of_another_kind_cannot_be_read(database: Database) -> None:
    record(database, ("1_init", APPLIED))
    database.execute("ALTER TABLE _prisma_migrations ALTER finished_at TYPE text USING 'soon'")
    assert "soon" in history(database).problem


def test_a_history_beyond_the_calendar_cannot_be_read(database: Database) -> None:
    record(database, ("1_init", APPLIED))
    database.execute("UPDATE _prisma_migrations SET finished_at = 'infinity'")
    assert history(database).problem


def test_a_history_that_may_not_be_read_says_so_and_costs_nothing_else(
    database: Database, make_role: MakeRole
) -> None:
    record(database, ("1_init", APPLIED))
    database.execute("CREATE TABLE a AS SELECT 1 AS id")
    state = read(reader(database, make_role, "SELECT ON a"), history_tool=Tool.PRISMA)
    assert state.history is not None
    assert state.history.problem == "permission denied for table _prisma_migrations"
    assert state.history.cure.startswith('`GRANT SELECT ON "public"."_prisma_migrations" TO "role_')
    assert [table.rows for table in state.tables] == [None, 1]


def test_a_history_that_is_locked_is_not_waited_for(database: Database) -> None:
    record(database, ("1_init", APPLIED))
    with session(database.dsn, "LOCK TABLE _prisma_migrations") as migration:
        found = history(database)
        pid = migration.info.backend_pid
    assert found.problem.startswith(f"locked by process {pid} (")
    assert f"pg_terminate_backend({pid})" in found.cure


def release_of(folder: Path, **migrations: bytes) -> Path:
    for name, content in migrations.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "migration.sql").write_bytes(content)
    (folder / "migration_lock.toml").write_text('provider = "postgresql"\n')
    return folder


def test_a_release_is_its_folders_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = release_of(tmp_path, **{"2_users": b"SELECT 2;\n", "1_init": b"SELECT 1;\n", "10_last": b""})
    found = read_release(folder)
    assert [each.name for each in found.migrations] == ["10_last", "1_init", "2_users"]
    assert (found.directory, found.tool, found.problem) == (str(folder), "prisma", "")


def test_a_folder_without_its_file_stops_prisma_and_is_a_problem_in_words(tmp_path: Path) -> None:
    folder = release_of(tmp_path, **{"1_init": b""})
    (tmp_path / "2_notes").mkdir()
    found = read_release(folder, Tool.PRISMA)
    assert (found.migrations, found.problem) == (
        (),
        "2_notes holds no migration.sql: Prisma stops there (P3015)",
    )


def test_a_byte_order_mark_counts_as_prisma_counts_it(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfSELECT 1;\n"
    (migration,) = read_release(release_of(tmp_path, init=content)).migrations
    assert hashlib.sha256(content).hexdigest() in migration.checksums


def test_the_checksums_are_those_that_prisma_wrote(database: Database, tmp_path: Path) -> None:
    make(database, Tool.PRISMA)
    folder = release_of(tmp_path, **{"1_init": b"CREATE TABLE t1_init (i int);\n"})
    (migration,) = read_release(folder).migrations
    assert history(database).migrations[0].checksum in migration.checksums


@given(lines=st.lists(st.binary(max_size=20).filter(lambda line: not {10, 13} & set(line))))
def test_a_migration_may_have_either_line_ending(
    lines: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = {ending: ending.join([*lines, b""]) for ending in (b"\n", b"\r\n")}
    checksums = {hashlib.sha256(content).hexdigest() for content in written.values()}
    for content in written.values():
        folder = release_of(tmp_path_factory.mktemp("release"), init=content)
        (migration,) = read_release(folder, Tool.PRISMA).migrations
        assert migration.checksums == checksums


def test_a_migration_with_mixed_line_endings_counts_as_it_is_too(tmp_path: Path) -> None:
    content = b"SELECT 1;\r\nSELECT 2;\n"
    (migration,) = read_release(release_of(tmp_path, init=content), Tool.PRISMA).migrations
    assert hashlib.sha256(content).hexdigest() in migration.checksums


def test_a_folder_that_is_not_there_is_a_problem_in_words(tmp_path: Path) -> None:
    found = read_release(tmp_path / "gone", Tool.PRISMA)
    assert found.migrations == ()
    assert found.problem == f"{tmp_path}/gone: No such file or directory"


def test_a_migration_that_is_no_file_is_a_problem_in_words(tmp_path: Path) -> None:
    (tmp_path / "1_init" / "migration.sql").mkdir(parents=True)
    assert "Is a directory" in read_release(tmp_path, Tool.PRISMA).problem
