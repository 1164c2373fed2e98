"""What comes back and what goes aside, table by table."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.restoring.changes import Change, changes, elsewhere, worst_first, written_since
from bot.domain.state import ChangeCounters, State, Table
from tests import builders as b

THEN = b.state(b.table("User", 1204, counters=ChangeCounters(inserted=2000, updated=5, deleted=7)))


def live(table: Table, **identity: Any) -> State:
    return b.state(table, identity=replace(b.IDENTITY, **identity))


def counted(rows: int | None, inserted: int, **other: Any) -> Table:
    counters = ChangeCounters(inserted=inserted, updated=9, deleted=7)
    return b.table("User", rows, counters=counters, **other)


def only(found: tuple[Change, ...]) -> Change:
    (change,) = found
    return change


def test_an_emptied_table_comes_back_and_nothing_goes() -> None:
    change = only(changes(live(counted(0, 2000)), THEN, None))
    assert (change.now, change.then, change.gain, change.may_go) == (0, 1204, 1204, 0)


def test_rows_that_were_written_since_go_although_there_are_fewer_than_before() -> None:
    change = only(changes(live(counted(500, 2500)), THEN, None))
    assert (change.written, change.may_go) == (500, 500)


def test_without_counters_everything_that_is_there_may_go() -> None:
    assert only(changes(live(b.table("User", 500)), THEN, None)).may_go == 500
    reset = replace(live(counted(500, 2500)), stats_reset=b.NOON)
    assert only(changes(reset, THEN, None)).may_go == 500
    began_anew = live(counted(500, 3))
    assert only(changes(began_anew, THEN, None)).written is None


def test_a_table_that_was_made_anew_holds_nothing_of_the_backup() -> None:
    change = only(changes(live(counted(1, 1, oid=17000)), THEN, None))
    assert (change.written, change.may_go) == (1, 1)


def test_in_a_database_that_somebody_made_since_everything_was_written_since() -> None:
    change = only(changes(live(counted(1, 1), database_oid=99999), THEN, b.baseline()))
    assert change.written == 1


def test_in_a_database_that_was_restored_nobody_knows_what_was_written_since() -> None:
    restored = live(counted(1204, 1204), database_oid=99999)
    change = only(changes(restored, THEN, b.baseline(of=restored)))
    assert (change.written, change.may_go) == (None, 1204)
    assert only(changes(restored, THEN, None)).written is None
    assert written_since(restored, THEN) is None


def test_a_table_that_only_one_of_the_two_has_is_told() -> None:
    gone, new = changes(b.state(b.table("Zebra", 7)), b.state(b.table("Apple", 3)), None)
    assert (gone.table.name, gone.now, gone.then, gone.dropped) == ("Apple", 0, 3, False)
    assert (new.table.name, new.now, new.then, new.dropped, new.may_go) == ("Zebra", 7, 0, True, 7)


def test_where_there_is_no_database_nothing_goes() -> None:
    change = only(changes(None, THEN, None))
    assert (change.now, change.gain, change.may_go) == (0, 1204, 0)


def test_of_what_nobody_could_count_nobody_knows_how_much_may_go() -> None:
    change = only(changes(b.state(b.table("User", None, problem="locked")), THEN, None))
    assert (change.may_go, change.problem) == (None, "locked")


def test_rows_of_partitions_are_told_once() -> None:
    parent = b.table("Event", 10, derived=True)
    part = b.table("Event_2025", 10, partition_of=parent.name)
    assert [each.table.name for each in changes(None, b.state(parent, part), None)] == ["Event_2025"]


def test_the_servers_counters_say_what_was_written_since() -> None:
    since = written_since(live(counted(1210, 2010)), THEN)
    assert since == ChangeCounters(inserted=10, updated=4, deleted=0)
    assert written_since(live(counted(1210, 3)), THEN) is None
    assert written_since(None, THEN) is None


def test_the_worst_come_first_and_what_only_may_have_changed_is_not_among_them() -> None:
    def change(name: str, now: int | None, then: int, written: int | None) -> Change:
        return Change(table=b.table_name(name), now=now, then=then, written=written)

    found = [
        change("Same", 5, 5, 0),
        change("Unknown", 5, 5, None),
        change("Back", 0, 900, 0),
        change("More", 0, 1000, 0),
        change("Goes", 3, 900, 3),
        change("Uncounted", None, 5, None),
    ]
    assert [each.table.name for each in worst_first(found)] == ["Uncounted", "Goes", "More", "Back"]


def test_rows_that_lie_in_another_schema_are_no_loss() -> None:
    then = b.state(b.table("User", 5), b.table("Plan", 3))
    moved = b.state(b.table("User", 0), b.table("old.User", 6), b.table("other.Plan", 1), b.table("Plan", 0))
    assert elsewhere(changes(moved, then, None)) == ("old",)
    assert elsewhere(changes(then, then, None)) == ()


TABLES = st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.integers(0, 1000))


@given(now=TABLES, then=TABLES, inserted=st.integers(0, 5000))
def test_never_fewer_may_go_than_counts_tell_and_never_more_than_there_are(
    now: dict[str, int], then: dict[str, int], inserted: int
) -> None:
    counters = ChangeCounters(inserted=inserted, updated=0, deleted=0)
    present = b.state(*(b.table(name, rows, counters=counters) for name, rows in now.items()))
    before = b.state(*(b.table(name, rows, counters=counters) for name, rows in then.items()))
    for change in changes(present, before, None):
        assert change.now is not None
        assert change.then is not None
        assert change.may_go is not None
        assert max(0, change.now - change.then) <= change.may_go <= change.now


@pytest.mark.parametrize("order", [1, -1])
@given(rows=TABLES)
def test_the_order_in_which_tables_are_read_does_not_matter(order: int, rows: dict[str, int]) -> None:
    tables = [b.table(name, count) for name, count in rows.items()]
    found = changes(b.state(*tables[::order]), b.state(), None)
    assert found == changes(b.state(*tables), b.state(), None)
