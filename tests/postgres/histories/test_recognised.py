"""Which history a database has, which of several counts, and whose cannot be read yet."""

from pathlib import Path

import pytest

from bot.domain.migrations import Tool
from bot.postgres.histories import read_release
from bot.postgres.state import Questions, open_snapshot
from tests.postgres.histories.made import history, make, names
from tests.postgres.histories.test_prisma import APPLIED, record, release_of
from tests.postgres.reading import read
from tests.servers import Database

RAILS = "schema_migrations (version varchar PRIMARY KEY); CREATE TABLE ar_internal_metadata (key varchar)"


@pytest.mark.parametrize(
    ("table", "tool"),
    [
        ("databasechangelog (id text, author text, filename text)", "Liquibase"),
        (RAILS, "Rails"),
        ("schema_migrations (version bigint, dirty boolean)", "golang-migrate"),
        ("schema_migrations (version varchar(128))", "dbmate"),
        ("schema_migrations (version bigint, inserted_at timestamp)",
         "the tool that keeps schema_migrations(inserted_at, version)"),
        ("goose_db_version (id int, version_id bigint)", "goose"),
        ("_sqlx_migrations (version bigint)", "sqlx"),
        ("atlas_schema_revisions (version text)", "Atlas"),
        ("knex_migrations (id int, name text)", "Knex"),
        ("__drizzle_migrations (hash text, created_at bigint)", "Drizzle"),
        ("migrations (id int, timestamp bigint, name varchar)", "TypeORM"),
        ('"SequelizeMeta" (name varchar)', "Sequelize"),
        ("pgmigrations (id int, name varchar, run_on timestamp)", "node-pg-migrate"),
    ],
)  # fmt: skip
def test_a_history_without_a_reader_is_recognised_and_never_passed(
    database: Database, table: str, tool: str
) -> None:
    database.execute(f"CREATE TABLE {table}")
    found = history(database)
    assert found.problem == f"Secondkey recognises {tool} and cannot read it yet"
    assert (found.tool, found.present, found.migrations) == (tool, True, ())
    assert tool in found.cure


def test_an_ordinary_table_of_a_common_name_is_no_history(database: Database) -> None:
    database.execute("CREATE TABLE migrations (species text, kilometres int)")
    assert read(database.dsn).history is None


@pytest.mark.parametrize("tool", list(Tool))
def test_a_tools_history_that_lacks_columns_says_which(database: Database, tool: Tool) -> None:
    table = history(database, tool).table
    database.execute(f"CREATE TABLE {table} (species text)")
    assert history(database).problem.startswith(f"is no history of {tool}: it lacks ")


def test_of_two_tools_histories_the_configured_one_counts_and_without_one_none(database: Database) -> None:
    make(database, "alembic")
    record(database, ("1_init", APPLIED))
    assert names(history(database, Tool.PRISMA)) == ["1_init"]
    assert names(history(database, Tool.ALEMBIC)) == ["c3", "c4"]
    found = history(database)
    assert found.problem == (
        "there are 2 migration histories: "
        "public._prisma_migrations (prisma), public.alembic_version (alembic)"
    )
    assert (found.tool, found.table, found.migrations) == ("prisma, alembic", "", ())


def test_a_copy_is_read_as_what_it_is_compared_with_was(database: Database) -> None:
    make(database, "alembic")
    database.execute("ALTER TABLE alembic_version RENAME TO revisions")
    record(database, ("1_init", APPLIED))
    original = read(database.dsn, history_tool=Tool.ALEMBIC, history_table="public.revisions")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        copy = snapshot.read_state(Questions().with_history_of(original))
    assert copy.history == original.history
    assert names(history(database)) == ["1_init"]


@pytest.mark.parametrize("tool", [None, *Tool])
def test_a_folder_that_is_missing_or_holds_nothing_is_a_problem_in_words(
    tmp_path: Path, tool: Tool | None
) -> None:
    assert read_release(tmp_path / "gone", tool).problem == f"{tmp_path}/gone: No such file or directory"
    (tmp_path / "README.md").write_text("nothing here")
    assert read_release(tmp_path / "README.md", tool).problem.endswith("README.md: Not a directory")
    found = read_release(tmp_path, tool)
    assert found.problem.startswith(f"holds no migration of {tool or 'prisma, alembic, django, flyway'}")


def test_a_folder_of_another_tool_is_not_the_tools(tmp_path: Path) -> None:
    folder = release_of(tmp_path, **{"1_init": b""})
    assert read_release(folder, Tool.FLYWAY).problem == "holds no migration of flyway: V1__NAME.sql"


def test_a_folder_of_two_tools_is_not_guessed_at(tmp_path: Path) -> None:
    folder = release_of(tmp_path, **{"1_init": b""})
    (folder / "V1__init.sql").write_text("")
    found = read_release(folder)
    assert (found.problem, found.migrations) == ("holds migrations of prisma and flyway", ())
    assert read_release(folder, Tool.FLYWAY).names() == ("V1__init.sql",)
