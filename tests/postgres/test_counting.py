"""What cannot be counted is said in words, with what to grant, and costs no other table its count."""

from datetime import timedelta

from bot.postgres.state import Questions, open_snapshot
from tests.postgres.reading import MakeRole, cures, problems, read, reader, rows, session
from tests.servers import Database


def test_a_table_without_a_right_to_read_it_names_the_grant(database: Database, make_role: MakeRole) -> None:
    database.execute('CREATE TABLE "Secret" AS SELECT 1 AS id')
    database.execute("CREATE TABLE open AS SELECT 1 AS id")
    state = read(reader(database, make_role, "SELECT ON open"))
    assert rows(state) == {"Secret": None, "open": 1}
    assert problems(state)["Secret"].endswith("may not read it")
    assert '`GRANT SELECT ON "public"."Secret" TO "role_' in cures(state)["Secret"]


def test_a_right_to_one_column_is_enough_to_count(database: Database, make_role: MakeRole) -> None:
    database.execute("CREATE TABLE half AS SELECT 1 AS shown, 2 AS hidden")
    assert rows(read(reader(database, make_role, "SELECT (shown) ON half"))) == {"half": 1}


def test_a_schema_that_may_not_be_entered_names_the_grant(database: Database, make_role: MakeRole) -> None:
    database.execute("CREATE SCHEMA vault")
    database.execute("CREATE TABLE vault.gold AS SELECT 1 AS id")
    state = read(reader(database, make_role, "SELECT ON vault.gold"))
    assert rows(state) == {"vault.gold": None}
    assert '`GRANT USAGE ON SCHEMA "vault" TO "role_' in cures(state)["vault.gold"]


def test_pg_read_all_data_is_enough_for_everything(database: Database, make_role: MakeRole) -> None:
    database.execute("CREATE SCHEMA vault")
    database.execute("CREATE TABLE vault.gold AS SELECT 1 AS id")
    database.execute("CREATE SEQUENCE vault.numbers")
    database.execute("SELECT nextval('vault.numbers')")
    state = read(reader(database, make_role, "pg_read_all_data"))
    assert rows(state) == {"vault.gold": 1}
    assert [each.last_value for each in state.sequences] == [1]


def test_a_table_whose_rows_are_hidden_is_never_counted_short(
    database: Database, make_role: MakeRole
) -> None:
    database.execute("CREATE TABLE tenant AS SELECT generate_series(1, 10) AS id")
    database.execute("ALTER TABLE tenant ENABLE ROW LEVEL SECURITY")
    database.execute("CREATE POLICY few ON tenant USING (id < 3)")
    role = make_role()
    database.execute(f"GRANT SELECT ON tenant TO {role}")
    state = read(database.as_role(role))
    assert rows(state) == {"tenant": None}
    assert problems(state)["tenant"] == f"row-level security hides rows of it from {role}"
    cure = f'ALTER ROLE "{role}" BYPASSRLS'
    assert f"`{cure}`" in cures(state)["tenant"]
    database.execute(cure)
    assert rows(read(database.as_role(role))) == {"tenant": 10}


def test_a_locked_table_names_who_holds_it_and_costs_no_other_its_count(database: Database) -> None:
    for name in ("a", "locked", "z"):
        database.execute(f"CREATE TABLE {name} AS SELECT 1 AS id")
    with session(database.dsn, "ALTER TABLE locked ADD COLUMN secret text") as migration:
        state = read(database.dsn)
        pid = migration.info.backend_pid
    assert rows(state) == {"a": 1, "locked": None, "z": 1}
    assert problems(state)["locked"].startswith(f'locked by process {pid} ("migration", as postgres, for ')
    assert cures(state)["locked"] == (
        f"let it end, or end it: `SELECT pg_terminate_backend({pid})`; then ask again"
    )


def test_whoever_builds_the_index_of_a_long_text_anew_waits_for_nobody_who_counts(database: Database) -> None:
    database.execute("CREATE TABLE note AS SELECT 'long'::text AS body")
    (rebuild,) = database.execute(
        "SELECT 'REINDEX INDEX ' || indexrelid::regclass FROM pg_index, pg_class AS note"
        " WHERE note.oid = 'note'::regclass AND indrelid = note.reltoastrelid"
    )[0]
    with session(database.dsn, rebuild):
        assert rows(read(database.dsn)) == {"note": 1}


def test_a_table_that_was_truncated_after_the_snapshot_is_not_taken_for_empty(database: Database) -> None:
    database.execute("CREATE TABLE a AS SELECT 1 AS id")
    database.execute("CREATE TABLE b AS SELECT 1 AS id")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        database.execute("TRUNCATE a")
        state = snapshot.read_state(Questions())
    assert rows(state) == {"a": None, "b": 1}
    assert "truncated or rewritten while it was read" in problems(state)["a"]


def test_a_table_that_was_dropped_after_the_snapshot_costs_no_other_its_count(database: Database) -> None:
    database.execute("CREATE TABLE a AS SELECT 1 AS id")
    database.execute("CREATE TABLE b AS SELECT 1 AS id")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        database.execute("DROP TABLE a")
        state = snapshot.read_state(Questions())
    assert rows(state) == {"a": None, "b": 1}
    assert "dropped or renamed while it was read" in problems(state)["a"]


def test_what_does_not_fit_into_the_time_is_not_counted_and_says_so(database: Database) -> None:
    database.execute("CREATE TABLE big AS SELECT generate_series(1, 10) AS id")
    state = read(database.dsn, time_budget=timedelta(0))
    assert rows(state) == {"big": None}
    assert problems(state)["big"] == "not counted within 0 ms"
    assert cures(state)["big"].startswith("raise `verify.time_budget`")
