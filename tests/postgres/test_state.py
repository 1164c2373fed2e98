"""Reading a real database: what is counted, what is said where it cannot be, and that nothing changes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bot.domain.observation import Check
from bot.domain.state import ChangeCounters, Extension, Marker, Sequence, TableName
from bot.errors import CommandFailed
from bot.postgres.connection import Unreachable, connect
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.postgres.session import Session, limit
from bot.postgres.state import Progress, Questions, open_snapshot
from bot.programs import Stopped
from tests import servers
from tests.postgres.reading import MakeRole, cures, problems, read, reader, rows, session
from tests.servers import Database

EVENTS = """
    CREATE TABLE event (at date) PARTITION BY RANGE (at);
    CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
    CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO (MAXVALUE)
        PARTITION BY RANGE (at);
    CREATE TABLE event_2025_h1 PARTITION OF event_2025 FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
    INSERT INTO event VALUES ('2024-05-01'), ('2025-05-01'), ('2025-06-01')
"""
MARKER = (
    "CREATE SCHEMA secondkey CREATE TABLE marker "
    "(id text, system_identifier text, database_oid bigint, written_at timestamptz)"
)


def test_every_table_is_counted_exactly(database: Database) -> None:
    database.execute('CREATE TABLE "User" AS SELECT generate_series(1, 1204) AS id')
    database.execute("CREATE TABLE empty (id int)")
    database.execute("CREATE UNLOGGED TABLE cache AS SELECT 1 AS id")
    assert rows(read(database.dsn)) == {"User": 1204, "cache": 1, "empty": 0}


def test_a_partitioned_table_holds_what_its_partitions_hold_and_counts_once(database: Database) -> None:
    database.execute(EVENTS)
    state = read(database.dsn)
    assert rows(state) == {"event": 3, "event_2024": 1, "event_2025": 2, "event_2025_h1": 2}
    assert (state.rows, [table.name.name for table in state.holders]) == (3, ["event_2024", "event_2025_h1"])
    parents = {table.name.name: table.partition_of for table in state.tables}
    assert parents == {
        "event": None,
        "event_2024": TableName("public", "event"),
        "event_2025": TableName("public", "event"),
        "event_2025_h1": TableName("public", "event_2025"),
    }


def test_only_the_tables_that_are_asked_for_are_counted_with_all_their_partitions(database: Database) -> None:
    database.execute(
        "CREATE TABLE event (at int) PARTITION BY RANGE (at); CREATE TABLE early PARTITION OF event DEFAULT;"
        "CREATE TABLE ledger AS SELECT 1 AS id; CREATE TABLE other AS SELECT 1 AS id; CREATE SEQUENCE numbers"
    )
    database.execute("INSERT INTO event VALUES (1), (2)")
    asked = frozenset({TableName("public", "event"), TableName("public", "ledger")})
    state = read(database.dsn, tables=asked)
    assert rows(state) == {"event": 2, "early": 2, "ledger": 1, "other": None}
    assert state.sequences == ()


def test_a_partitioned_table_is_not_known_where_one_of_its_partitions_is_not(
    database: Database, make_role: MakeRole
) -> None:
    database.execute(EVENTS)
    state = read(reader(database, make_role, "SELECT ON event, event_2024"))
    assert rows(state) == {"event": None, "event_2024": 1, "event_2025": None, "event_2025_h1": None}
    assert problems(state)["event"].startswith(
        "its partition event_2025 was not counted: its partition event_2025_h1 was not counted: role_"
    )
    assert cures(state)["event"].startswith('`GRANT SELECT ON "public"."event_2025_h1" TO "role_')


def test_rows_of_a_materialized_view_are_counted_and_are_no_rows_of_their_own(database: Database) -> None:
    database.execute("CREATE TABLE plan AS SELECT generate_series(1, 3) AS id")
    database.execute("CREATE MATERIALIZED VIEW plans AS SELECT * FROM plan")
    state = read(database.dsn)
    assert rows(state) == {"plan": 3, "plans": 3}
    assert state.rows == 3


def test_of_our_own_schema_only_the_marker_is_left_out(database: Database) -> None:
    database.execute(MARKER)
    database.execute("CREATE TABLE secondkey.theirs AS SELECT 1 AS id")
    database.execute("CREATE SEQUENCE secondkey.numbers")
    state = read(database.dsn)
    assert rows(state) == {"secondkey.theirs": 1}
    assert [each.name.short for each in state.sequences] == ["secondkey.numbers"]


def test_a_table_that_others_inherit_from_counts_its_own_rows_alone(database: Database) -> None:
    database.execute("CREATE TABLE parent AS SELECT 1 AS id")
    database.execute("CREATE TABLE child () INHERITS (parent)")
    database.execute("INSERT INTO child VALUES (2), (3)")
    assert rows(read(database.dsn)) == {"child": 2, "parent": 1}


def test_what_a_dump_holds_no_rows_of_is_not_counted(database: Database) -> None:
    database.execute("CREATE VIEW view AS SELECT 1 AS id")
    database.execute("CREATE MATERIALIZED VIEW full_one AS SELECT 1 AS id")
    database.execute("CREATE MATERIALIZED VIEW empty_one AS SELECT 1 AS id WITH NO DATA")
    database.execute(MARKER)
    database.execute("CREATE FOREIGN DATA WRAPPER nowhere")
    database.execute("CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere")
    database.execute("CREATE FOREIGN TABLE remote (id int) SERVER nowhere")
    with session(database.dsn, "CREATE TEMPORARY TABLE passing (id int)"):
        assert rows(read(database.dsn)) == {"full_one": 1}


def test_an_extensions_own_rows_are_not_the_teams(database: Database) -> None:
    database.execute("CREATE TABLE of_the_extension AS SELECT 1 AS id")
    database.execute("CREATE TABLE filled_by_the_team AS SELECT 1 AS id")
    with psycopg.connect(database.dsn) as connection:
        connection.execute("ALTER EXTENSION plpgsql ADD TABLE of_the_extension")
        connection.execute("ALTER EXTENSION plpgsql ADD TABLE filled_by_the_team")
        # As pg_extension_config_dump('filled_by_the_team', '') does within an extension's script.
        connection.execute("SET LOCAL allow_system_table_mods = on")
        connection.execute(
            "UPDATE pg_extension SET extconfig = ARRAY['filled_by_the_team'::regclass::oid],"
            " extcondition = ARRAY['']"
        )
    assert rows(read(database.dsn)) == {"filled_by_the_team": 1}


def test_a_table_may_have_any_name(database: Database) -> None:
    names = ['a "quoted" one', "it's", "two words", "new\nline", "100 %s", "{braces}", "🔑", "ünï", "\\"]
    with psycopg.connect(database.dsn) as connection:
        for name in names:
            table = sql.Identifier(name, name)
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE TABLE {} ({} serial)").format(table, sql.Identifier(name)))
            connection.execute(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table))
    state = read(database.dsn)
    assert state.counts() == {TableName(name, name): 1 for name in names}
    assert {table.columns for table in state.tables} == {(f"{name} integer not null",) for name in names}
    assert [sequence.last_value for sequence in state.sequences] == [1] * len(names)


def test_a_database_without_tables_is_read(database: Database) -> None:
    state = read(database.dsn)
    assert (state.tables, state.sequences, state.extensions, state.history) == ((), (), (), None)
    assert state.size_bytes > 1_000_000


def test_what_a_table_is_made_of_is_read_with_it(database: Database) -> None:
    database.execute('CREATE TABLE "User" (id bigint PRIMARY KEY, name varchar(40), gone int, tags text[])')
    database.execute('ALTER TABLE "User" DROP COLUMN gone')
    database.execute("INSERT INTO \"User\" SELECT n, 'x' FROM generate_series(1, 100) AS n")
    database.execute('DELETE FROM "User" WHERE id > 90')
    (table,) = read(database.dsn).tables
    assert table.columns == ("id bigint not null", "name character varying(40)", "tags text[]")
    assert [(table.oid, table.filenode)] == database.execute(
        "SELECT oid::bigint, relfilenode::bigint FROM pg_class WHERE relname = 'User'"
    )
    assert table.counters == ChangeCounters(inserted=100, updated=0, deleted=10)


def test_the_moment_when_the_counters_began_anew_is_read(database: Database) -> None:
    assert read(database.dsn).stats_reset is None
    database.execute("SELECT pg_stat_reset()")
    assert read(database.dsn).stats_reset is not None


def test_sequences_tell_where_they_are_and_which_way_they_go(database: Database) -> None:
    database.execute("CREATE SEQUENCE rising INCREMENT 5")
    database.execute("CREATE SEQUENCE falling INCREMENT -1")
    database.execute("CREATE SEQUENCE unused")
    database.execute("SELECT setval('rising', 40), nextval('falling')")
    assert read(database.dsn).sequences == (
        Sequence(name=TableName("public", "falling"), last_value=-1, increment=-1),
        Sequence(name=TableName("public", "rising"), last_value=40, increment=5),
        Sequence(name=TableName("public", "unused"), last_value=None, increment=1),
    )


def test_a_sequence_that_may_not_be_read_has_no_value_and_names_the_grant(
    database: Database, make_role: MakeRole
) -> None:
    database.execute("CREATE SEQUENCE hidden")
    database.execute("CREATE SEQUENCE shown")
    database.execute("SELECT nextval('hidden'), nextval('shown')")
    found = read(reader(database, make_role, "SELECT ON SEQUENCE shown")).sequences
    assert {each.name.name: each.last_value for each in found} == {"hidden": None, "shown": 1}
    hidden, shown = found
    assert hidden.problem.endswith("may not read it")
    assert hidden.cure.startswith('`GRANT SELECT ON SEQUENCE "public"."hidden" TO "role_')
    assert shown.problem == ""


def test_a_sequence_that_is_locked_costs_no_other_its_value(database: Database) -> None:
    database.execute("CREATE SEQUENCE locked")
    database.execute("CREATE SEQUENCE free")
    database.execute("SELECT nextval('locked'), nextval('free')")
    with session(database.dsn, "ALTER SEQUENCE locked RENAME TO moved") as migration:
        found = read(database.dsn).sequences
        pid = migration.info.backend_pid
    assert {each.name.name: each.last_value for each in found} == {"locked": None, "free": 1}
    (locked,) = (each for each in found if each.problem)
    assert locked.problem.startswith(f"locked by process {pid} (")
    assert f"pg_terminate_backend({pid})" in locked.cure


def test_extensions_are_read(database: Database) -> None:
    database.execute("CREATE SCHEMA tools")
    database.execute("CREATE EXTENSION pgcrypto SCHEMA tools")
    assert read(database.dsn).extensions == (Extension(name="pgcrypto", version="1.3", schema="tools"),)


def test_the_snapshot_shows_one_moment_and_can_be_shared(database: Database) -> None:
    database.execute("CREATE TABLE ledger AS SELECT 1 AS id")
    with open_snapshot(database.dsn, purpose="test") as snapshot, psycopg.connect(database.dsn) as other:
        database.execute("INSERT INTO ledger VALUES (2)")
        assert rows(snapshot.read_state(Questions())) == {"ledger": 1}
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot.id))
        assert other.execute("SELECT count(*) FROM ledger").fetchall() == [(1,)]


@pytest.mark.parametrize("keep_locks", [True, False])
def test_what_was_counted_stays_locked_for_a_dump_alone(database: Database, keep_locks: bool) -> None:
    database.execute("CREATE TABLE ledger AS SELECT 1 AS id")
    with open_snapshot(database.dsn, purpose="test", keep_locks=keep_locks) as snapshot:
        snapshot.read_state(Questions())
        locks = database.execute("SELECT mode FROM pg_locks WHERE relation = 'ledger'::regclass")
    assert locks == ([("AccessShareLock",)] if keep_locks else [])


@pytest.mark.parametrize("keep_locks", [True, False])
def test_the_limits_of_one_statement_end_with_it(database: Database, keep_locks: bool) -> None:
    shown = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
    with connect(database.dsn, purpose="test") as connection, connection.transaction():
        limit(connection)
        usual = connection.execute(shown).fetchall()
        reading = Session(connection, time_budget=timedelta(minutes=1), keep_locks=keep_locks)
        assert reading.fetch(shown, seconds=2, lock_wait=0.5) == [("2s", "500ms")]
        assert connection.execute(shown).fetchall() == usual == [("5min", "1s")]


def test_a_catalogue_that_cannot_be_read_is_told_in_words(database: Database) -> None:
    with open_snapshot(database.dsn, purpose="test") as snapshot, session(database.dsn, "LOCK pg_extension"):
        with pytest.raises(CommandFailed) as failed:
            snapshot.read_state(Questions())
        assert "the server's catalogue could not be read" in failed.value.reason


def test_reading_changes_nothing(database: Database) -> None:
    database.execute('CREATE TABLE "User" (id serial PRIMARY KEY, at timestamptz DEFAULT now())')
    database.execute('INSERT INTO "User" SELECT FROM generate_series(1, 100)')
    before = everything(database)
    read(database.dsn, checks=(Check(name="users", sql='SELECT count(*) > 3 FROM "User"'),))
    with open_snapshot(database.dsn, purpose="test", keep_locks=True) as snapshot:
        snapshot.read_state(Questions())
        snapshot.read_properties()
        snapshot.read_roles()
    assert everything(database) == before


def everything(database: Database) -> list[Any]:
    """All rows with the transactions that wrote them, all files, and the next transaction's number."""
    return [
        database.execute('SELECT xmin::text, xmax::text, ctid::text, "User".* FROM "User" ORDER BY id'),
        database.execute("SELECT oid, relname, relfilenode, xmin::text FROM pg_class ORDER BY oid"),
        database.execute('SELECT last_value, is_called FROM "User_id_seq"'),
        database.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"),
    ]


def test_progress_names_the_table_and_how_far_it_is(database: Database) -> None:
    database.execute("CREATE TABLE a (id int)")
    database.execute("CREATE TABLE b (id int)")
    seen: list[Progress] = []
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        snapshot.read_state(Questions(), seen.append)
    assert seen == [Progress(table="public.a", done=0, total=2)]


def test_reading_stops_when_asked(database: Database) -> None:
    database.execute("CREATE TABLE a (id int)")
    with open_snapshot(database.dsn, purpose="test") as snapshot, pytest.raises(Stopped):
        snapshot.read_state(Questions(), should_stop=lambda: True)


def test_reading_stops_in_the_middle_of_a_statement(database: Database) -> None:
    answers = iter([False, False, True])
    endless = Check(name="endless", sql="SELECT pg_sleep(600) IS NULL")
    with open_snapshot(database.dsn, purpose="test") as snapshot, pytest.raises(Stopped):
        snapshot.read_state(Questions(checks=(endless,)), should_stop=lambda: next(answers))


def test_a_session_that_is_cut_is_told_in_words(database: Database) -> None:
    cut = Check(name="cut", sql="SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Unreachable) as told:
        read(database.dsn, checks=(cut,))
    assert told.value.reason.endswith(f"/{database.name}: the connection was cut in the middle")


def test_an_error_of_the_callers_own_database_is_not_taken_for_this_one(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError), open_snapshot(database.dsn, purpose="test"):
        raise psycopg.OperationalError("the bot's own server is away")


def test_more_tables_than_the_server_has_room_for_locks_are_counted(tmp_path: Path) -> None:
    settings = {"max_locks_per_transaction": "10", "max_connections": "20", "autovacuum": "off"}
    server = Server(tmp_path / "server", embedded(), settings=settings, durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        many = 1000
        database.execute(f"""
            DO $$ BEGIN FOR n IN 1..{many} LOOP
                EXECUTE 'CREATE TABLE t' || n || ' (id serial)';
                COMMIT;
            END LOOP; END $$
        """)
        with open_snapshot(database.dsn, purpose="test", keep_locks=True) as snapshot:
            state = snapshot.read_state(Questions())
        assert rows(state) == {f"t{number}": 0 for number in range(1, many + 1)}
        assert len(state.sequences) == many
    finally:
        server.delete()


def test_the_identity_is_the_servers_own(database: Database) -> None:
    identity = read(database.dsn).identity
    ((system_identifier,),) = database.execute("SELECT system_identifier::text FROM pg_control_system()")
    ((oid,),) = database.execute("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
    assert (identity.system_identifier, identity.database_oid) == (system_identifier, oid)
    assert (identity.database_name, identity.major) == (database.name, 17)
    assert (identity.marker, identity.standby, identity.read_only) == (None, False, False)


def test_the_marker_is_read(database: Database) -> None:
    database.execute(MARKER)
    database.execute("INSERT INTO secondkey.marker VALUES ('m', '7400000000000000001', 16384, now())")
    marker = Marker(id="m", system_identifier="7400000000000000001", database_oid=16384)
    assert read(database.dsn).identity.marker == marker


@pytest.mark.parametrize(
    "table",
    [MARKER, "CREATE SCHEMA secondkey", "CREATE SCHEMA secondkey CREATE TABLE marker (one int)"],
    ids=["no row", "no table", "another table"],
)
def test_what_is_no_marker_is_none(database: Database, table: str) -> None:
    database.execute(table)
    assert read(database.dsn).identity.marker is None


def test_a_marker_that_may_not_be_read_is_none(database: Database, make_role: MakeRole) -> None:
    database.execute(MARKER)
    assert read(reader(database, make_role)).identity.marker is None


def test_a_server_that_hides_its_identity_names_the_grant(database: Database, make_role: MakeRole) -> None:
    dsn = reader(database, make_role)
    database.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with pytest.raises(Unreachable) as refused:
        read(dsn)
    assert 'GRANT EXECUTE ON FUNCTION pg_control_system() TO "role_' in refused.value.hint


def test_a_database_that_is_set_to_read_only_is_told_from_a_login_that_is(
    database: Database, make_role: MakeRole
) -> None:
    role = make_role()
    database.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    assert not read(database.as_role(role)).identity.read_only
    database.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    assert read(database.dsn).identity.read_only
