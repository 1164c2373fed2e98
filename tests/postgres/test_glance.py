"""One look over a kept session: what it sees, and what it does where a table or a server does not answer."""

import os
import signal
from collections.abc import Callable, Iterator

import psycopg
import pytest

from bot.domain.state import TableName
from bot.domain.watching.glance import Glance
from bot.domain.watching.suspicion import failed_over
from bot.postgres import glance
from bot.postgres.connection import Unreachable
from bot.postgres.glance import Asked, Eye
from tests.postgres.conftest import Replication
from tests.servers import Database
from tests.waiting import until

TABLES = """
CREATE TABLE full_one AS SELECT 1 AS id;
CREATE TABLE empty_one (id int);
CREATE TABLE history AS SELECT '1_init' AS name;
CREATE TEMP TABLE passing (id int);
"""
FULL, EMPTY, HISTORY = (TableName("public", name) for name in ("full_one", "empty_one", "history"))
ASKED = Asked(tables=(FULL, EMPTY), history=HISTORY)


@pytest.fixture
def eye(database: Database) -> Iterator[Eye]:
    database.execute(TABLES)
    made = Eye(database.dsn, "postgres")
    yield made
    made.close()


def sessions(database: Database) -> list[int]:
    """The processes of the watch in this database."""
    find = "SELECT pid FROM pg_stat_activity WHERE application_name = 'secondkey/watch' AND datname = %s"
    return [pid for (pid,) in database.execute(find, [database.name])]


def test_it_sees_files_emptiness_and_history_and_keeps_its_session(database: Database, eye: Eye) -> None:
    before = eye.look(ASKED)
    assert set(before.files) == {FULL, EMPTY, HISTORY}
    assert (before.empty, before.silent) == ({EMPTY}, frozenset())
    (session,) = sessions(database)
    database.execute(
        "INSERT INTO empty_one VALUES (1); TRUNCATE full_one; INSERT INTO history VALUES ('2_more')"
    )
    after = eye.look(ASKED)
    assert after.empty == {FULL}
    assert before.files[FULL].oid == after.files[FULL].oid
    assert before.files[FULL].filenode != after.files[FULL].filenode
    assert before.history != after.history
    assert sessions(database) == [session]


def test_it_writes_nothing_and_all_counters_have_their_turn(database: Database, eye: Eye) -> None:
    database.execute("DELETE FROM full_one")
    seen: dict[TableName, int] = {}
    for _ in range(glance.TURNS):
        seen |= eye.look(ASKED).deleted
    assert seen == {FULL: 1, EMPTY: 0, HISTORY: 0}
    assert eye._session is not None
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        eye._session.connection.execute("DELETE FROM public.history")


def test_a_locked_table_says_nothing_and_the_others_do(database: Database, eye: Eye) -> None:
    with psycopg.connect(database.dsn) as migration:
        migration.execute("LOCK full_one, history IN ACCESS EXCLUSIVE MODE")
        for _ in range(2):
            seen = eye.look(ASKED)
            assert (seen.empty, seen.silent, seen.history) == ({EMPTY}, frozenset(), None)
        migration.execute("DELETE FROM full_one")
    assert eye.look(ASKED).empty == {FULL, EMPTY}


def test_what_may_not_be_read_is_silent(database: Database, eye: Eye, make_role: Callable[..., str]) -> None:
    role = make_role()
    database.execute(f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {role}")
    stranger = Eye(database.as_role(role), "postgres")
    assert stranger.look(ASKED).silent == {FULL, EMPTY}
    stranger.close()


def test_a_session_that_whoever_restores_could_not_end_is_not_kept(database: Database, eye: Eye) -> None:
    passing = Eye(database.dsn, "postgres", restored_by_another=True)
    assert passing.look(ASKED).empty == {EMPTY}
    until(lambda: sessions(database) == [])


def test_a_session_that_is_cut_is_opened_again_at_once(database: Database, eye: Eye) -> None:
    eye.look(ASKED)
    database.execute("SELECT pg_terminate_backend(%s)", sessions(database))
    assert eye.look(ASKED).empty == {EMPTY}


def test_a_server_that_falls_silent_does_not_keep_it_for_ever(
    database: Database, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glance, "PATIENCE", 0.5)
    eye.look(ASKED)
    assert eye._session is not None
    backend = eye._session.connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)
    try:
        assert eye.look(ASKED).empty == {EMPTY}
    finally:
        os.kill(backend, signal.SIGCONT)


def test_a_database_that_is_not_there_is_said_to_be_absent(database: Database) -> None:
    missing = Eye(database.dsn.replace(database.name, "nowhere"), "postgres")
    with pytest.raises(Unreachable, match="has no database"):
        missing.look(ASKED)


def test_a_standby_is_the_same_database_on_another_server(replication: Replication) -> None:
    asked = Asked(tables=(TableName("public", "ledger"),), history=None)
    seen: list[Glance] = []
    for dsn in (replication.primary.dsn, replication.standby_dsn):
        eye = Eye(dsn, "postgres")
        seen.append(eye.look(asked))
        eye.close()
    primary, standby = seen
    assert failed_over(primary, standby)
    assert (primary.files, primary.empty) == (standby.files, standby.empty)
    assert standby.identity.standby
    assert not primary.identity.standby


def test_the_databases_size_is_looked_at_now_and_then_and_known_in_between(
    database: Database, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = eye.look(ASKED).size
    assert first is not None
    database.execute("CREATE TABLE more AS SELECT repeat('x', 1000) FROM generate_series(1, 2000) n")
    assert eye.look(ASKED).size == first
    monkeypatch.setattr(glance, "SIZED", 0.0)
    assert (eye.look(ASKED).size or 0) > first + 1_000_000
