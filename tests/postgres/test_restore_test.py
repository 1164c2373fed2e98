"""Backups restored for real: whole ones, damaged ones, hostile ones, and those that cannot be tested here."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from bot.domain.backup import Manifest, Tools
from bot.domain.comparison import differences
from bot.errors import CommandFailed
from bot.postgres import restore_test as subject
from bot.postgres.installation import Installation, embedded, installations
from bot.postgres.restore_failures import read_failure, restore_failure
from bot.postgres.restore_test import NotTestable, clean_leftovers, parse_archive, restore_test
from bot.postgres.scratch import throwaway_folder
from bot.postgres.server import Server
from bot.postgres.state import open_snapshot
from bot.postgres.throwaway import SUPERUSER, create_extensions
from bot.programs import Stopped
from tests import servers
from tests.postgres.archives import (
    EVERYTHING,
    HOSTILE,
    back_up,
    dump_to,
    files_no_larger_than,
    server_programs,
)
from tests.postgres.reading import MakeRole
from tests.servers import Database
from tests.waiting import until

SOME_ROWS = """
    CREATE TABLE "User" (id serial PRIMARY KEY, name text);
    INSERT INTO "User" (name) SELECT 'user ' || n FROM generate_series(1, 1000) n
"""

#: The commonest dump that does not restore: pg_restore runs with an empty search_path.
CHECKED_ELSEWHERE = """
    CREATE FUNCTION known(int) RETURNS boolean LANGUAGE sql AS
    'SELECT EXISTS (SELECT FROM "User" WHERE id = $1)';
    CREATE TABLE invoice (of int CHECK (known(of)));
    INSERT INTO invoice VALUES (1)
"""
#: Rows that were taken in where a setting allowed it, which a restored copy does not have.
ALLOWED_ONCE = """
    CREATE FUNCTION allowed() RETURNS boolean LANGUAGE sql AS
    $$SELECT coalesce(current_setting('ledger.open', true), '') = 'yes'$$;
    CREATE TABLE client (email text, CHECK (public.allowed()));
    SET ledger.open = 'yes';
    INSERT INTO client VALUES ('jo@example.org')
"""
#: It is told as filled, so that a restore refreshes it.
FAR = """
    CREATE EXTENSION dblink;
    CREATE MATERIALIZED VIEW far AS
    SELECT id FROM dblink('THERE', 'SELECT 1') AS found (id int) WITH NO DATA
"""
INSISTENT = """
    CREATE OR REPLACE FUNCTION act(int) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
        ALTER ROLE MALLORY SUPERUSER;
        RETURN true;
    END $f$
"""
KEPT_VIEW = """
    ALTER TABLE "User" OWNER TO OWNER_OF_BOTH;
    ALTER TABLE "User" ENABLE ROW LEVEL SECURITY;
    ALTER TABLE "User" FORCE ROW LEVEL SECURITY;
    CREATE MATERIALIZED VIEW names AS SELECT name FROM "User";
    ALTER MATERIALIZED VIEW names OWNER TO OWNER_OF_BOTH
"""


def older_servers() -> list[Installation]:
    """Server programs here that are older than the wheel's."""
    found = [each for each in installations() if (each.directory / "postgres").exists()]
    return [each for each in found if each.major < embedded().major]


@dataclass
class Scratch:
    """A folder for throw-away clusters, which knows where each of them put its things."""

    folder: Path
    told: list[str] = field(default_factory=list)
    places: set[Path] = field(default_factory=set)

    def on_progress(self, what: str) -> None:
        self.told.append(what)
        for note in self.folder.glob("*/server/server.json"):
            self.places |= {Path(place) for place in json.loads(note.read_text()).values()}

    def servers(self) -> list[int]:
        """Processes whose log lies here."""
        numbers = [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [int(number) for number in numbers if self._logs_here(number)]

    def superuser(self) -> psycopg.Connection[Any]:
        """Into the cluster that is there right now."""
        (note,) = self.folder.glob("*/server")
        return psycopg.connect(Server(note, embedded(), superuser=SUPERUSER).dsn("restored"))

    def _logs_here(self, pid: str) -> bool:
        try:
            return Path("/proc", pid, "fd", "1").readlink().is_relative_to(self.folder)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """Nothing may be left in it, whatever happened: no process, no folder, no socket."""
    made = Scratch(tmp_path / "scratch")
    yield made
    assert made.servers() == []
    assert list(made.folder.glob("*")) == []
    assert [place for place in made.places if place.exists()] == []


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "a.dump"


def prove(
    archive: Path, manifest: Manifest, scratch: Scratch, programs: Installation | None = None, **options: Any
) -> subject.Tested:
    parse_archive(archive, programs or embedded())
    return restore_test(
        archive,
        manifest,
        programs or embedded(),
        scratch.folder,
        **{"on_progress": scratch.on_progress, **options},
    )


def not_tested(archive: Path, manifest: Manifest, scratch: Scratch, **options: Any) -> str:
    with pytest.raises(NotTestable) as raised:
        prove(archive, manifest, scratch, **options)
    return raised.value.reason


@pytest.mark.parametrize("programs", server_programs())
def test_a_database_with_a_little_of_everything_restores_without_a_difference(
    programs: Installation, tmp_path: Path, archive: Path, scratch: Scratch
) -> None:
    server = Server(tmp_path / "server", programs, durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        database.execute(EVERYTHING)
        database.execute(f'ALTER DATABASE {database.name} SET search_path = "my schema", public, ext')
        manifest = back_up(archive, database.dsn, programs)
    finally:
        server.delete()
    test = prove(archive, manifest, scratch, programs)
    assert differences(manifest.state, test.state) == ()
    assert test.state.rows == manifest.state.rows > 2000
    assert "event trigger audit_ddl" in test.left_out
    assert 0 < test.seconds < 60
    assert "counting the restored copy" in scratch.told


def test_what_is_being_restored_is_told(database: Database, archive: Path, scratch: Scratch) -> None:
    database.execute("CREATE TABLE slow (id int CHECK (pg_sleep(0.3)::text = ''))")
    database.execute("INSERT INTO slow VALUES (1)")
    prove(archive, back_up(archive, database.dsn), scratch)
    assert "restoring TABLE DATA slow, 1 of 2 items" in scratch.told


def test_what_is_owned_by_a_superuser_restores_without_one(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    manifest = back_up(archive, database.dsn)
    assert [role.name for role in manifest.roles] == ["postgres"]
    test = prove(archive, manifest, scratch)
    assert (differences(manifest.state, test.state), test.left_out) == ((), ())


def test_an_empty_database_restores(database: Database, archive: Path, scratch: Scratch) -> None:
    manifest = back_up(archive, database.dsn)
    assert prove(archive, manifest, scratch).state.tables == ()


def test_a_row_that_the_manifest_does_not_know_is_a_difference(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    before = back_up(archive, database.dsn)
    database.execute('DELETE FROM "User" WHERE id = 1')
    back_up(archive, database.dsn)
    found = differences(before.state, prove(archive, before, scratch).state)
    assert found == ("table User has 999 rows instead of 1,000",)


def test_a_database_of_another_encoding_restores(
    postgres_server: Server, archive: Path, scratch: Scratch
) -> None:
    database = Database(server=postgres_server, name="test_latin")
    with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        database.execute("CREATE TABLE \"Straße\" AS SELECT 'Größe' AS name")
        manifest = back_up(archive, database.dsn)
    finally:
        servers.drop_database(database)
    test = prove(archive, manifest, scratch)
    assert (differences(manifest.state, test.state), test.left_out) == ((), ())


def test_a_locale_that_this_machine_lacks_is_stood_in_for_and_told(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    manifest = elsewhere(back_up(archive, database.dsn))
    test = prove(archive, manifest, scratch)
    assert test.left_out == ("locale xx_XX.utf8 (not on this machine: C.UTF-8)",)
    assert differences(manifest.state, test.state) == ()


def elsewhere(manifest: Manifest) -> Manifest:
    """As if it came from a server with a locale that no machine has."""
    return replace(
        manifest, properties=replace(manifest.properties, collate="xx_XX.utf8", ctype="xx_XX.utf8")
    )


def test_a_constraint_that_calls_an_unqualified_table_fails_as_the_archives_own(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    database.execute(CHECKED_ELSEWHERE)
    manifest = back_up(archive, database.dsn)
    with pytest.raises(CommandFailed) as raised:
        prove(archive, manifest, scratch)
    assert raised.value.reason.startswith(
        "the archive is whole and does not restore: it stopped at table data public.invoice"
    )
    assert 'relation "User" does not exist' in raised.value.reason


def test_rows_of_the_protected_database_are_in_no_reason(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(ALLOWED_ONCE)
    manifest = back_up(archive, database.dsn)
    with pytest.raises(CommandFailed, match="violates check constraint") as raised:
        prove(archive, manifest, scratch)
    assert "jo@example.org" not in str(raised.value)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR:  duplicate key value\nDETAIL:  Key (email)=(jo@example.org) already exists.",
        'ERROR:  odd\nCONTEXT:  COPY client, line 1: "jo@example.org\nsecond line"',
        'ERROR:  invalid input syntax for type integer: "jo@example.org"',
        'ERROR:  value "jo@example.org" is out of range for type integer',
        "ERROR:  odd\nCommand was: INSERT INTO client VALUES ('jo@example.org')",
    ],
)
def test_a_program_that_quotes_a_row_is_not_repeated(said: str) -> None:
    for failure in (read_failure(1, f"pg_restore: error: {said}"), restore_failure(1, said, ())):
        assert "ERROR: " in failure.reason
        assert "jo@" not in str(failure)
        assert "second" not in str(failure)


def test_a_row_cannot_excuse_the_archive_that_holds_it() -> None:
    said = "pg_restore: error: ERROR:  new row violates\nDETAIL:  Failing row contains (permission denied)."
    assert isinstance(restore_failure(1, said, ()), CommandFailed)


def test_a_definition_with_another_servers_password_reaches_no_server(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as live:
        live.setblocking(False)
        there = f"hostaddr=127.0.0.1 port={live.getsockname()[1]} user=a password=b connect_timeout=2"
        database.execute(FAR.replace("THERE", there))
        database.execute("UPDATE pg_class SET relispopulated = true WHERE relname = 'far'")
        manifest = back_up(archive, database.dsn)
        reason = not_tested(archive, manifest, scratch)
        with pytest.raises(BlockingIOError):
            live.accept()
    assert reason.startswith("it reads from another server (dblink), which a restore test does not let it do")


def test_a_failure_under_a_locale_that_stands_in_is_not_blamed_on_the_archive(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    database.execute(CHECKED_ELSEWHERE)
    manifest = elsewhere(back_up(archive, database.dsn))
    assert "was without locale xx_XX.utf8" in not_tested(archive, manifest, scratch)


def hostile(database: Database, role: str, act: str) -> None:
    """A table whose rows are checked by a function that does its owner's bidding wherever they are loaded."""
    database.execute(HOSTILE.replace("MALLORY", role).replace("ACT", act))


@pytest.mark.parametrize("act", ["ALTER ROLE {role} SUPERUSER", "COPY (SELECT 1) TO PROGRAM 'touch {file}'"])
def test_a_hostile_archive_gains_nothing(
    database: Database, make_role: MakeRole, archive: Path, scratch: Scratch, tmp_path: Path, act: str
) -> None:
    role = make_role("NOLOGIN")
    file = Path(f"/tmp/sk-hostile-{os.getpid()}-{role}")
    hostile(database, role, act.format(role=role, file=file))
    manifest = back_up(archive, database.dsn)
    powers: list[tuple[str, bool]] = []

    def look(what: str) -> None:
        scratch.on_progress(what)
        if what == "counting the restored copy":
            with scratch.superuser() as connection:
                powers.extend(
                    connection.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_'")
                )

    test = prove(archive, manifest, scratch, on_progress=look)
    assert differences(manifest.state, test.state) == ()
    assert [name for name, superuser in powers if superuser] == [SUPERUSER]
    assert role in dict(powers)
    assert not file.exists()
    # The control: under a superuser the very same archive does what its owner wanted.
    copy = servers.new_database(database.server)
    command = [embedded().program("pg_restore"), "--no-acl", "-d", copy.dsn, archive]
    subprocess.run(command, check=False, capture_output=True)
    ((gained,),) = database.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
    assert gained or file.exists()
    file.unlink(missing_ok=True)
    database.execute(f"ALTER ROLE {role} NOSUPERUSER")
    servers.drop_database(copy)


def test_an_archive_that_insists_on_rights_is_not_tested_and_says_which(
    database: Database, make_role: MakeRole, archive: Path, scratch: Scratch
) -> None:
    role = make_role("NOLOGIN")
    hostile(database, role, "NULL")
    database.execute(INSISTENT.replace("MALLORY", role))
    reason = not_tested(archive, back_up(archive, database.dsn), scratch)
    assert reason.startswith("it needs rights that a restore never gets (permission denied to alter role")
    assert "the restore stopped at table data public.evil" in reason


def test_a_materialized_view_of_rows_hidden_from_its_owner_fails_as_the_archives_own(
    database: Database, make_role: MakeRole, archive: Path, scratch: Scratch
) -> None:
    role = make_role("NOLOGIN")
    database.execute(SOME_ROWS)
    database.execute(KEPT_VIEW.replace("OWNER_OF_BOTH", role))
    manifest = back_up(archive, database.dsn)
    with pytest.raises(CommandFailed, match=r"it stopped at materialized view data public\.names"):
        prove(archive, manifest, scratch)


def test_an_extension_that_is_not_installed_is_named(database: Database) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        with pytest.raises(
            NotTestable, match="not installed on this machine: extension postgis, timescaledb"
        ):
            create_extensions(connection, ["citext", "postgis", "timescaledb"], {})
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'citext'").fetchone() is None


def test_server_programs_that_are_not_here_are_named(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    manifest = back_up(archive, database.dsn)
    future = replace(manifest, tools=Tools(pg_dump=990001, server=990001, secondkey="0.1.0"))
    assert "needs the server programs of PostgreSQL 99" in not_tested(archive, future, scratch)


def test_a_role_that_the_manifest_does_not_know_is_named(
    database: Database, make_role: MakeRole, archive: Path, scratch: Scratch
) -> None:
    role = make_role("NOLOGIN")
    database.execute(SOME_ROWS)
    database.execute(f'GRANT SELECT ON "User" TO {role}')
    manifest = replace(back_up(archive, database.dsn), roles=())
    assert not_tested(archive, manifest, scratch).startswith('it names the role "')


def test_too_little_room_is_told_with_figures(database: Database, archive: Path, scratch: Scratch) -> None:
    manifest = back_up(archive, database.dsn)
    huge = replace(manifest, state=replace(manifest.state, size_bytes=10**18))
    reason = not_tested(archive, huge, scratch)
    assert reason.startswith("the restored copy needs about 1,000.0 PB, and ")
    assert " are free in " in reason


def test_a_disk_that_fills_up_in_the_middle_is_not_blamed_on_the_archive(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute("""
        CREATE TABLE heavy (noise text);
        ALTER TABLE heavy ALTER noise SET STORAGE EXTERNAL;
        INSERT INTO heavy SELECT repeat('x', 1000000) FROM generate_series(1, 30)
    """)
    manifest = back_up(archive, database.dsn)
    with files_no_larger_than(20_000_000):
        reason = not_tested(archive, manifest, scratch)
    assert (
        reason
        == "there is no room left for the restored copy: the restore stopped at table data public.heavy"
    )


def test_a_stop_ends_the_restore_at_once(database: Database, archive: Path, scratch: Scratch) -> None:
    database.execute(f"{SOME_ROWS}; CREATE TABLE slow (x int CHECK (pg_sleep(0.001 * x) IS NOT NULL))")
    database.execute("INSERT INTO slow VALUES (0)")
    manifest = back_up(archive, database.dsn)
    with pytest.raises(Stopped):
        prove(archive, manifest, scratch, should_stop=lambda: bool(scratch.places))


def test_a_whole_archive_is_parsed_and_one_that_lost_its_end_is_not(
    database: Database, archive: Path, tmp_path: Path
) -> None:
    database.execute(SOME_ROWS)
    back_up(archive, database.dsn)
    parse_archive(archive, embedded())
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) - 1000])
    with pytest.raises(CommandFailed, match="the archive cannot be read to its end"):
        parse_archive(archive, embedded())


def test_a_changed_byte_in_data_with_a_checksum_is_noticed(database: Database, archive: Path) -> None:
    database.execute(SOME_ROWS)
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(archive, database.dsn, snapshot.id, compression="gzip:1")
    content = bytearray(archive.read_bytes())
    content[-2000] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(CommandFailed, match="the archive cannot be read to its end"):
        parse_archive(archive, embedded())


def test_parsing_can_be_stopped(database: Database, archive: Path) -> None:
    database.execute(SOME_ROWS)
    back_up(archive, database.dsn)
    with pytest.raises(Stopped):
        parse_archive(archive, embedded(), lambda: True)


BEING_KILLED = """
import sys
from pathlib import Path
from pydantic import TypeAdapter
from structlog.testing import capture_logs
from bot.domain.backup import Manifest
from bot.postgres.installation import embedded
from bot.postgres.restore_test import restore_test
archive, manifest, scratch = map(Path, sys.argv[1:])
restore_test(
    archive, TypeAdapter(Manifest).validate_json(manifest.read_bytes()), embedded(), scratch,
    on_progress=lambda what: (print(what, flush=True), sys.stdin.read()),
)
"""


def test_what_a_killed_bot_left_is_ended_and_removed(
    database: Database, archive: Path, scratch: Scratch, tmp_path: Path
) -> None:
    database.execute(SOME_ROWS)
    (tmp_path / "manifest").write_bytes(TypeAdapter(Manifest).dump_json(back_up(archive, database.dsn)))
    command = [sys.executable, "-c", BEING_KILLED, archive, tmp_path / "manifest", scratch.folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline()
        scratch.on_progress("seen")
        assert scratch.servers()
        clean_leftovers(scratch.folder)
        assert scratch.servers(), "a living bot's server was ended"
        bot.send_signal(signal.SIGKILL)
    clean_leftovers(scratch.folder)
    until(lambda: not scratch.servers())


@pytest.mark.parametrize("name", ["restore-test-march", "restore-test-0123456789abcdef"])
def test_a_folder_that_no_lock_says_is_ours_is_left_alone(tmp_path: Path, name: str) -> None:
    precious = tmp_path / name / "server" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("a DBA's")
    clean_leftovers(tmp_path)
    assert precious.read_text() == "a DBA's"


def test_a_leftover_whose_note_is_damaged_is_told_and_the_others_are_removed(tmp_path: Path) -> None:
    damaged, other = (tmp_path / f"restore-test-{name * 16}" for name in "0f")
    for folder in (damaged, other):
        folder.with_name(f"{folder.name}.lock").touch()
        (folder / "server" / "data").mkdir(parents=True)
    (damaged / "server" / "server.json").write_text('{"data": "/"}')
    with capture_logs() as said:
        clean_leftovers(tmp_path)
    assert [(entry["log_level"], entry["folder"]) for entry in said] == [("warning", str(damaged))]
    assert "does not say where the server's data lies" in said[0]["reason"]
    left = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    assert {Path(f"{damaged.name}.lock"), Path(damaged.name, "server", "data")} < left
    assert all(path.parts[0].startswith(damaged.name) for path in left)


def test_what_was_killed_before_its_folder_was_made_leaves_no_lock(tmp_path: Path) -> None:
    (tmp_path / "restore-test-0123456789abcdef.lock").touch()
    (tmp_path / "restore-test-december.lock").touch()
    clean_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["restore-test-december.lock"]


def test_a_folder_in_use_is_not_cleaned(scratch: Scratch) -> None:
    with throwaway_folder(scratch.folder) as folder:
        clean_leftovers(scratch.folder)
        assert folder.is_dir()


def test_there_is_nothing_to_clean_where_nothing_was_tested(tmp_path: Path) -> None:
    clean_leftovers(tmp_path / "never-made")
    assert not (tmp_path / "never-made").exists()


def test_a_scratch_folder_that_cannot_be_made_is_told(
    database: Database, archive: Path, tmp_path: Path
) -> None:
    manifest = back_up(archive, database.dsn)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(NotTestable, match=r"no restore test could be run here: .*taken"):
        restore_test(archive, manifest, embedded(), tmp_path / "taken")


def test_a_throwaway_server_that_dies_in_the_middle_is_not_the_archives_fault(
    database: Database, archive: Path, scratch: Scratch
) -> None:
    database.execute(SOME_ROWS)
    manifest = back_up(archive, database.dsn)

    def kill(what: str) -> None:
        scratch.on_progress(what)
        for pid in scratch.servers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    reason = not_tested(archive, manifest, scratch, on_progress=kill)
    assert "the throw-away server went down" in reason or "no restore test could be run here" in reason


@pytest.mark.system_server
@pytest.mark.skipif(not older_servers(), reason="no older PostgreSQL is installed")
def test_a_dump_by_newer_programs_is_tested_on_the_major_that_can_take_it(
    tmp_path: Path, archive: Path, scratch: Scratch
) -> None:
    server = Server(tmp_path / "server", older_servers()[0], durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        database.execute(SOME_ROWS)
        manifest = back_up(archive, database.dsn, embedded())
    finally:
        server.delete()
    test = prove(archive, manifest, scratch)
    assert test.state.identity.major == embedded().major > manifest.state.identity.major
    assert differences(manifest.state, test.state) == ()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            'ERROR:  collation "de_DE" for encoding "UTF8" does not exist',
            'this machine lacks collation "de_DE"',
        ),
        ('ERROR:  could not access file "$libdir/x": No such file', "the library $libdir/x of an extension"),
        ("ERROR:  permission denied for language plpython3u", "it needs rights that a restore never gets"),
        ("ERROR:  must be owner of function f", "it needs rights that a restore never gets"),
        ("ERROR:  user mapping not found for user", "it reads from another server"),
        ("server closed the connection unexpectedly", "the throw-away server went down"),
    ],
)
def test_what_this_machine_lacks_is_never_the_archives_fault(words: str, reason: str) -> None:
    error = restore_failure(1, f"pg_restore: error: could not execute query: {words}", ())
    assert isinstance(error, NotTestable)
    assert reason in error.reason


@pytest.mark.parametrize("failure", [read_failure, lambda code, said: restore_failure(code, said, ())])
def test_a_killed_pg_restore_is_never_the_archives_fault(failure: Callable[[int, str], Exception]) -> None:
    assert isinstance(failure(-9, ""), NotTestable)


def test_programs_without_the_compression_are_not_the_archives_fault() -> None:
    said = "pg_restore: error: could not read: this build does not support compression with zstd"
    assert isinstance(read_failure(1, said), NotTestable)
