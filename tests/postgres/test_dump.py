"""pg_dump on a real server: what comes out, how it is stopped, and every way in which it fails in words."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.domain.omission import Omission, Part
from bot.domain.state import TableName
from bot.errors import CommandFailed, Refused
from bot.postgres import dump
from bot.postgres.archive_list import read_entries
from bot.postgres.client import access
from bot.postgres.dump import Progress
from bot.postgres.dump_failures import STATE, Obstructed, failure
from bot.postgres.installation import Installation, embedded, installations
from bot.postgres.salvage import Obstacle
from bot.postgres.state import open_snapshot
from bot.programs import Stopped
from tests.postgres.archives import dump_to, stream
from tests.postgres.reading import MakeRole, reader, session
from tests.servers import Database
from tests.waiting import until

SOME_ROWS = """
    CREATE TABLE "User" (id int PRIMARY KEY, name text);
    INSERT INTO "User" SELECT n, 'user ' || n FROM generate_series(1, 1000) n
"""
#: Does not compress, so that pg_dump is at it for a while.
MANY_BYTES = """
    CREATE TABLE heavy AS
    SELECT n, (SELECT string_agg(md5(random()::text || n || m), '') FROM generate_series(1, 300) m) AS noise
    FROM generate_series(1, 1000) n
"""

#: Enough for progress to be told in the middle.
MORE_BYTES = MANY_BYTES.replace("1000", "4000")


def listing(archive: Path) -> str:
    command = [embedded().program("pg_restore"), "-l", archive]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def failed(database: Database, dsn: str | None = None, **options: object) -> CommandFailed:
    """How a dump of the database fails."""
    with open_snapshot(database.dsn, purpose="test") as snapshot, pytest.raises(CommandFailed) as raised:
        stream(lambda _: None, dsn or database.dsn, snapshot.id, **options)
    assert raised.value.reason.endswith(STATE)
    assert raised.value.hint
    return raised.value


def sessions(database: Database, name: str) -> list[int]:
    rows = database.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name])
    return [pid for (pid,) in rows]


def with_password(database: Database, role: str, password: str) -> str:
    """Over the port, where the server asks for it."""
    database.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
    return make_conninfo(
        host="127.0.0.1", port=str(database.server.port), user=role, dbname=database.name, password=password
    )


@contextmanager
def dumping(database: Database, *, stop: Callable[[], bool] = lambda: False) -> Iterator[list[BaseException]]:
    """A dump in the background; what it raised is there when the block is left."""
    ended: list[BaseException] = []

    def run() -> None:
        try:
            with open_snapshot(database.dsn, purpose="test") as snapshot:
                stream(
                    lambda _: None,
                    database.dsn,
                    snapshot.id,
                    should_stop=stop,
                    lock_wait=timedelta(seconds=60),
                )
        except (CommandFailed, Stopped) as error:
            ended.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        thread.join()


def test_the_archive_holds_what_the_snapshot_saw(database: Database, tmp_path: Path) -> None:
    database.execute(SOME_ROWS)
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        database.execute('DELETE FROM "User" WHERE id > 10')
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id)
    command = [embedded().program("pg_restore"), "--file=-", "--data-only", tmp_path / "a.dump"]
    restored = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert restored.count("\tuser ") == 1000


def test_the_bots_own_marker_is_in_the_archive(database: Database, tmp_path: Path) -> None:
    database.execute("CREATE SCHEMA secondkey CREATE TABLE marker (id text)")
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id)
    assert "TABLE DATA secondkey marker" in listing(tmp_path / "a.dump")


def test_progress_names_the_table_and_only_grows(database: Database) -> None:
    database.execute(MORE_BYTES)
    told: list[Progress] = []
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        stream(lambda _: None, database.dsn, snapshot.id, on_progress=told.append)
    assert "public.heavy" in {at.table for at in told}
    assert [at.bytes for at in told] == sorted(at.bytes for at in told)


def test_zstd_is_chosen_where_the_servers_own_major_has_it() -> None:
    assert dump.choose_compression(embedded(), 17) == "zstd"
    assert dump.choose_compression(embedded(), 15) == "gzip:1"


@pytest.mark.parametrize("compression", ["zstd", "gzip:1"])
def test_the_archive_is_compressed_as_chosen(database: Database, tmp_path: Path, compression: str) -> None:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id, compression=compression)
    assert f"Compression: {compression.partition(':')[0]}\n" in listing(tmp_path / "a.dump")


def test_the_password_is_in_no_argument(database: Database, make_role: MakeRole) -> None:
    database.execute(MORE_BYTES)
    role = make_role("LOGIN IN ROLE pg_read_all_data")
    dsn = with_password(database, role, "hunter2-very-secret")
    seen: list[str] = []

    def look(_: Progress) -> None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if "pg_dump" in words and role in words:
                seen.append(words)

    with open_snapshot(database.dsn, purpose="test") as snapshot:
        stream(lambda _: None, dsn, snapshot.id, on_progress=look)
    assert seen
    assert not any("hunter2" in words for words in seen)


def test_every_other_option_of_the_connection_string_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/roots.pem")
    dsn = "postgresql://bot:p%40ss@a,b:5433/ledger?target_session_attrs=read-write&passfile=/etc/pass"
    door = access(dsn, "B-1/abc")
    options = conninfo_to_dict(door.conninfo)
    assert "password" not in options
    assert (options["host"], options["target_session_attrs"], options["passfile"]) == (
        "a,b",
        "read-write",
        "/etc/pass",
    )
    assert options["application_name"] == "secondkey/B-1/abc"
    assert door.environment["PGPASSWORD"] == "p@ss"
    assert door.environment["PGSSLROOTCERT"] == "/etc/roots.pem"
    assert door.login == "bot"


@pytest.mark.parametrize(
    "secret", ["sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"]
)
def test_a_secret_that_only_an_argument_could_carry_is_refused(secret: str) -> None:
    with pytest.raises(Refused, match=f"{secret}, .*every user of this machine can read") as raised:
        access(f"host=db {secret}=hunter2", "test")
    assert "hunter2" not in str(raised.value)
    assert raised.value.hint


def test_a_stop_ends_the_dump_at_once_and_its_session_with_it(database: Database) -> None:
    database.execute(MANY_BYTES)
    with (
        open_snapshot(database.dsn, purpose="test") as snapshot,
        pytest.raises(Stopped, match="nothing of it is kept"),
    ):
        stream(lambda _: None, database.dsn, snapshot.id, should_stop=lambda: True)
    until(lambda: not sessions(database, "secondkey/test/dump"))


def test_a_stop_ends_a_dump_that_waits_for_a_lock(database: Database) -> None:
    database.execute(SOME_ROWS)
    stop: list[bool] = []
    with session(database.dsn, 'LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE'):
        with dumping(database, stop=lambda: bool(stop)) as ended:
            until(lambda: sessions(database, "secondkey/test/dump"))
            stop.append(True)
        assert isinstance(ended[0], Stopped)


def test_a_full_disk_ends_pg_dump_and_is_told_as_it_is(database: Database) -> None:
    database.execute(MANY_BYTES)

    def full(_: object) -> None:
        raise CommandFailed("no room to write the archive")

    with (
        open_snapshot(database.dsn, purpose="test") as snapshot,
        pytest.raises(CommandFailed, match=r"^no room"),
    ):
        stream(full, database.dsn, snapshot.id)
    until(lambda: not sessions(database, "secondkey/test/dump"))


def test_a_table_that_may_not_be_read_is_named_with_the_grant(
    database: Database, make_role: MakeRole
) -> None:
    database.execute(SOME_ROWS)
    error = failed(database, reader(database, make_role))
    assert error.reason.startswith("role_")
    assert "may not read table User" in error.reason
    assert error.hint.startswith("GRANT pg_read_all_data TO role_")


def test_a_large_object_that_may_not_be_read_is_named(database: Database, make_role: MakeRole) -> None:
    ((oid,),) = database.execute("SELECT lo_from_bytea(0, 'contract')")
    error = failed(database, reader(database, make_role, "pg_read_all_data"))
    assert f"may not read large object {oid}" in error.reason
    assert f"WHERE oid = {oid}, then GRANT that role" in error.hint


def test_rows_hidden_by_row_level_security_fail_the_dump(database: Database, make_role: MakeRole) -> None:
    database.execute(SOME_ROWS)
    database.execute('ALTER TABLE "User" ENABLE ROW LEVEL SECURITY')
    error = failed(database, reader(database, make_role, "pg_read_all_data"))
    assert 'row-level security hides rows of "User" from role_' in error.reason
    assert "BYPASSRLS" in error.hint


def test_who_holds_a_lock_is_named(database: Database) -> None:
    database.execute(SOME_ROWS)
    with session(database.dsn, 'LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE') as migration:
        error = failed(database, lock_wait=timedelta(seconds=2.5))
        pid = migration.info.backend_pid
    assert (
        f'the lock of "User" did not come free in time: process {pid} ("migration", as postgres, for '
        in error.reason
    )
    assert f"pg_terminate_backend({pid})" in error.hint


def test_a_wait_that_pg_dump_itself_does_not_limit_ends_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "BEYOND", 0.2)
    monkeypatch.setattr(dump, "BLOCKED", 0.2)
    database.execute("CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n")
    told: list[Progress] = []
    with session(database.dsn, "REFRESH MATERIALIZED VIEW totals") as refresh:
        error = failed(database, lock_wait=timedelta(seconds=0.5), on_progress=told.append)
        pid = refresh.info.backend_pid
    assert f"the lock of totals did not come free in time: process {pid}" in error.reason
    assert isinstance(error, Obstructed)
    ((oid,),) = database.execute("SELECT 'totals'::regclass::oid::bigint")
    assert error.obstacle == Obstacle(part=Part.WHOLE, oid=oid)
    assert {at.blocker.pid for at in told if at.blocker} == {pid}


def test_a_lock_whose_holder_is_not_known_is_told() -> None:
    error = failure(1, "pg_dump: error: ERROR:  canceling statement due to lock timeout", login="bot")
    assert error.reason.startswith("a lock did not come free in time")


def test_a_connection_cut_in_the_middle_is_told(database: Database) -> None:
    database.execute(MANY_BYTES)

    def cut(_: object) -> None:
        for pid in sessions(database, "secondkey/test/dump"):
            database.execute("SELECT pg_terminate_backend(%s)", [pid])

    with open_snapshot(database.dsn, purpose="test") as snapshot, pytest.raises(CommandFailed) as raised:
        stream(cut, database.dsn, snapshot.id)
    assert raised.value.reason == f"the connection was cut in the middle of the dump; {STATE}"


def test_no_free_connection_slot_is_told(database: Database, make_role: MakeRole) -> None:
    database.execute(SOME_ROWS)
    dsn = reader(database, make_role, "pg_read_all_data")
    database.execute(f"ALTER ROLE {conninfo_to_dict(dsn)['user']} CONNECTION LIMIT 0")
    assert "the server has no free connection slot" in failed(database, dsn).reason


def test_a_wrong_password_is_told_and_never_shown(database: Database, make_role: MakeRole) -> None:
    dsn = with_password(database, make_role("LOGIN"), "right")
    error = failed(database, make_conninfo(dsn, password="wrong-hunter2"))
    assert "the server refused the login or its password" in error.reason
    assert "hunter2" not in str(error)


def test_a_snapshot_that_is_gone_is_told(database: Database) -> None:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        gone = snapshot.id
    with pytest.raises(CommandFailed, match="the session that counted the rows has ended"):
        stream(lambda _: None, database.dsn, gone)


def test_a_killed_pg_dump_is_told(database: Database) -> None:
    database.execute(MANY_BYTES)

    def kill(_: object) -> None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace").split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if words[0].endswith("pg_dump") and any(f"dbname={database.name} " in word for word in words):
                os.kill(int(entry.parent.name), 9)

    with (
        open_snapshot(database.dsn, purpose="test") as snapshot,
        pytest.raises(CommandFailed, match="was killed"),
    ):
        stream(kill, database.dsn, snapshot.id)


def test_a_damaged_table_is_told_as_the_databases_own_damage(database: Database) -> None:
    database.execute(SOME_ROWS)
    ((file,),) = database.execute("SELECT pg_relation_filepath('\"User\"')")
    database.execute("CHECKPOINT")
    page = database.server.data / file
    content = bytearray(page.read_bytes())
    content[0:24] = b"\xff" * 24
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute('VACUUM (FREEZE) "User"')
        connection.execute("CHECKPOINT")
    database.execute(f"ALTER DATABASE {database.name} SET zero_damaged_pages = off")
    page.write_bytes(content)
    drop_caches(database)
    error = failed(database)
    assert "the protected database itself is damaged: invalid page in block 0" in error.reason
    assert "keep the newest good backup safe" in error.hint


def drop_caches(database: Database) -> None:
    """Make the server read the table from its file again."""
    database.execute("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
    database.execute("SELECT pg_buffercache_evict(bufferid) FROM pg_buffercache WHERE relforknumber = 0")


def test_names_with_quotes_spaces_newlines_and_emoji_are_dumped(database: Database, tmp_path: Path) -> None:
    database.execute('CREATE TABLE "it\'s ""quoted"" 🗝️\n two" ("a b" int)')
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id)
    assert "🗝️" in listing(tmp_path / "a.dump")


#: Most of these have a meaning of their own in a pattern of pg_dump, outside quotes or in a regex.
STRANGE = ".\"*?|$\\^[(+ \n'A🗝"


@pytest.mark.parametrize(("part", "kind"), [(Part.WHOLE, "TABLE"), (Part.CONTENTS, "TABLE DATA")])
def test_strange_names_are_left_out_exactly(
    database: Database, tmp_path: Path, part: Part, kind: str
) -> None:
    names = [f"a{first}{second}" for first in STRANGE for second in STRANGE]
    statements = [sql.SQL("CREATE TABLE {} ()").format(sql.Identifier(name)) for name in names]
    database.execute(sql.SQL("; ").join(statements).as_string())
    omissions = [Omission(part=part, name=TableName("public", name), why="") for name in names[::2]]
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id, omissions=omissions)
    kept = [each.name for each in read_entries(tmp_path / "a.dump") if each.kind == kind]
    assert sorted(kept) == sorted(names[1::2])


def test_an_empty_database_is_dumped(database: Database, tmp_path: Path) -> None:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        dump_to(tmp_path / "a.dump", database.dsn, snapshot.id)
    assert "TOC Entries" in listing(tmp_path / "a.dump")


DAMAGED_ROW = """\
Dumping failed
pg_dump: detail: Error message from server: ERROR:  odd
CONTEXT:  jo@example.org
pg_dump: detail: Command was: COPY"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            "ERROR:  out of shared memory\nHINT:  You might need to increase max_locks",
            "no room for a lock on every",
        ),
        ("aborting because of server version mismatch", "pg_dump is older than the server"),
        ("something new\nand more", r"pg_dump failed \(something new\)"),
        (DAMAGED_ROW, r"pg_dump failed \(Dumping failed pg_dump: detail: .*ERROR: odd\)"),
        ("", r"pg_dump failed \(exit code 1\)"),
    ],
)
def test_other_failures_are_told_in_words(words: str, reason: str) -> None:
    error = failure(1, f"pg_dump: reading schemas\npg_dump: error: {words}", login="bot")
    assert error.reason.endswith(STATE)
    with pytest.raises(CommandFailed, match=reason):
        raise error


def test_a_name_that_looks_like_a_placeholder_is_only_a_name() -> None:
    error = failure(1, "pg_dump: error: ERROR:  permission denied for table {login} {0}", login="bot")
    assert error.reason == f"bot may not read table {{login}} {{0}}; {STATE}"


def older() -> list[Installation]:
    return [each for each in installations() if each.major < embedded().major]


@pytest.mark.system_server
@pytest.mark.skipif(not older(), reason="no other PostgreSQL is installed")
def test_a_pg_dump_older_than_the_server_is_told(database: Database) -> None:
    assert (
        "pg_dump is older than the server"
        in failed(database, programs=older()[0], compression="gzip:1").reason
    )
