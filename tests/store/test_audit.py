"""The audit log: nobody changes it unnoticed, and where it was changed is said."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from bot import terminal
from bot.store import audit
from bot.store.database import Store
from tests.servers import Database

#: The numbers are a key: they change places through one that is free.
SWAP_4_AND_5 = (
    "UPDATE audit_log SET number = 0 WHERE number = 4; UPDATE audit_log SET number = 4 WHERE number = 5;"
    "UPDATE audit_log SET number = 5 WHERE number = 0"
)
TEXT_COLUMNS = ("actor", "action", "subject", "previous", "hash")


def write(store: Store, count: int) -> None:
    for number in range(count):
        with store.transaction() as connection:
            audit.append(connection, actor="U1", action="backup.done", subject="ledger", detail={"n": number})


def verify(store: Store) -> audit.Verification:
    with store.transaction() as connection:
        return audit.verify(connection)


@contextmanager
def tampering(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A superuser for whom no trigger fires."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def found_after(store: Store, database: Database, statement: str) -> list[int]:
    """The numbers that verification names once the statement was run."""
    with tampering(database) as connection:
        connection.execute(statement.encode())
    return [found.number for found in verify(store).broken]


def test_an_untouched_log_is_intact(store: Store) -> None:
    assert verify(store) == audit.Verification(entries=0, broken=())
    write(store, 5)
    assert verify(store) == audit.Verification(entries=5, broken=())


def test_entries_come_newest_first_with_any_text(store: Store) -> None:
    with store.transaction() as connection:
        audit.append(
            connection,
            actor="U\x001",
            action="a",
            subject="\ud800é😀",
            detail={"x": [1e30, 1.0, None, "\x00"]},
        )
    write(store, 1)
    with store.transaction() as connection:
        newest, oldest = audit.entries(connection, 10)
    assert (newest.number, oldest.number) == (2, 1)
    assert (oldest.actor, oldest.subject) == ("U\ufffd1", "\ufffdé😀")
    assert oldest.detail == {"x": [1e30, 1.0, None, "\ufffd"]}
    assert verify(store).intact


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'U2'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_head SET number = 1",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "INSERT INTO audit_log SELECT 9, at, actor, action, subject, detail, hash, hash FROM audit_log",
    ],
)
def test_the_database_refuses_every_change(store: Store, database: Database, statement: str) -> None:
    write(store, 2)
    with pytest.raises(psycopg.errors.RestrictViolation):
        database.execute(statement)
    assert verify(store).intact


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE audit_log SET detail = '{\"n\": 7}' WHERE number = 3", [3]),
        ("UPDATE audit_log SET at = at + interval '1 microsecond' WHERE number = 2", [2]),
        ("UPDATE audit_log SET at = 'infinity' WHERE number = 2", [2]),
        ("DELETE FROM audit_log WHERE number = 1", [1]),
        ("DELETE FROM audit_log WHERE number IN (2, 3)", [2]),
        ("DELETE FROM audit_log WHERE number = 5", [5]),
        ("DELETE FROM audit_log WHERE number >= 4", [4]),
        ("DELETE FROM audit_log", [1]),
        (SWAP_4_AND_5, [4, 4, 5, 5, 5]),
        ("UPDATE audit_head SET number = 4", [5]),
        ("UPDATE audit_head SET hash = repeat('f', 64)", [5]),
        ("DELETE FROM audit_head", [5]),
    ],
)
def test_tampering_is_found_where_it_was_done(
    store: Store, database: Database, statement: str, where: list[int]
) -> None:
    write(store, 5)
    assert found_after(store, database, statement) == where


def heads(store: Store, count: int) -> list[audit.Witness]:
    """What was signed after each of so many entries."""
    witnesses = []
    for number in range(count):
        write(store, 1)
        with store.transaction() as connection:
            head = audit.head(connection)
        assert head is not None
        assert head.number == number + 1
        witnesses.append(audit.Witness(name=f"B-{number + 1}", head=head))
    return witnesses


def heard(store: Store, witnesses: list[audit.Witness]) -> list[str]:
    with store.transaction() as connection:
        return [found.what for found in audit.verify(connection, witnesses).broken]


def test_witnesses_agree_with_an_untouched_log(store: Store) -> None:
    with store.transaction() as connection:
        assert audit.head(connection) is None
    witnesses = heads(store, 3)
    write(store, 2)
    assert heard(store, [*witnesses, *witnesses]) == []


def test_a_log_that_was_made_anew_is_contradicted_by_what_was_signed(
    store: Store, database: Database
) -> None:
    witnesses = heads(store, 3)
    with tampering(database) as connection:
        connection.execute("DELETE FROM audit_log")
        connection.execute("UPDATE audit_head SET number = 0, hash = repeat('0', 64)")
    write(store, 4)
    assert verify(store).intact
    (found,) = heard(store, witnesses[1:])
    assert found.startswith("entry 2 is not the one that stood there when B-2 was signed")


def test_an_end_that_was_cut_off_with_its_head_is_noticed_by_what_was_signed(
    store: Store, database: Database
) -> None:
    witnesses = heads(store, 3)
    with tampering(database) as connection:
        connection.execute("DELETE FROM audit_log WHERE number = 3")
        connection.execute(
            "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_log WHERE number = 2)"
        )
    assert verify(store).intact
    (found,) = heard(store, witnesses)
    assert found.startswith("entry 3 is not the one")


def test_an_entry_that_was_forged_with_its_own_hash_is_found(store: Store, database: Database) -> None:
    """Whoever computes the hash anew has to do so for all that follow, and for the head."""
    write(store, 3)
    with tampering(database) as connection:
        row = connection.execute(
            "SELECT number, at::text, actor, action, subject, detail::text, previous FROM audit_log"
            " WHERE number = 2"
        ).fetchone()
        assert row
        forged = audit._hash([*row[:2], "U2", *row[3:]])
        connection.execute("UPDATE audit_log SET actor = 'U2', hash = %s WHERE number = 2", [forged])
    (found,) = verify(store).broken
    assert (found.number, "does not follow" in found.what) == (3, True)


def test_many_writers_at_once_leave_no_gap(store: Store) -> None:
    threads = [threading.Thread(target=write, args=(store, 5)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(store) == audit.Verification(entries=30, broken=())


def test_a_transaction_that_fails_leaves_no_gap(store: Store) -> None:
    write(store, 1)
    with pytest.raises(psycopg.errors.DivisionByZero), store.transaction() as connection:  # noqa: PT012 - the second statement ends it
        audit.append(connection, actor="U1", action="a", subject="s", detail={})
        connection.execute("SELECT 1 / 0")
    write(store, 1)
    assert verify(store) == audit.Verification(entries=2, broken=())


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_change_of_any_field_is_found(store: Store, database: Database, data: Any) -> None:
    if verify(store).entries == 0:
        write(store, 4)
    number = data.draw(st.integers(1, 4))
    column = data.draw(st.sampled_from(TEXT_COLUMNS))
    text = data.draw(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=70)
    )
    change = sql.SQL("UPDATE audit_log SET {} = %s WHERE number = %s").format(sql.Identifier(column))
    ask = sql.SQL("SELECT {} FROM audit_log WHERE number = %s").format(sql.Identifier(column))
    with tampering(database) as connection:
        ((before,),) = connection.execute(ask, [number]).fetchall()
        connection.execute(change, [text, number])
        broken = verify(store).broken
        connection.execute(change, [before, number])
    assert bool(broken) == (text != before)
    assert all(found.number in (number, number + 1) for found in broken)
    assert verify(store).intact


def test_the_verdict_is_told_to_scripts_and_to_people(store: Store, database: Database) -> None:
    write(store, 3)
    data, lines = terminal.audit_verdict(verify(store))
    assert data == {"intact": True, "entries": 3, "broken": []}
    assert lines[0].startswith("intact")
    found_after(store, database, "DELETE FROM audit_log WHERE number = 2")
    data, lines = terminal.audit_verdict(verify(store))
    assert data == {"intact": False, "entries": 2, "broken": [{"number": 2, "what": "entry 2 is missing"}]}
    assert lines == ["BROKEN: somebody changed the audit log", "  entry 2 is missing"]


def test_entries_are_told_to_scripts_and_to_people(store: Store) -> None:
    write(store, 1)
    with store.transaction() as connection:
        data, lines = terminal.audit(audit.entries(connection, 5))
    assert data[0]["action"] == "backup.done"
    assert data[0]["detail"] == {"n": 0}
    assert "U1  backup.done  ledger" in lines[0]
    assert terminal.audit([])[1] == ["the audit log is empty"]
