"""The catalogue of backups, and baselines: what is put in comes out the same."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from bot.domain.backup import Archive, Backup, Health, Kind, Level, Manifest, Proof, Tools
from bot.domain.findings import Code
from bot.domain.state import Baseline, ChangeCounters, Identity, Marker, Sequence, State, Table, TableName
from bot.errors import NotFound
from bot.store import backups, baselines
from bot.store.database import Store
from tests.repository.conftest import NOON, PROPERTIES
from tests.servers import Database
from tests.waiting import until

USER, ODD = TableName("public", "User"), TableName("a b", 'na"me\n😀')


def state(**rows: int | None) -> State:
    tables = tuple(
        Table(name=USER if name == "user" else ODD, oid=1, rows=count, columns=("id int",),
              counters=ChangeCounters(inserted=2**60, updated=0, deleted=0))
        for name, count in rows.items()
    )  # fmt: skip
    identity = Identity(
        system_identifier="7400000000000000001", database_oid=5, database_name="ledger",
        server_version=170010, marker=Marker(id="m", system_identifier="7400000000000000001", database_oid=5),
    )  # fmt: skip
    return State(
        taken_at=NOON, identity=identity, tables=tables,
        sequences=(Sequence(name=ODD, last_value=2**62, increment=-1),),
    )  # fmt: skip


def backup(letters: str = "aaaa", hours: int = 0, database: str = "ledger") -> Backup:
    backup_id, at = f"B-20251008-120000-{letters}", NOON + timedelta(hours=hours)
    manifest = Manifest(
        id=backup_id, database=database, kind=Kind.MANUAL, reason="é 😀 'quoted'", requested_by="U1",
        release=None, created_at=at, seconds=1.5e-7, state=state(user=3), properties=PROPERTIES, roles=(),
        archive=Archive(bytes=2**40, sha256="0" * 64, compression="zstd"),
        tools=Tools(pg_dump=170010, server=170010, secondkey="0.1.0"), health=Health.SUSPECT,
        suspect_because=(Code.ROWS_ZERO,),
    )  # fmt: skip
    proof = Proof(
        id=backup_id, sha256="0" * 64, level=Level.READ, health=Health.SUSPECT, at=at, left_out=("x",)
    )
    return Backup(manifest=manifest, proof=proof)


def test_a_backup_is_found_again_as_it_was_recorded(store: Store) -> None:
    made = backup()
    with store.transaction() as connection:
        backups.record(connection, made)
        assert backups.find(connection, made.id) == made
        assert backups.find(connection, "B-20251008-120000-zzzz") is None


def test_what_is_known_of_a_backup_grows(store: Store) -> None:
    made = backup()
    tested = replace(made, proof=replace(made.proof, level=Level.RESTORE_TESTED, corrupt="no longer"))
    with store.transaction() as connection:
        backups.record(connection, made)
        backups.record(connection, tested)
        assert backups.list_backups(connection) == (tested,)


def test_backups_come_newest_first_of_the_databases_that_were_named(store: Store) -> None:
    old, new, other = backup("aaaa"), backup("bbbb", 1), backup("cccc", 2, "other")
    with store.transaction() as connection:
        for made in (new, other, old):
            backups.record(connection, made)
        assert backups.list_backups(connection, "ledger") == (new, old)
        assert backups.list_backups(connection) == (other, new, old)
        assert backups.list_backups(connection, "ledger", "other") == (other, new, old)
        backups.forget(connection, [new.id, other.id, "B-20251008-120000-zzzz"])
        assert backups.list_backups(connection) == (old,)


def test_characters_that_the_database_cannot_hold_are_replaced(store: Store) -> None:
    made = backup()
    proof = replace(made.proof, corrupt="\x00")
    odd = replace(made, manifest=replace(made.manifest, reason="a\x00b\ud800"), proof=proof)
    with store.transaction() as connection:
        backups.record(connection, odd)
        found = backups.find(connection, odd.id)
    assert found is not None
    assert (found.manifest.reason, found.corrupt) == ("a\ufffdb\ufffd", "\ufffd")


def test_a_database_without_a_baseline_has_none(store: Store) -> None:
    with store.transaction() as connection:
        assert baselines.current(connection, "ledger") is None


def test_a_baseline_is_pinned_and_then_moved(store: Store) -> None:
    with store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=10, odd=None), by="U1", pinned=True)
        pinned = baselines.current(connection, "ledger")
        baselines.save(connection, "ledger", state(user=12), by="backup B", pinned=False)
        moved = baselines.current(connection, "ledger")
    assert pinned is not None
    assert moved is not None
    assert pinned.state == state(user=10, odd=None)
    assert pinned.highest == ((USER, 10),)
    assert moved.state == state(user=12)
    assert (moved.pinned_at, moved.pinned_by) == (pinned.pinned_at, "U1")


def test_only_people_pin_the_first_baseline(store: Store) -> None:
    with pytest.raises(NotFound), store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=1), by="backup B", pinned=False)
    with store.transaction() as connection:
        assert baselines.current(connection, "ledger") is None


def test_a_slow_leak_is_compared_with_the_highest_of_a_week(store: Store, database: Database) -> None:
    with store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=100, odd=5), by="U1", pinned=True)
    database.execute("UPDATE baseline_counts SET day = day - 6")
    with store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=95, odd=7), by="B", pinned=False)
        baselines.save(connection, "ledger", state(user=90, odd=6), by="B", pinned=False)
        week = baselines.current(connection, "ledger")
    database.execute("UPDATE baseline_counts SET day = day - 3")
    with store.transaction() as connection:
        later = baselines.current(connection, "ledger")
    assert week is not None
    assert later is not None
    assert week.expected_rows() == {USER: 100, ODD: 7}
    assert later.expected_rows() == {USER: 95, ODD: 7}


def test_what_people_accept_anew_is_not_compared_with_what_was_before(store: Store) -> None:
    with store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=100), by="U1", pinned=True)
        baselines.save(connection, "ledger", state(user=4), by="U2", pinned=True)
        accepted = baselines.current(connection, "ledger")
    assert accepted is not None
    assert accepted.pinned_by == "U2"
    assert accepted.expected_rows() == {USER: 4}


def test_what_moves_a_baseline_leaves_the_identity_that_people_pinned(store: Store) -> None:
    moved = state(user=12)
    unmarked = replace(moved, identity=replace(moved.identity, marker=None))
    with store.transaction() as connection:
        baselines.save(connection, "ledger", state(user=10), by="U1", pinned=True)
        baselines.save(connection, "ledger", unmarked, by="backup B", pinned=False)
        found = baselines.current(connection, "ledger")
    assert found is not None
    assert found.state == moved


def test_whoever_holds_a_baseline_is_waited_for_even_where_there_is_none_yet(store: Store) -> None:
    found: list[Baseline | None] = []

    def look() -> None:
        with store.transaction() as connection:
            found.append(baselines.hold(connection, "ledger"))

    second = Thread(target=look)
    with store.transaction() as connection:
        assert baselines.hold(connection, "ledger") is None
        second.start()
        until(lambda: waits_for_lock(store))
        baselines.save(connection, "ledger", state(user=10), by="U1", pinned=True)
    second.join()
    assert [each and each.pinned_by for each in found] == ["U1"]


def waits_for_lock(store: Store) -> bool:
    with store.transaction() as connection:
        waiting = connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return waiting.fetchone() is not None
