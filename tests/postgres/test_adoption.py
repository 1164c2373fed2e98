"""The marker: written once, told from a copy, refused with what to run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bot.domain.state import Marker
from bot.errors import CommandFailed, Refused
from bot.postgres.adoption import write_marker
from bot.postgres.connection import Unreachable, connect
from bot.postgres.identity import read_identity
from tests.postgres.conftest import Replication
from tests.postgres.reading import MakeRole, read, reader, rows, session
from tests.servers import Database


def mark(dsn: str) -> Marker:
    with connect(dsn, purpose="test") as connection:
        expected = read_identity(connection)
    return write_marker(dsn, purpose="test", expected=expected)


def test_the_marker_says_which_database_this_is(database: Database) -> None:
    marker = mark(database.dsn)
    identity = read(database.dsn).identity
    assert identity.marker == marker
    assert (marker.system_identifier, marker.database_oid) == (
        identity.system_identifier,
        identity.database_oid,
    )


def test_the_marker_is_no_table_of_the_team(database: Database) -> None:
    mark(database.dsn)
    assert rows(read(database.dsn)) == {}


def test_nothing_is_written_into_another_database_than_the_one_that_was_read(
    new_database: Callable[[], Database],
) -> None:
    read_one, other = new_database(), new_database()
    with pytest.raises(Refused, match="leads to another database") as refused:
        write_marker(other.dsn, purpose="test", expected=read(read_one.dsn).identity)
    assert refused.value.code == "another-database"
    assert "restore_dsn" in refused.value.hint
    assert read(other.dsn).identity.marker is None


def test_of_many_who_adopt_at_once_all_find_the_same_marker(database: Database) -> None:
    with ThreadPoolExecutor(4) as people:
        markers = list(people.map(mark, [database.dsn] * 4))
    assert set(markers) == {read(database.dsn).identity.marker}


def test_a_marker_that_is_true_is_left_as_it_is(database: Database) -> None:
    marker = mark(database.dsn)
    assert mark(database.dsn) == marker


def test_a_login_that_reads_only_can_read_the_marker(database: Database, make_role: MakeRole) -> None:
    marker = mark(database.dsn)
    assert read(reader(database, make_role)).identity.marker == marker


def test_a_copy_contradicts_its_marker_until_it_is_adopted_itself(database: Database) -> None:
    original = mark(database.dsn)
    copy = Database(server=database.server, name=f"{database.name}_copy")
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy.name} TEMPLATE {database.name}".encode())
    try:
        before = read(copy.dsn).identity
        assert before.marker == original
        assert before.marker.database_oid != before.database_oid
        own = mark(copy.dsn)
        assert own.id != original.id
        assert own.database_oid == before.database_oid
        assert copy.execute("SELECT count(*) FROM secondkey.marker") == [(1,)]
    finally:
        database.execute(f"DROP DATABASE {copy.name} WITH (FORCE)")


def test_a_restoring_login_that_may_create_writes_it(database: Database, make_role: MakeRole) -> None:
    restorer = reader(database, make_role, f"CREATE ON DATABASE {database.name}")
    assert mark(restorer) == mark(database.dsn)


def test_a_login_that_reads_only_by_default_writes_it_all_the_same(
    database: Database, make_role: MakeRole
) -> None:
    role = make_role()
    database.execute(f"GRANT CREATE ON DATABASE {database.name} TO {role}")
    database.execute(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    assert mark(database.as_role(role)) == read(database.dsn).identity.marker


def test_a_login_that_may_not_create_gets_the_statements_for_a_dba(
    database: Database, make_role: MakeRole
) -> None:
    restorer = reader(database, make_role)
    with pytest.raises(Refused) as refused:
        mark(restorer)
    assert refused.value.code == "cannot-mark"
    before, statement = refused.value.hint.split("again: ")
    assert f'let a DBA run in "{database.name}"' in before
    assert statement.startswith('CREATE SCHEMA secondkey AUTHORIZATION "role_')
    database.execute(statement)
    assert mark(restorer) == read(restorer).identity.marker


def test_a_marker_of_another_owner_gets_the_statements_for_a_dba(
    database: Database, make_role: MakeRole
) -> None:
    mark(database.dsn)
    database.execute("UPDATE secondkey.marker SET database_oid = 1")
    restorer = reader(database, make_role)
    with pytest.raises(Refused) as refused:
        mark(restorer)
    for statement in refused.value.hint.split("again: ")[1].split("; "):
        database.execute(statement)
    assert mark(restorer) == read(restorer).identity.marker


def test_something_else_under_that_name_is_refused(database: Database) -> None:
    database.execute("CREATE SCHEMA secondkey CREATE TABLE marker (one int)")
    with pytest.raises(Refused) as refused:
        mark(database.dsn)
    assert "rename what else lies there" in refused.value.hint


def test_a_marker_that_somebody_has_locked_is_not_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.postgres.adoption._LOCK_WAIT", 0.05)
    mark(database.dsn)
    database.execute("UPDATE secondkey.marker SET database_oid = 1")
    lock = "LOCK TABLE secondkey.marker IN EXCLUSIVE MODE"
    with session(database.dsn, lock), pytest.raises(CommandFailed) as failed:
        mark(database.dsn)
    assert "somebody holds a lock on secondkey.marker; nothing was written" in failed.value.reason


def test_a_database_that_is_set_to_read_only_is_refused(database: Database) -> None:
    database.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    with pytest.raises(Refused) as refused:
        mark(database.dsn)
    assert refused.value.hint == f'ALTER DATABASE "{database.name}" RESET default_transaction_read_only'


def test_a_standby_is_refused(replication: Replication) -> None:
    with pytest.raises(Refused) as refused:
        mark(replication.standby_dsn)
    assert "this is a standby" in refused.value.reason


def test_a_standby_is_read_and_says_that_it_is_one(replication: Replication) -> None:
    state = read(replication.standby_dsn)
    assert state.identity.standby
    assert rows(state) == {"ledger": 3}
    # The log of changes is some values ahead of the sequence, so that a crash never gives one out again.
    assert [sequence.last_value in range(1, 34) for sequence in state.sequences] == [True]


def test_a_database_that_is_not_there_is_told_in_words(database: Database) -> None:
    with pytest.raises(Unreachable):
        mark(database.server.dsn("gone"))
