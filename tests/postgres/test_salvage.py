"""An emergency dump of a database of which something cannot be had: the rest is taken, and restores."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.backup import Manifest, Tools
from bot.domain.comparison import differences, not_compared
from bot.domain.omission import Omission, Part, as_restored
from bot.postgres import restore_test as subject
from bot.postgres.archive_list import read_entries
from bot.postgres.installation import Installation, embedded
from bot.postgres.salvage import Obstacle
from bot.postgres.server import Server
from bot.postgres.state import Questions, open_snapshot
from tests import builders, servers
from tests.postgres.archives import dump_to, server_programs
from tests.postgres.reading import MakeRole, reader, session
from tests.servers import Database

#: Everything that can hang on a table.
ENTANGLED = """
    CREATE TABLE x (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, o int DEFAULT 3);
    CREATE TABLE a (id int PRIMARY KEY, x int REFERENCES x);
    CREATE VIEW v AS SELECT * FROM x;
    CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM v;
    CREATE TABLE inherited () INHERITS (x);
    CREATE FUNCTION all_of_x() RETURNS SETOF x LANGUAGE sql AS 'SELECT * FROM x';
    COMMENT ON FUNCTION all_of_x() IS 'all';
    CREATE STATISTICS st ON id, o FROM x;
    CREATE TABLE secured (id int);
    ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON secured USING (EXISTS (SELECT FROM x));
    CREATE TABLE ruled (id int);
    CREATE RULE also AS ON INSERT TO ruled DO ALSO UPDATE x SET o = 1;
    CREATE INDEX ON x (o);
    CREATE TABLE apart AS SELECT generate_series(1, 5) AS id;
    INSERT INTO x (o) SELECT generate_series(1, 10);
    INSERT INTO a SELECT n, n FROM generate_series(1, 10) n;
    INSERT INTO secured VALUES (1), (2)
"""
PARTITIONED = """
    CREATE TABLE event (id int, part int DEFAULT 3, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
    CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1);
    CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2);
    CREATE TABLE note (id int PRIMARY KEY, event int, part int, FOREIGN KEY (event, part) REFERENCES event);
    INSERT INTO event VALUES (1, 1), (2, 2), (3, 2);
    INSERT INTO note VALUES (1, 1, 1), (2, 2, 2)
"""
STRANGE = 'it\'s ""quoted"". a|b*$ 🗝️\n two'

Salvaged = Callable[..., tuple[Manifest, subject.Tested]]


@pytest.fixture
def salvaged(database: Database, tmp_path: Path) -> Salvaged:
    """Dump what can be had, and restore it; returns the manifest and the copy."""

    def act(dsn: str | None = None, lock_wait: float = 0.3) -> tuple[Manifest, subject.Tested]:
        archive = tmp_path / "a.dump"
        with open_snapshot(dsn or database.dsn, purpose="test", keep_locks=True) as snapshot:
            salvage = snapshot.salvage(lock_wait=timedelta(seconds=lock_wait))
            salvage.look()
            state = snapshot.read_state(Questions())
            dump_to(archive, dsn or database.dsn, snapshot.id, omissions=salvage.omissions)
            manifest = builders.manifest(
                state=state,
                properties=snapshot.read_properties(),
                roles=snapshot.read_roles(),
                omissions=salvage.omissions,
                unrestorable=salvage.unrestorable,
                tools=Tools(
                    pg_dump=embedded().version, server=state.identity.server_version, secondkey="0.1.0"
                ),
            )
        return manifest, subject.restore_test(archive, manifest, embedded(), tmp_path / "scratch")

    return act


def left_out(manifest: Manifest) -> set[str]:
    return {str(omission) for omission in manifest.omissions}


def equal(manifest: Manifest, test: subject.Tested) -> None:
    expected = as_restored(manifest.state, manifest.omissions)
    assert differences(expected, test.state) == ()
    assert not_compared(expected) == ""


def rows(test: subject.Tested) -> dict[str, int | None]:
    return {table.name.short: table.rows for table in test.state.tables}


def test_nothing_is_left_out_where_everything_can_be_had(database: Database, salvaged: Salvaged) -> None:
    database.execute(ENTANGLED + ";" + PARTITIONED)
    database.execute("SELECT lo_from_bytea(0, 'contract')")
    manifest, test = salvaged()
    assert (manifest.omissions, manifest.unrestorable, test.left_out) == ((), (), ())
    equal(manifest, test)


def test_a_locked_table_goes_with_all_that_hangs_on_it_and_the_rest_restores(
    database: Database, salvaged: Salvaged
) -> None:
    database.execute(ENTANGLED)
    with session(database.dsn, "LOCK TABLE ONLY x IN ACCESS EXCLUSIVE MODE") as migration:
        manifest, test = salvaged()
        pid = migration.info.backend_pid
    assert left_out(manifest) == {
        "table x", "table inherited", "table ruled", "table secured", "view v", "materialized view m",
        "sequence x_id_seq", "sequence x_n_seq",
    }  # fmt: skip
    first, second, *_ = manifest.omissions
    assert first.why.startswith(f'locked by process {pid} ("migration", as postgres')
    assert f"pg_terminate_backend({pid})" in first.cure
    assert "hangs together with x" in second.why
    assert rows(test) == {"a": 10, "apart": 5}
    assert "fk constraint public.a a_x_fkey" in test.left_out
    equal(manifest, test)


def test_of_a_table_that_may_not_be_read_what_only_mentions_it_stays(
    database: Database, salvaged: Salvaged, make_role: MakeRole
) -> None:
    database.execute(ENTANGLED)
    dsn = reader(database, make_role, "SELECT ON a, apart, secured, ruled")
    database.execute("ALTER TABLE secured DISABLE ROW LEVEL SECURITY")
    manifest, test = salvaged(dsn)
    assert left_out(manifest) == {
        "table x", "table inherited", "view v", "materialized view m",
        "sequence x_n_seq", "value of sequence x_id_seq",
    }  # fmt: skip
    assert 'GRANT SELECT ON "public"."x" TO "role_' in manifest.omissions[0].cure
    assert rows(test) == {"a": 10, "apart": 5, "ruled": 0, "secured": 2}
    equal(manifest, test)


def test_rows_that_row_security_hides_are_left_out_and_what_points_at_them_restores(
    database: Database, salvaged: Salvaged, make_role: MakeRole
) -> None:
    database.execute(ENTANGLED)
    database.execute("ALTER TABLE x ENABLE ROW LEVEL SECURITY")
    manifest, test = salvaged(reader(database, make_role, "pg_read_all_data"))
    assert left_out(manifest) == {"rows of table x", "rows of table secured"}
    assert "BYPASSRLS" in manifest.omissions[0].cure
    assert rows(test)["x"] == 0
    assert test.left_out == ("fk constraint public.a a_x_fkey",)
    equal(manifest, test)


def test_of_a_partitioned_table_with_a_locked_partition_the_others_are_kept(
    database: Database, salvaged: Salvaged
) -> None:
    database.execute(PARTITIONED)
    with session(database.dsn, "LOCK TABLE event_1 IN ACCESS EXCLUSIVE MODE"):
        manifest, test = salvaged()
    assert left_out(manifest) == {"table event", "table event_1"}
    assert rows(test) == {"event_2": 2, "note": 2}
    equal(manifest, test)


def test_a_partition_that_may_not_be_read_leaves_its_table_and_what_points_at_it(
    database: Database, salvaged: Salvaged, make_role: MakeRole
) -> None:
    database.execute(PARTITIONED)
    manifest, test = salvaged(reader(database, make_role, "SELECT ON event, event_2, note"))
    assert left_out(manifest) == {"table event_1"}
    assert rows(test) == {"event": 2, "event_2": 2, "note": 2}
    assert "fk constraint public.note note_event_part_fkey" in test.left_out
    equal(manifest, test)


def taken(
    dsn: str, folder: Path, programs: Installation | None = None
) -> tuple[tuple[Omission, ...], set[str]]:
    """What is left out of a dump, and the tables whose rows are in it, without a restore."""
    archive = folder / "a.dump"
    with open_snapshot(dsn, purpose="test", keep_locks=True) as snapshot:
        salvage = snapshot.salvage(lock_wait=timedelta(seconds=0.3))
        salvage.look()
        dump_to(archive, dsn, snapshot.id, programs, omissions=salvage.omissions)
    return salvage.omissions, {each.name for each in read_entries(archive) if each.kind == "TABLE DATA"}


def test_large_objects_are_left_out_where_one_may_not_be_read(
    database: Database, tmp_path: Path, make_role: MakeRole
) -> None:
    make_role("NOLOGIN", "owner_of_one")
    ((owned,),) = database.execute("SELECT lo_from_bytea(0, 'contract')")
    database.execute(f"ALTER LARGE OBJECT {owned} OWNER TO owner_of_one")
    database.execute("SELECT lo_from_bytea(0, 'a superuser has it')")
    ((readable,),) = database.execute("SELECT lo_from_bytea(0, 'open')")
    database.execute(f"GRANT SELECT ON LARGE OBJECT {readable} TO public")
    database.execute("CREATE TABLE kept AS SELECT 1 AS id")
    (omission,), tables = taken(reader(database, make_role, "pg_read_all_data"), tmp_path)
    assert omission.part is Part.LARGE_OBJECTS
    assert "may not read 2 of 3" in omission.why
    assert '`GRANT owner_of_one TO "role_' in omission.cure
    assert "GRANT SELECT ON LARGE OBJECT … TO" in omission.cure
    assert tables == {"kept"}


def test_whoever_may_read_all_large_objects_gets_them(
    database: Database, tmp_path: Path, make_role: MakeRole
) -> None:
    owner = make_role()
    ((oid,),) = database.execute("SELECT lo_from_bytea(0, 'contract')")
    database.execute(f"ALTER LARGE OBJECT {oid} OWNER TO {owner}")
    assert taken(reader(database, make_role, "pg_read_all_data", owner), tmp_path) == ((), set())


@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1"])
def test_names_of_any_kind_are_left_out_exactly(
    postgres_server: Server, tmp_path: Path, make_role: MakeRole, encoding: str
) -> None:
    name = STRANGE if encoding == "UTF8" else STRANGE.replace("🗝️", "ü")
    database = Database(server=postgres_server, name=f"test_{encoding.lower()}_names")
    servers.create_database(database, f"TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    try:
        database.execute('CREATE SCHEMA "s. x"')
        for schema, table in (("s. x", name), ("public", name), ("s. x", "it")):
            database.execute(f'CREATE TABLE "{schema}"."{table}" (id int)')
        grants = ('USAGE ON SCHEMA "s. x"', f'SELECT ON public."{name}"', 'SELECT ON "s. x"."it"')
        omissions, tables = taken(reader(database, make_role, *grants), tmp_path)
    finally:
        servers.drop_database(database)
    # The statements above are sent as UTF-8, which LATIN1 takes for other characters.
    plain = name.replace('""', '"').encode().decode(encoding)
    assert [omission.name for omission in omissions] == [("s. x", plain)]
    assert tables == {plain, "it"}


def test_a_schema_that_may_not_be_entered_is_left_out(
    database: Database, tmp_path: Path, make_role: MakeRole
) -> None:
    database.execute("CREATE SCHEMA vault CREATE TABLE gold (id serial)")
    database.execute("CREATE TABLE kept AS SELECT 1 AS id")
    omissions, tables = taken(reader(database, make_role, "SELECT ON kept"), tmp_path)
    assert list(map(str, omissions)) == ["table vault.gold", "value of sequence vault.gold_id_seq"]
    assert "GRANT USAGE ON SCHEMA" in omissions[0].cure
    assert tables == {"kept"}


def test_a_locked_partitioned_table_goes_with_its_partitions(database: Database, tmp_path: Path) -> None:
    database.execute(PARTITIONED)
    with session(database.dsn, "LOCK TABLE event IN ACCESS EXCLUSIVE MODE"):
        omissions, tables = taken(database.dsn, tmp_path)
    assert sorted(map(str, omissions)) == ["table event", "table event_1", "table event_2"]
    assert tables == {"note"}


@pytest.mark.parametrize("programs", server_programs())
def test_pg_dump_of_each_major_knows_what_it_is_told(programs: Installation, tmp_path: Path) -> None:
    server = Server(tmp_path / "server", programs, durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        database.execute(ENTANGLED)
        database.execute("SELECT lo_from_bytea(0, 'contract')")
        database.execute("CREATE ROLE some_reader LOGIN IN ROLE pg_read_all_data")
        database.execute("CREATE TABLE locked (id int)")
        with session(database.dsn, "LOCK TABLE locked IN ACCESS EXCLUSIVE MODE"):
            omissions, tables = taken(database.as_role("some_reader"), tmp_path, programs)
    finally:
        server.delete()
    assert list(map(str, omissions)) == ["table locked", "rows of table secured", "large objects"]
    assert tables == {"a", "apart", "inherited", "ruled", "x"}


def test_a_table_that_went_away_after_the_snapshot_is_named(database: Database, tmp_path: Path) -> None:
    database.execute("CREATE TABLE gone (id int); CREATE TABLE kept (id int)")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        database.execute("DROP TABLE gone")
        salvage = snapshot.salvage(lock_wait=timedelta(seconds=1))
        salvage.look()
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id, omissions=salvage.omissions)
    (omission,) = salvage.omissions
    assert (str(omission), omission.why) == ("table gone", "it was dropped or renamed while the backup began")


def test_a_lock_that_comes_free_in_time_costs_nothing_and_is_told(database: Database) -> None:
    database.execute("CREATE TABLE x (id int)")
    told: list[tuple[str, str]] = []
    with (
        session(database.dsn, "LOCK TABLE x IN ACCESS EXCLUSIVE MODE") as migration,
        open_snapshot(database.dsn, purpose="test") as snapshot,
    ):

        def let_go(table: str, holder: str) -> None:
            told.append((table, holder))
            migration.rollback()

        salvage = snapshot.salvage(lock_wait=timedelta(seconds=20), on_wait=let_go)
        salvage.look()
    assert salvage.omissions == ()
    ((table, holder),) = told
    assert table == "x"
    assert holder.startswith("locked by process")


def test_what_pg_dump_stops_at_is_left_out_once_and_no_more(database: Database) -> None:
    database.execute(ENTANGLED)
    ((table, view),) = database.execute("SELECT 'x'::regclass::oid::bigint, 'm'::regclass::oid::bigint")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        salvage = snapshot.salvage(lock_wait=timedelta(seconds=1))
        salvage.look()
        for obstacle, said in (
            (Obstacle(part=Part.WHOLE, oid=view), "materialized view m"),
            (Obstacle(part=Part.CONTENTS, table="public.a"), "rows of table a"),
            (Obstacle(part=Part.LARGE_OBJECTS), "large objects"),
            (Obstacle(part=Part.WHOLE, oid=table), "table x"),
        ):
            assert salvage.without(obstacle, "locked", "wait")
            assert said in map(str, salvage.omissions)
            assert not salvage.without(obstacle, "locked for longer", "wait")
        assert not salvage.without(Obstacle(part=Part.WHOLE), "locked by nobody knows whom", "wait")
        assert not salvage.without(Obstacle(part=Part.CONTENTS, table="public.other"), "damaged", "wait")
