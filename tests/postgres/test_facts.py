"""What a server says beside the data."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.domain.judging.server import SEGMENT
from bot.domain.observation import ServerFacts, Slot
from bot.postgres.connection import Unreachable, connect
from bot.postgres.facts import read_server_facts, replication_now
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from tests import servers
from tests.postgres.conftest import Replication
from tests.postgres.reading import MakeRole, reader, session
from tests.servers import Database

LONG = timedelta(hours=1)
AT_ONCE = timedelta(0)


def facts(
    dsn: str,
    *,
    one_login: bool = False,
    long_transaction: timedelta = LONG,
) -> ServerFacts:
    with connect(dsn, purpose="facts") as connection:
        return read_server_facts(connection, one_login=one_login, long_transaction=long_transaction)


def test_an_ordinary_login_is_told_from_a_superuser(database: Database, make_role: MakeRole) -> None:
    dsn = reader(database, make_role, "pg_monitor")
    assert not facts(dsn).superuser
    assert facts(dsn).unseen == ()
    assert facts(dsn).login == psycopg.conninfo.conninfo_to_dict(dsn)["user"]
    found = facts(database.dsn)
    assert found.sessions is not None
    assert dict(found.sessions.by_login)["postgres"] >= 1
    assert found.sessions.allowed > found.sessions.total
    assert replace(found, sessions=None, database_bytes=None) == ServerFacts(login="postgres", superuser=True)


def test_one_login_for_reading_and_restoring_is_handed_through(database: Database) -> None:
    assert facts(database.dsn, one_login=True).one_login


def test_transactions_beyond_the_limit_are_named_but_our_own(database: Database) -> None:
    ours = psycopg.conninfo.make_conninfo(database.dsn, application_name="secondkey/O-1")
    with session(database.dsn, "SELECT 1") as theirs, psycopg.connect(ours) as dump:
        dump.execute("SELECT 1")
        (found,) = facts(database.dsn, long_transaction=AT_ONCE).long_transactions
        assert facts(database.dsn).long_transactions == ()
        pid = theirs.info.backend_pid
    assert (found.pid, found.login, found.application) == (pid, "postgres", "migration")
    assert timedelta(0) < found.age < timedelta(minutes=5)


def test_a_large_object_that_may_not_be_read_is_known_before_a_backup_fails(
    database: Database, make_role: MakeRole
) -> None:
    owner = make_role("NOLOGIN")
    ((oid,),) = database.execute("SELECT lo_from_bytea(0, 'contract')")
    database.execute(f"ALTER LARGE OBJECT {oid} OWNER TO {owner}")
    dsn = reader(database, make_role, "pg_monitor", "pg_read_all_data")
    refused = facts(dsn).large_objects
    assert refused
    assert "may not read 1 of 1" in refused.reason
    assert f"GRANT {owner} TO " in refused.hint
    database.execute(refused.hint.split("`")[1])
    assert facts(dsn).large_objects is None
    assert facts(database.dsn).large_objects is None, "a superuser may read all"


def test_what_is_hidden_from_the_login_is_said_with_the_grant_that_shows_it(
    database: Database, make_role: MakeRole
) -> None:
    role = make_role()
    dsn = database.as_role(role)
    with session(database.dsn, "SELECT 1"):
        hidden = facts(dsn, long_transaction=AT_ONCE)
        (unseen,) = hidden.unseen
        assert (hidden.long_transactions, unseen.what) == ((), role)
        assert unseen.hint == f'`GRANT pg_read_all_stats TO "{role}"`'
        database.execute(unseen.hint.strip("`"))
        shown = facts(dsn, long_transaction=AT_ONCE)
    assert shown.unseen == ()
    assert [each.login for each in shown.long_transactions] == ["postgres"]


def test_what_the_server_refuses_is_unseen_and_costs_nothing_else(
    database: Database, make_role: MakeRole
) -> None:
    dsn = reader(database, make_role, "pg_read_all_stats")
    database.execute("REVOKE SELECT ON pg_stat_archiver, pg_stat_replication FROM PUBLIC")
    with session(database.dsn, "SELECT 1"):
        found = facts(dsn, long_transaction=AT_ONCE)
    assert {each.what: each.reason for each in found.unseen} == {
        "replicas": "the server does not tell: permission denied for view pg_stat_replication",
        "archive": "the server does not tell: permission denied for view pg_stat_archiver",
    }
    assert len(found.long_transactions) == 1


def test_a_standby_is_named_with_how_far_it_is_behind(replication: Replication) -> None:
    (replica,) = facts(replication.primary.dsn).replicas
    assert (replica.name, replica.state, replica.sync) == ("reserve", "streaming", "async")
    assert replica.lag is not None
    assert timedelta(0) < replica.lag < timedelta(minutes=5)
    until(lambda: facts(replication.primary.dsn).replicas[0].behind_bytes == 0)


def test_a_slot_that_nobody_reads_through_says_how_much_log_is_kept_for_it(replication: Replication) -> None:
    primary = replication.primary
    primary.execute("SELECT pg_create_physical_replication_slot('gone', immediately_reserve => true)")
    primary.execute("SELECT pg_create_physical_replication_slot('unused')")
    try:
        for _ in range(2):
            primary.execute("SELECT pg_logical_emit_message(false, 'test', 'more log')")
            primary.execute("SELECT pg_switch_wal()")
        kept, empty = facts(primary.dsn).slots
        assert (kept.name, kept.active) == ("gone", False)
        assert kept.kept_bytes is not None
        assert kept.kept_bytes > SEGMENT
        assert empty == Slot(name="unused", active=False)
        assert facts(replication.standby_dsn).slots == ()
    finally:
        primary.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


def test_a_replica_whose_figures_are_hidden_is_no_replica_in_time(replication: Replication) -> None:
    role = servers.make_role(replication.primary.server)
    found = facts(replication.primary.as_role(role))
    assert found.replicas == ()
    assert "how far replicas are behind" in found.unseen[0].reason


def test_a_standby_is_asked_too(replication: Replication) -> None:
    assert facts(replication.standby_dsn).superuser


def test_an_archive_that_fails_says_since_when(tmp_path: Path) -> None:
    # The command runs in the server's data folder.
    settings = {"archive_mode": "on", "archive_command": "test -e repaired"}
    server = Server(tmp_path / "server", embedded(), settings=settings, durable=False)
    server.start()
    try:
        database = servers.new_database(server)
        database.execute("SELECT pg_switch_wal()")
        until(lambda: facts(database.dsn).archive_failing)
        failing = facts(database.dsn).archive_failing
        (server.data / "repaired").touch()
        database.execute("CREATE TABLE more_to_archive (id int)")
        database.execute("SELECT pg_switch_wal()")
        until(lambda: not facts(database.dsn).archive_failing)
        assert failing.startswith("000000010000000000000001 could not be archived at 20")
    finally:
        server.delete()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline


def test_a_session_that_is_cut_is_told_in_words(database: Database) -> None:
    with connect(database.dsn, purpose="facts") as connection:
        database.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        with pytest.raises(Unreachable) as told:
            read_server_facts(connection, one_login=False, long_transaction=LONG)
    assert "the connection was cut in the middle" in told.value.reason


def test_replication_is_asked_alone_within_a_limit(replication: Replication) -> None:
    found = replication_now(replication.primary.dsn, 2.0)
    assert [each.state for each in found.replicas] == ["streaming"]
    assert (found.sessions, found.database_bytes) == (None, None)
