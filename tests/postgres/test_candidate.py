"""Restoring beside: equal to the manifest, under few rights, and without a trace where it fails."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot import programs
from bot.domain.comparison import differences
from bot.domain.state import State
from bot.errors import CommandFailed, Refused
from bot.postgres.candidate import Candidate, Source, is_prepared, mark, restore_beside
from bot.postgres.carry_over import carry_over, properties_of
from bot.postgres.fence import put_up
from bot.postgres.installation import embedded
from bot.postgres.last_look import last_look
from bot.postgres.lease import LeaseLost
from bot.postgres.place import give
from bot.postgres.server import Server
from bot.postgres.stage import Stage, probe
from bot.postgres.state import Questions, open_snapshot
from bot.postgres.swap import swap
from bot.postgres.tables import quoted
from bot.programs import Stopped
from tests.postgres.archives import EVERYTHING, HOSTILE, files_no_larger_than
from tests.postgres.protected import LEDGER, Protected, protected

#: It takes a while to restore.
SLOW = """
    CREATE FUNCTION slowly() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE TABLE slow (x int CHECK (public.slowly()));
    INSERT INTO slow VALUES (1);
    CREATE OR REPLACE FUNCTION slowly() RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(1) IS NOT NULL'
"""
SEVERAL_OWNERS = """
    CREATE SCHEMA app AUTHORIZATION MINE;
    CREATE TABLE app.theirs (id int PRIMARY KEY);
    INSERT INTO app.theirs VALUES (1);
    CREATE MATERIALIZED VIEW app.seen AS SELECT * FROM app.theirs;
    ALTER TABLE app.theirs OWNER TO OTHER;
    ALTER MATERIALIZED VIEW app.seen OWNER TO OTHER;
    GRANT USAGE ON SCHEMA app TO READER, OTHER;
    GRANT SELECT ON app.theirs TO READER;
    ALTER DEFAULT PRIVILEGES FOR ROLE OTHER GRANT SELECT ON TABLES TO READER;
    CREATE EXTENSION citext SCHEMA app;
    COMMENT ON EXTENSION citext IS 'ours';
    CREATE FUNCTION "f""x"(a int, "b c" text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    SELECT lo_from_bytea(0, 'contract')
"""
CHECKED_ELSEWHERE = """
    CREATE FUNCTION known(int) RETURNS boolean LANGUAGE sql AS
    'SELECT EXISTS (SELECT FROM "User" WHERE id = $1)';
    CREATE TABLE invoice (of int CHECK (known(of)));
    INSERT INTO invoice VALUES (1)
"""
#: Whoever comes into the copy finds this in place of the server's own function.
AMBUSH = """
    CREATE EXTENSION postgres_fdw;
    CREATE SCHEMA ambush AUTHORIZATION MALLORY;
    CREATE FUNCTION ambush.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
        BEGIN ALTER ROLE MALLORY SUPERUSER; EXCEPTION WHEN insufficient_privilege THEN NULL; END;
        RETURN pg_catalog.set_config($1, $2, $3);
    END $f$;
    CREATE FUNCTION ambush.lay(int) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = ambush, pg_catalog', current_database());
        RETURN true;
    END $f$;
    CREATE TABLE ambush.evil (x int CHECK (ambush.lay(x)));
    INSERT INTO ambush.evil VALUES (1)
"""
IN_ITS_OWN_TABLESPACE = """
    SELECT coalesce(spcname, '') FROM pg_class LEFT JOIN pg_tablespace t ON t.oid = reltablespace
    WHERE relname = 'User'
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "a.dump"


def restored(ledger: Protected, source: Source, **options: Any) -> Candidate:
    with ledger.lease() as lease:
        return restore_beside(lease, ledger.names, source, **options)


def state_of(ledger: Protected, name: str) -> State:
    with open_snapshot(ledger.of(name).as_role(ledger.bot), purpose="test") as snapshot:
        return snapshot.read_state(Questions())


def fingerprint(ledger: Protected) -> list[Any]:
    """The live database, row for row, and what it is."""
    return [
        ledger.oid(ledger.names.live),
        ledger.allows_connections(ledger.names.live),
        ledger.database.execute('SELECT * FROM "User" ORDER BY id'),
        ledger.database.execute("SELECT * FROM pg_sequences"),
        ledger.superuser("SELECT datacl::text, datconnlimit, datdba FROM pg_database WHERE datname = %s",
                         [ledger.names.live]),
        ledger.superuser("SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = %s",
                         [ledger.oid(ledger.names.live)]),
    ]  # fmt: skip


@contextmanager
def untouched(ledger: Protected) -> Iterator[None]:
    """Whatever happens in the block, the live database is what it was, and no candidate is left."""
    before = fingerprint(ledger)
    yield
    assert fingerprint(ledger) == before
    assert ledger.oid(ledger.names.candidate) is None


def test_a_whole_restore_from_the_first_step_to_the_last(ledger_everywhere: Protected, archive: Path) -> None:
    ledger = ledger_everywhere
    source = ledger.back_up(archive)
    ledger.as_owner(
        """TRUNCATE "User"; SELECT nextval('"User_id_seq"'); INSERT INTO "User" VALUES (999, 'new')"""
    )
    told: list[str] = []
    with ledger.lease() as lease:
        live = ledger.oid(ledger.names.live)
        made = restore_beside(lease, ledger.names, source, on_progress=told.append)
        assert (made.oid, made.left_out) == (ledger.oid(ledger.names.candidate), ())
        assert differences(source.manifest.state, state_of(ledger, ledger.names.candidate)) == ()
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert carry_over(lease, ledger.names.candidate, properties) == ()
        assert not is_prepared(lease, ledger.names.candidate)
        identity = mark(lease, ledger.names.candidate)
        assert is_prepared(lease, ledger.names.candidate)
        with last_look(lease, ledger.names) as look:
            put_up(lease, [ledger.names.live, ledger.names.candidate], spare=look.pids)
            assert look.raise_sequences() == ()
        swap(lease, ledger.names, live_oid=live, candidate_oid=made.oid)
        assert probe(lease.connection, ledger.names, made.oid).stage is Stage.SWAPPED
    after = state_of(ledger, ledger.names.live)
    assert differences(source.manifest.state, after) == ()
    assert (after.identity.marker, after.identity.database_oid) == (identity.marker, made.oid)
    assert ledger.database.execute("""SELECT nextval('"User_id_seq"')""") == [(502,)]
    assert ledger.aside.execute('SELECT name FROM "User"') == [("new",)]
    assert told[-1] == "ANALYZE"
    assert ledger.database.execute("SELECT reltuples FROM pg_class WHERE relname = 'User'") == [(500.0,)]


def test_a_new_server_gets_the_database_that_it_never_had(
    ledger: Protected, postgres_server: Server, archive: Path
) -> None:
    source = ledger.back_up(archive)
    ledger.superuser(f"DROP DATABASE {quoted(ledger.names.live)}")
    with ledger.lease() as lease:
        made = restore_beside(lease, ledger.names, source)
        assert carry_over(lease, ledger.names.candidate, source.manifest.properties) == ()
        mark(lease, ledger.names.candidate)
        with last_look(lease, ledger.names) as look:
            put_up(lease, [ledger.names.live, ledger.names.candidate], spare=look.pids)
        swap(lease, ledger.names, live_oid=None, candidate_oid=made.oid)
    assert differences(source.manifest.state, state_of(ledger, ledger.names.live)) == ()


@pytest.mark.parametrize("name", ['it\'s "quoted" 🗝️', "ü" * 31 + "x"])
def test_names_that_need_care_are_restored_and_swapped(
    postgres_server: Server, archive: Path, name: str
) -> None:
    with protected(postgres_server, embedded(), name=name) as ledger:
        ledger.as_owner(LEDGER)
        source = ledger.back_up(archive)
        with ledger.lease() as lease:
            made = restore_beside(lease, ledger.names, source)
            put_up(lease, [ledger.names.live, ledger.names.candidate])
            swap(lease, ledger.names, live_oid=ledger.oid(name), candidate_oid=made.oid)
        assert ledger.oid(name) == made.oid
        assert ledger.aside.execute('SELECT count(*) FROM "User"') == [(500,)]


def test_what_several_ordinary_roles_own_and_were_given_comes_back(
    ledger_everywhere: Protected, archive: Path
) -> None:
    ledger = ledger_everywhere
    other, reader = f"{ledger.bot}_other", f"{ledger.bot}_reader"
    for statement in (
        f"CREATE ROLE {other}", f"CREATE ROLE {reader}", f"GRANT {other} TO {ledger.bot}",
        f"ALTER DATABASE {quoted(ledger.names.live)} SET search_path = public",
    ):  # fmt: skip
        ledger.superuser(statement)
    ledger.database.execute(
        SEVERAL_OWNERS.replace("MINE", quoted(ledger.owner)).replace("OTHER", other).replace("READER", reader)
    )
    asked = """
        SELECT c.relname, pg_get_userbyid(c.relowner), c.relacl::text FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'app' ORDER BY 1
    """
    schema = "SELECT nspacl::text, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'app'"
    source = ledger.back_up(archive)
    made = restored(ledger, source)
    assert ledger.candidate.execute(asked) == ledger.database.execute(asked)
    assert ledger.candidate.execute(schema) == ledger.database.execute(schema)
    assert differences(source.manifest.state, state_of(ledger, ledger.names.candidate)) == ()
    assert [said for said in made.left_out if "postgres as the owner of 2 objects" in said]
    ((owner,),) = ledger.candidate.execute(
        "SELECT pg_get_userbyid(extowner) FROM pg_extension WHERE extname = 'citext'"
    )
    assert owner == ledger.owner


def test_a_little_of_everything_is_restored_with_an_administrator(
    ledger_everywhere: Protected, archive: Path
) -> None:
    ledger = ledger_everywhere
    roles = ("app", "rep", "readonly", "boss")
    ledger.database.execute(EVERYTHING.replace("CREATE SCHEMA secondkey CREATE TABLE marker (id text);", "")
                            .replace("INSERT INTO secondkey.marker VALUES ('m');", ""))  # fmt: skip
    try:
        ledger.superuser(f"GRANT app, rep, readonly TO {ledger.bot}")
        source = ledger.back_up(archive)
        with pytest.raises(Refused) as refused:
            restored(ledger, source)
        assert refused.value.code == "extension-missing"
        with pytest.raises(CommandFailed, match="row-level security hides rows of"):
            restored(ledger, source, admin_dsn=ledger.admin_dsn)
        ledger.superuser(f"ALTER ROLE {ledger.bot} BYPASSRLS")
        made = restored(ledger, source, admin_dsn=ledger.admin_dsn)
        assert differences(source.manifest.state, state_of(ledger, ledger.names.candidate)) == ()
        assert "event trigger audit_ddl" in made.left_out
        owner = "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'my table'"
        assert ledger.candidate.execute(owner) == [("rep",)]
    finally:
        for name in (ledger.names.candidate, ledger.names.live):
            ledger.superuser(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        ledger.superuser(f"DROP ROLE {', '.join(roles)}")


@pytest.mark.parametrize(
    "act",
    [
        "ALTER ROLE {role} SUPERUSER",
        "ALTER ROLE {role} CREATEDB",
        "GRANT pg_signal_backend TO {role}",
        "CREATE ROLE {role}_more SUPERUSER",
        "COPY (SELECT 1) TO PROGRAM 'touch {file}'",
    ],
)
def test_a_hostile_archive_raises_nobodys_rights(
    ledger: Protected, make_role: Callable[..., str], archive: Path, act: str
) -> None:
    mallory = make_role("NOLOGIN")
    ledger.superuser(f"GRANT {mallory} TO {ledger.bot}")
    file = Path(f"/tmp/sk-hostile-{os.getpid()}-{mallory}")
    ledger.database.execute(
        HOSTILE.replace("MALLORY", mallory).replace("ACT", act.format(role=mallory, file=file))
    )
    rights = """
        SELECT r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole,
            ARRAY(SELECT roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1)
        FROM pg_roles r ORDER BY 1
    """
    source = ledger.back_up(archive)
    before = ledger.superuser(rights)
    restored(ledger, source, admin_dsn=ledger.admin_dsn)
    assert ledger.superuser(rights) == before
    assert not file.exists()
    assert ledger.candidate.execute("SELECT count(*) FROM evil") == [(1,)]


def test_a_hostile_archive_finds_no_superuser_to_do_its_bidding(
    ledger: Protected, make_role: Callable[..., str], archive: Path
) -> None:
    mallory = make_role("NOLOGIN")
    ledger.superuser(f"GRANT {mallory} TO {ledger.bot}")
    ledger.database.execute(AMBUSH.replace("MALLORY", mallory))
    ledger.database.execute(f"ALTER DATABASE {ledger.names.live} RESET search_path")
    source = ledger.back_up(archive)
    restored(ledger, source, admin_dsn=ledger.admin_dsn)
    rights = ledger.superuser("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [mallory])
    assert rights == [(False,)]
    ((path,),) = ledger.candidate.execute("SHOW search_path")
    assert path == "ambush, pg_catalog", "the trap was set"


def test_roles_that_the_administrator_made_get_no_rights(ledger: Protected, archive: Path) -> None:
    lost = f"{ledger.bot}_lost"
    ledger.superuser(f"CREATE ROLE {lost} LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS")
    ledger.database.execute(f"CREATE TABLE lost (id int); ALTER TABLE lost OWNER TO {lost}")
    source = ledger.back_up(archive)
    ledger.database.execute("DROP TABLE lost")
    ledger.superuser(f"DROP ROLE {lost}")
    with untouched(ledger), pytest.raises(Refused) as refused:
        restored(ledger, source)
    assert refused.value.code == "role-missing"
    assert f'CREATE ROLE "{lost}" CREATEDB CREATEROLE LOGIN REPLICATION BYPASSRLS;' in refused.value.hint
    restored(ledger, source, admin_dsn=ledger.admin_dsn)
    assert ledger.superuser(
        "SELECT rolcanlogin, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolsuper "
        "FROM pg_roles WHERE rolname = %s", [lost],
    ) == [(True, False, False, False, False, False)]  # fmt: skip


def test_an_archive_that_fails_in_the_middle_leaves_nothing(ledger: Protected, archive: Path) -> None:
    ledger.as_owner(CHECKED_ELSEWHERE)
    source = ledger.back_up(archive)
    with untouched(ledger), pytest.raises(CommandFailed) as failed:
        restored(ledger, source)
    assert failed.value.reason.startswith("the restore stopped at table data public.invoice")
    assert failed.value.reason.endswith(
        f"what was restored is dropped again, its room given back, and {ledger.names.live} was not touched"
    )


def test_a_stop_drops_what_was_begun(ledger: Protected, archive: Path) -> None:
    ledger.as_owner(SLOW)
    source = ledger.back_up(archive)
    told: list[str] = []
    with untouched(ledger), pytest.raises(Stopped):
        restored(ledger, source, on_progress=told.append, should_stop=lambda: bool(told))
    assert re.fullmatch(r"restoring .+, \d+ of \d+ items", told[0])


def test_whoever_lost_the_lease_restores_nothing_more(ledger: Protected, archive: Path) -> None:
    ledger.as_owner(SLOW)
    source = ledger.back_up(archive)

    def overtake(_: str) -> None:
        with ledger.lease("second"):
            pass

    with pytest.raises(LeaseLost):
        restored(ledger, source, on_progress=overtake)
    # The successor finds what it left, and makes it anew.
    assert ledger.oid(ledger.names.candidate) is not None
    made = restored(ledger, source)
    assert made.oid == ledger.oid(ledger.names.candidate)


def test_an_unfinished_candidate_is_made_anew(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    ledger.superuser(f"CREATE DATABASE {quoted(ledger.names.candidate)} OWNER {quoted(ledger.owner)}")
    before = ledger.oid(ledger.names.candidate)
    made = restored(ledger, source)
    assert made.oid not in (None, before)


def test_nobody_else_gets_into_a_candidate(
    ledger: Protected, make_role: Callable[..., str], archive: Path
) -> None:
    restored(ledger, ledger.back_up(archive))
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(ledger.candidate.as_role(make_role()))


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing(
    ledger: Protected, tmp_path: Path, archive: Path
) -> None:
    ledger.as_owner("""
        CREATE TABLE heavy (noise text); ALTER TABLE heavy ALTER noise SET STORAGE EXTERNAL;
        INSERT INTO heavy SELECT repeat('x', 1000000) FROM generate_series(1, 30)
    """)
    source = ledger.back_up(archive)
    server = Server(tmp_path / "server", embedded(), durable=False)
    with files_no_larger_than(20_000_000):
        server.start()
    try:
        with protected(server, embedded()) as small:
            small.as_owner(LEDGER)
            owned = replace(
                source.manifest, roles=(), properties=replace(source.manifest.properties, owner=small.owner)
            )
            small.superuser(f"ALTER ROLE {quoted(small.owner)} RENAME TO {quoted(ledger.owner)}")
            with untouched(small), pytest.raises(CommandFailed) as failed:
                restored(small, replace(source, manifest=owned))
            small.superuser(f"ALTER ROLE {quoted(ledger.owner)} RENAME TO {quoted(small.owner)}")
    finally:
        server.delete()
    assert failed.value.reason.startswith(
        "the server's disk is full: the restore stopped at table data public.heavy"
    )


def test_a_locale_that_the_server_lacks_makes_nothing(ledger: Protected, archive: Path) -> None:
    source = ledger.back_up(archive)
    properties = replace(source.manifest.properties, collate="xx_XX.utf8", ctype="xx_XX.utf8")
    elsewhere = replace(source, manifest=replace(source.manifest, properties=properties))
    with untouched(ledger), pytest.raises(CommandFailed, match=r"nothing was restored: creating .* failed"):
        restored(ledger, elsewhere)


def test_another_encoding_and_another_provider_are_kept(ledger_everywhere: Protected, archive: Path) -> None:
    ledger = ledger_everywhere
    source = ledger.back_up(archive)
    # The wheel is built without ICU, and the built-in provider came with 17.
    wheel = ledger.programs == embedded()
    other = ("UTF8", "builtin", "C.UTF-8") if wheel else ("UTF8", "icu", "de-DE")
    for encoding, provider, locale in (("LATIN1", "libc", None), other):
        properties = replace(
            source.manifest.properties,
            encoding=encoding,
            locale_provider=provider,
            icu_locale=locale,
            collate="C",
            ctype="C",
        )
        restored(ledger, replace(source, manifest=replace(source.manifest, properties=properties)))
        with ledger.lease() as lease:
            found = properties_of(lease.connection, ledger.names.candidate)
        assert found is not None
        assert (found.encoding, found.locale_provider, found.icu_locale) == (encoding, provider, locale)


def test_a_server_that_goes_away_is_told(ledger: Protected, archive: Path) -> None:
    ledger.as_owner(SLOW)
    source = ledger.back_up(archive)

    def cut(_: str) -> None:
        ledger.superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [ledger.names.candidate],
        )

    with untouched(ledger), pytest.raises(CommandFailed, match="connection to the server was cut or refused"):
        restored(ledger, source, on_progress=cut)


def test_tablespaces_that_cannot_be_used_are_said_and_done_without(
    ledger: Protected, tmp_path: Path, passable: Path, archive: Path
) -> None:
    place = passable / "fast"
    place.mkdir()
    give(place, programs.unprivileged_account())
    ledger.superuser(f"CREATE TABLESPACE fast LOCATION '{place}'")
    try:
        ledger.database.execute('ALTER TABLE "User" SET TABLESPACE fast')
        source = ledger.back_up(archive)
        made = restored(ledger, source)
        assert "tablespace fast: not to be used here" in made.left_out
        assert ledger.candidate.execute(IN_ITS_OWN_TABLESPACE) == [("",)]
        ledger.superuser(f"GRANT CREATE ON TABLESPACE fast TO {quoted(ledger.owner)}")
        assert restored(ledger, source).left_out == ()
        assert ledger.candidate.execute(IN_ITS_OWN_TABLESPACE) == [("fast",)]
    finally:
        for name in (ledger.names.candidate, ledger.names.live):
            ledger.superuser(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        ledger.superuser("DROP TABLESPACE fast")
