"""Rows that are missed are found in other schemas and databases of the server."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from structlog.testing import capture_logs

from bot.domain.observation import Elsewhere
from bot.domain.state import TableName
from bot.postgres.elsewhere import search
from tests.postgres.reading import MakeRole, reader, session
from tests.servers import Database

USER = TableName("public", "User")
INVOICE = TableName("public", "Invoice")


def found(dsn: str, *tables: TableName, seconds: float = 30) -> tuple[Elsewhere, ...]:
    return search(dsn, tables or (USER,), time_budget=timedelta(seconds=seconds))


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


def test_a_database_that_may_not_be_entered_is_passed_over(
    database: Database, new_database: Callable[[], Database], make_role: MakeRole
) -> None:
    closed, open_one = new_database(), new_database()
    for each in (closed, open_one):
        fill(each, '"User"', 10)
    closed.execute(f"REVOKE CONNECT ON DATABASE {closed.name} FROM PUBLIC")
    role = reader(database, make_role, "pg_read_all_data")
    assert places(found(role)) == [f"database {open_one.name}"]


def test_a_database_that_cannot_be_searched_is_logged_and_costs_no_other(
    database: Database, new_database: Callable[[], Database], make_role: MakeRole
) -> None:
    full, open_one = new_database(), new_database()
    for each in (full, open_one):
        fill(each, '"User"', 10)
    database.execute(f"ALTER DATABASE {full.name} CONNECTION LIMIT 0")
    login = reader(database, make_role, "pg_read_all_data")
    with capture_logs() as logs:
        assert places(found(login)) == [f"database {open_one.name}"]
    (skipped,) = logs
    assert f"/{full.name}: the database has no free connection slot" in skipped["reason"]


def test_a_table_that_is_locked_there_is_logged_and_costs_no_other(
    database: Database, new_database: Callable[[], Database]
) -> None:
    copy = new_database()
    fill(copy, '"User"', 10)
    fill(copy, '"Invoice"', 10)
    with session(copy.dsn, 'LOCK TABLE "User"'), capture_logs() as logs:
        assert [each.table for each in found(database.dsn, USER, INVOICE)] == [INVOICE]
    assert "locked by process" in logs[0]["reason"]


def test_a_search_without_time_finds_nothing_and_says_so(database: Database) -> None:
    with capture_logs() as logs:
        assert found(database.dsn, seconds=0) == ()
    assert logs[0]["reason"] == "the time is used up"


def test_a_database_that_is_gone_breaks_no_search(database: Database) -> None:
    with capture_logs() as logs:
        assert found(database.server.dsn("gone")) == ()
    assert 'has no database "gone"' in logs[0]["reason"]


def places(results: Sequence[Elsewhere]) -> list[str]:
    return [each.place for each in results]
