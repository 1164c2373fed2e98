"""The ways to lose the demo's data: what is left after each, and what stands in their way."""

from collections.abc import Callable

import psycopg
import pytest

from bot.demo.database import DemoDatabase
from bot.demo.disasters import DISASTERS, bring_about
from bot.errors import CommandFailed, UsageError
from tests.demo.conftest import ask, cluster, rows

PUBLIC = "SELECT nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = 'public'"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
HISTORY = (
    "SELECT count(*), max(finished_at) - min(finished_at) < interval '1 minute' FROM \"_prisma_migrations\""
)


def test_there_are_six_of_them() -> None:
    assert list(DISASTERS) == [
        "truncate", "re-migrate", "drop-table", "drop-database", "fresh-server", "wrong-schema"
    ]  # fmt: skip


def test_truncate_empties_every_table_but_the_history(database: DemoDatabase) -> None:
    bring_about("truncate", database)
    left = {table: rows(database, table) for (table,) in ask(database.owner_dsn, TABLES)}
    assert left.pop("_prisma_migrations") == 22
    assert len(left) == 18
    assert not any(left.values())


def test_re_migrate_leaves_one_legacy_account_in_a_schema_that_looks_healthy(database: DemoDatabase) -> None:
    tables, public = ask(database.owner_dsn, TABLES), ask(database.owner_dsn, PUBLIC)
    bring_about("re-migrate", database)
    assert ask(database.owner_dsn, TABLES) == tables
    assert ask(database.owner_dsn, PUBLIC) == public
    assert ask(database.owner_dsn, HISTORY) == [(22, True)]
    assert ask(database.reader_dsn, 'SELECT name FROM "Account"') == [("Legacy Account",)]
    assert rows(database, "User") == 0


def test_drop_table_takes_payment_and_nothing_else(database: DemoDatabase) -> None:
    before = ask(database.owner_dsn, TABLES)
    bring_about("drop-table", database)
    assert ask(database.owner_dsn, TABLES) == [row for row in before if row != ("Payment",)]
    assert rows(database, "Invoice") == 18_442


def test_drop_database_leaves_the_server_without_it(database: DemoDatabase) -> None:
    bring_about("drop-database", database)
    with pytest.raises(psycopg.OperationalError, match='database "projectledger" does not exist'):
        ask(database.owner_dsn, "SELECT")
    with psycopg.connect(database.reader_dsn, dbname="postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_wrong_schema_hides_the_rows_in_another_one(database: DemoDatabase) -> None:
    public = ask(database.owner_dsn, PUBLIC)
    bring_about("wrong-schema", database)
    assert rows(database, "User") == 0
    assert rows(database, "Account") == 0
    assert ask(database.owner_dsn, HISTORY) == [(22, True)]
    assert ask(database.owner_dsn, PUBLIC) == public
    moved = "SELECT schemaname FROM pg_tables WHERE tablename = 'User' AND schemaname <> 'public'"
    ((schema,),) = ask(database.reader_dsn, moved)
    assert rows(database, "User", schema) == 1_204


def test_wrong_schema_can_happen_again(database: DemoDatabase) -> None:
    bring_about("wrong-schema", database)
    bring_about("wrong-schema", database)
    found = ask(database.owner_dsn, "SELECT count(*) FROM pg_tables WHERE tablename = 'User'")
    assert found == [(3,)]


@pytest.mark.parametrize("kind", ["truncate", "drop-database"])
def test_sessions_that_use_the_tables_do_not_stop_a_disaster(database: DemoDatabase, kind: str) -> None:
    with psycopg.connect(database.reader_dsn) as connection:
        connection.execute('SELECT FROM "Payment", "User" LIMIT 1')
        bring_about(kind, database)
        with pytest.raises(psycopg.OperationalError):
            connection.execute('SELECT FROM "Payment"')


def test_what_was_dropped_cannot_be_lost_again_and_it_is_said_how_to_have_it_back(
    database: DemoDatabase,
) -> None:
    bring_about("drop-database", database)
    for kind in ("truncate", "re-migrate", "drop-table", "drop-database", "wrong-schema"):
        with pytest.raises(CommandFailed, match="projectledger is not there") as refused:
            bring_about(kind, database)
        assert "--fresh" in refused.value.hint


@pytest.mark.parametrize(
    "kinds",
    [
        ("truncate", "truncate", "drop-table", "re-migrate", "re-migrate", "drop-table", "wrong-schema"),
        ("wrong-schema", "truncate", "re-migrate", "wrong-schema", "drop-table", "truncate", "drop-database"),
    ],
)
def test_one_disaster_can_follow_another(database: DemoDatabase, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        bring_about(kind, database)


def test_a_table_that_is_not_there_cannot_be_dropped(database: DemoDatabase) -> None:
    bring_about("drop-table", database)
    with pytest.raises(CommandFailed, match='there is no table "Payment"'):
        bring_about("drop-table", database)


def test_an_unknown_disaster_is_refused_with_those_that_there_are(database: DemoDatabase) -> None:
    with pytest.raises(UsageError) as refused:
        bring_about("earthquake", database)
    assert all(kind in refused.value.hint for kind in DISASTERS)
    assert rows(database, "User") == 1_204


def test_what_the_server_refuses_is_said_in_words(
    database: DemoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible(_: DemoDatabase) -> None:
        ask(database.owner_dsn, "DROP DATABASE postgres")

    disasters: dict[str, Callable[[DemoDatabase], None]] = {**DISASTERS, "truncate": impossible}
    monkeypatch.setattr("bot.demo.disasters.DISASTERS", disasters)
    with pytest.raises(CommandFailed, match="truncate did not happen: must be owner"):
        bring_about("truncate", database)


def test_a_fresh_server_has_the_same_address_and_logins_and_an_empty_database(
    own_database: DemoDatabase,
) -> None:
    before = (own_database.owner_dsn, own_database.reader_dsn, own_database.restore_dsn)
    lost = cluster(own_database)
    bring_about("fresh-server", own_database)
    assert (own_database.owner_dsn, own_database.reader_dsn, own_database.restore_dsn) == before
    assert cluster(own_database) != lost
    for dsn in before:
        assert ask(dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    for kind in ("truncate", "drop-table"):
        with pytest.raises(CommandFailed, match="there is no table"):
            bring_about(kind, own_database)


def test_a_fresh_server_can_follow_a_dropped_database_and_is_there_after_a_restart(
    own_database: DemoDatabase,
) -> None:
    bring_about("drop-database", own_database)
    bring_about("fresh-server", own_database)
    fresh, dsn = cluster(own_database), own_database.owner_dsn
    own_database.stop()
    own_database.start()
    assert cluster(own_database) == fresh
    assert own_database.owner_dsn == dsn
    assert len(list(own_database.migrations.parents[1].glob("database/server-*"))) == 1
    bring_about("wrong-schema", own_database)
    bring_about("re-migrate", own_database)
    assert rows(own_database, "Account") == 1
