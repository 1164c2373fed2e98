"""A team's own checks and newest rows: answered, or said why not, and never a way out of READ ONLY."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.observation import Check, Expectation
from bot.domain.state import CheckResult, TableName
from bot.postgres.server import Server
from tests import servers
from tests.postgres.reading import MakeRole, check, newest, read, reader, session
from tests.servers import Database


@pytest.fixture(scope="module")
def plans(postgres_server: Server) -> Database:
    """A database with three plans that nothing may change, and a function that would lose them."""
    database = servers.new_database(postgres_server)
    database.execute('CREATE TABLE "Plan" AS SELECT generate_series(1, 3) AS id')
    database.execute("""
        CREATE FUNCTION sneaky() RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM "Plan"; RETURN true; END $$
    """)
    return database


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT count(*) >= 3 FROM "Plan"',
        'SELECT count(*) >= 3 FROM "Plan"; -- the plans',
        'WITH p AS (SELECT * FROM "Plan") SELECT count(*) = 3 FROM p;\n',
        "VALUES (true)",
        "SELECT 'a%b' LIKE '%'",
    ],
)
def test_a_check_that_holds_passes(plans: Database, sql: str) -> None:
    assert check(plans.dsn, sql) == CheckResult(name="the check", passed=True)


def test_a_check_that_does_not_hold_fails(plans: Database) -> None:
    assert check(plans.dsn, 'SELECT count(*) > 3 FROM "Plan"') == CheckResult(name="the check", passed=False)


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT 3", "one column, a boolean"),
        ("SELECT 'true'", "one column, a boolean"),
        ("SELECT true, true", "one column, a boolean"),
        ("SELECT", "one column, a boolean"),
        ("SELECT true WHERE false", "one row, and gave none"),
        ("SELECT true FROM \"Plan\"", "one row, and gave more"),
        ("SELECT NULL::boolean", "NULL"),
        ("", "syntax error"),
        ("SELECT true FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT 1 / 0 = 1", "division by zero"),
        ("SELECT E'\\x00' = ''", "invalid byte sequence"),
        ("SELECT true FROM \"Plan\" FOR UPDATE", "cannot"),
    ],
)  # fmt: skip
def test_any_other_answer_is_a_problem_in_words(plans: Database, sql: str, problem: str) -> None:
    result = check(plans.dsn, sql)
    assert result.passed is None
    assert problem in result.problem
    assert "\n" not in result.problem


@pytest.mark.parametrize(
    "sql",
    [
        "COMMIT",
        "SELECT true; COMMIT; DELETE FROM \"Plan\"",
        "SELECT true; DELETE FROM \"Plan\"",
        "DELETE FROM \"Plan\" RETURNING true",
        "WITH gone AS (DELETE FROM \"Plan\" RETURNING id) SELECT count(*) > 0 FROM gone",
        "SELECT true INTO loot",
        "SELECT sneaky()",
        "DO $$ BEGIN DELETE FROM \"Plan\"; END $$",
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', true) = 'off' AND sneaky()",
        "SELECT set_config('transaction_read_only', 'off', false) = 'off' AND sneaky()",
        "SELECT set_config('default_transaction_read_only', 'off', false) = 'off' AND sneaky()",
        "SELECT set_config('session_replication_role', 'replica', true) IS NULL OR sneaky()",
        "ROLLBACK; DELETE FROM \"Plan\"",
        "CALL nothing()",
        "SELECT query_to_xml('DELETE FROM \"Plan\"', true, true, '') IS NOT NULL",
    ],
)  # fmt: skip
def test_a_check_neither_writes_nor_ends_the_transaction(plans: Database, sql: str) -> None:
    after = Check(name="after", sql="SELECT current_setting('transaction_read_only')::boolean")
    state = read(plans.dsn, checks=(Check(name="before", sql=sql), after))
    before, still = state.checks
    assert (before.passed, still.passed) == (None, True)
    assert before.problem
    assert plans.execute('SELECT count(*) FROM "Plan"') == [(3,)]


def test_what_a_check_sets_is_undone_before_the_next(plans: Database) -> None:
    first = Check(name="first", sql="SELECT set_config('search_path', 'nowhere', false) IS NOT NULL")
    second = Check(name="second", sql='SELECT count(*) = 3 FROM "Plan"')
    assert [each.passed for each in read(plans.dsn, checks=(first, second)).checks] == [True, True]


def test_a_check_that_may_not_read_names_what_it_lacks(plans: Database, make_role: MakeRole) -> None:
    problem = check(reader(plans, make_role), 'SELECT count(*) >= 3 FROM "Plan"').problem
    assert problem.startswith("permission denied for table Plan: grant it to role_")


ENDLESS = "SELECT pg_sleep(600) IS NOT NULL"


def test_a_check_that_takes_longer_than_its_own_limit_is_a_problem_that_names_it(plans: Database) -> None:
    problem = check(plans.dsn, ENDLESS, check_time=timedelta(milliseconds=50)).problem
    assert problem == "no answer within 50 ms (`verify.check_time`)"


def test_a_check_ends_with_the_time_of_the_whole_verification(plans: Database) -> None:
    late = (Check(name="endless", sql=ENDLESS), Check(name="too late", sql="SELECT true"))
    asked = Expectation(table=TableName("public", "Plan"), newest="id", max_age=timedelta(days=2))
    state = read(plans.dsn, checks=late, expectations=(asked,), time_budget=timedelta(milliseconds=500))
    in_all = "500 ms for all of it (`verify.time_budget`)"
    endless, too_late = state.checks
    assert endless.problem == f"no answer within {in_all}"
    assert too_late.problem == state.newest[0].problem == f"the time was used up: {in_all}"


def test_a_check_that_waits_for_a_lock_says_so(plans: Database) -> None:
    plans.execute("CREATE TABLE parted (id int) PARTITION BY RANGE (id)")
    with session(plans.dsn, "LOCK TABLE parted"):
        problem = check(plans.dsn, "SELECT count(*) = 0 FROM parted").problem
    assert problem == "a table that it reads is locked by somebody else: ask again"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timestamptz", "2025-10-08 21:12:00+02"),
        ("timestamp", "2025-10-08 19:12:00"),
        ("timestamp(3)", "2025-10-08 19:12:00"),
    ],
)
def test_the_newest_value_is_a_moment_in_utc(database: Database, kind: str, value: str) -> None:
    database.execute(f'CREATE TABLE "Invoice" ("createdAt" {kind})')
    database.execute("INSERT INTO \"Invoice\" VALUES ('2024-01-01'), (%s), (NULL)", [value])
    found = newest(database.dsn, "createdAt")
    assert (found.at, found.problem) == (datetime(2025, 10, 8, 19, 12, tzinfo=UTC), "")


def test_the_newest_value_of_a_date_is_its_midnight(database: Database) -> None:
    database.execute("CREATE TABLE \"Invoice\" AS SELECT date '2025-10-08' AS day")
    assert newest(database.dsn, "day").at == datetime(2025, 10, 8, tzinfo=UTC)


def test_the_newest_value_of_a_partitioned_table_is_found_in_its_partitions(database: Database) -> None:
    database.execute('CREATE TABLE "Invoice" (at timestamptz) PARTITION BY RANGE (at)')
    database.execute('CREATE TABLE p PARTITION OF "Invoice" DEFAULT')
    database.execute("INSERT INTO \"Invoice\" VALUES ('2025-10-08 19:12+00')")
    assert newest(database.dsn, "at").at == datetime(2025, 10, 8, 19, 12, tzinfo=UTC)


def test_an_empty_table_has_no_newest_value_and_no_problem(database: Database) -> None:
    database.execute('CREATE TABLE "Invoice" (at timestamptz)')
    found = newest(database.dsn, "at")
    assert (found.at, found.problem) == (None, "")


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("missing", 'column "missing" does not exist'),
        ("words", "the column is no point in time but text"),
        ("number", "the column is no point in time but integer"),
        ("flag", "the column is no point in time"),
        ("never", "outside the years 1 to 9999"),
    ],
)
def test_a_column_without_a_moment_is_a_problem_in_words(
    database: Database, column: str, problem: str
) -> None:
    database.execute(
        "CREATE TABLE \"Invoice\" AS SELECT '2025-10-08'::text AS words, 1 AS number, true AS flag,"
        " 'infinity'::timestamptz AS never"
    )
    found = newest(database.dsn, column)
    assert found.at is None
    assert problem in found.problem


def test_a_table_that_is_missing_is_a_problem_in_words(database: Database) -> None:
    assert newest(database.dsn, "at").problem == 'relation "public.Invoice" does not exist'


def test_rows_that_are_hidden_give_no_newest_value(database: Database, make_role: MakeRole) -> None:
    database.execute('CREATE TABLE "Invoice" AS SELECT now() AS at')
    database.execute('ALTER TABLE "Invoice" ENABLE ROW LEVEL SECURITY')
    found = newest(reader(database, make_role, 'SELECT ON "Invoice"'), "at")
    assert found.at is None
    assert "row-level security" in found.problem
