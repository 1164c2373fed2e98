"""Rows that are missed are found in other schemas and databases of the server."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import psycopg

from bot.domain.observation import Elsewhere
from bot.domain.state import TableName
from bot.postgres.elsewhere import Search, search
from tests.postgres.reading import MakeRole, reader, session
from tests.servers import Database

USER = TableName("public", "User")
INVOICE = TableName("public", "Invoice")


def searched(dsn: str, *tables: TableName, seconds: float = 30) -> Search:
    return search(dsn, tables or (USER,), time_budget=timedelta(seconds=seconds))


def found(dsn: str, *tables: TableName) -> tuple[Elsewhere, ...]:
    return searched(dsn, *tables).found


def fill(database: Database, table: str, rows: int) -> None:
    database.execute(f"CREATE TABLE {table} AS SELECT generate_series(1, {rows}) AS id")


def test_rows_in_a_renamed_schema_are_found(database: Database) -> None:
    fill(database, '"User"', 1204)
    fill(database, '"Invoice"', 12)
    database.execute("ALTER SCHEMA public RENAME TO public_old")
    database.execute("CREATE SCHEMA public")
    fill(database, '"User"', 0)
    assert found(database.dsn, USER, INVOICE) == (
        Elsewhere(table=INVOICE, place="schema public_old", rows=12),
        Elsewhere(table=USER, place="schema public_old", rows=1204),
    )


def test_rows_in_another_database_are_found(database: Database, new_database: Callable[[], Database]) -> None:
    copy, larger = new_database(), new_database()
    fill(copy, '"User"', 10)
    fill(larger, '"User"', 20)
    assert found(database.dsn) == (
        Elsewhere(table=USER, place=f"database {larger.name}", rows=20),
        Elsewhere(table=USER, place=f"database {copy.name}", rows=10),
    )


def test_what_a_restore_made_comes_after_every_other_place(
    database: Database, new_database: Callable[[], Database]
) -> None:
    copy, aside = new_database(), "a_aside_0a1b2c3d"
    fill(copy, '"User"', 10)
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {aside} TEMPLATE {copy.name}")
        try:
            database.execute("CREATE SCHEMA old")
            fill(database, 'old."User"', 10)
            assert places(found(database.dsn)) == ["schema old", f"database {copy.name}", f"database {aside}"]
        finally:
            connection.execute(f"DROP DATABASE {aside}")


def test_only_places_with_more_rows_than_here_are_found(
    database: Database, new_database: Callable[[], Database]
) -> None:
    copy = new_database()
    fill(database, '"User"', 10)
    fill(copy, '"User"', 10)
    assert found(database.dsn) == ()


def test_another_schema_of_another_database_is_somebody_elses(
    database: Database, new_database: Callable[[], Database]
) -> None:
    other = new_database()
    other.execute("CREATE SCHEMA shop")
    fill(other, 'shop."User"', 10)
    assert found(database.dsn) == ()


def test_a_database_that_may_not_be_entered_is_told_with_the_grant_and_costs_no_other(
    database: Database, new_database: Callable[[], Database], make_role: MakeRole
) -> None:
    closed, open_one = new_database(), new_database()
    for each in (closed, open_one):
        fill(each, '"User"', 10)
    closed.execute(f"REVOKE CONNECT ON DATABASE {closed.name} FROM PUBLIC")
    role = make_role()
    database.execute(f"GRANT pg_read_all_data TO {role}")
    result = searched(database.as_role(role))
    assert places(result.found) == [f"database {open_one.name}"]
    (unseen,) = result.unsearched
    assert (unseen.what, unseen.reason) == (
        f"database {closed.name}",
        f"not searched for the missing rows: {role} may not enter",
    )
    database.execute(unseen.hint.strip("`"))
    assert searched(database.as_role(role)).unsearched == ()


def test_databases_that_let_nobody_in_are_told_together(
    database: Database, new_database: Callable[[], Database]
) -> None:
    first, second = new_database(), new_database()
    for each in (first, second):
        database.execute(f"ALTER DATABASE {each.name} ALLOW_CONNECTIONS false")
    (unseen,) = searched(database.dsn).unsearched
    assert unseen.what == f"databases {first.name}, {second.name}"
    assert unseen.reason.endswith("no connections are allowed there")


def test_a_database_that_cannot_be_searched_is_told_and_costs_no_other(
    database: Database, new_database: Callable[[], Database], make_role: MakeRole
) -> None:
    full, open_one = new_database(), new_database()
    for each in (full, open_one):
        fill(each, '"User"', 10)
    database.execute(f"ALTER DATABASE {full.name} CONNECTION LIMIT 0")
    result = searched(reader(database, make_role, "pg_read_all_data"))
    assert places(result.found) == [f"database {open_one.name}"]
    (unseen,) = result.unsearched
    assert unseen.what == f"database {full.name}"
    assert "the database has no free connection slot" in unseen.reason


def test_a_table_that_is_locked_there_is_told_and_costs_no_other(
    database: Database, new_database: Callable[[], Database]
) -> None:
    copy = new_database()
    fill(copy, '"User"', 10)
    fill(copy, '"Invoice"', 10)
    with session(copy.dsn, 'LOCK TABLE "User"') as migration:
        result = searched(database.dsn, USER, INVOICE)
        pid = migration.info.backend_pid
    assert [each.table for each in result.found] == [INVOICE]
    (unseen,) = result.unsearched
    assert unseen.what == f"User in database {copy.name}"
    assert f"locked by process {pid}" in unseen.reason
    assert f"pg_terminate_backend({pid})" in unseen.hint


def test_a_search_without_time_finds_nothing_and_says_so(database: Database) -> None:
    (unseen,) = searched(database.dsn, seconds=0).unsearched
    assert unseen.reason == "not searched for the missing rows: the time for the search was used up"


def test_a_database_that_is_gone_breaks_no_search(database: Database) -> None:
    (unseen,) = searched(database.server.dsn("gone")).unsearched
    assert 'has no database "gone"' in unseen.reason


def places(results: Sequence[Elsewhere]) -> list[str]:
    return [each.place for each in results]
