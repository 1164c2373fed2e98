"""When one person may say that a database is the right one, and what two approve."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import binding
from bot.domain.accepting import Fewer, Lowered, facts, lowered
from bot.domain.backup import Health
from bot.domain.binding import Margin
from bot.domain.observation import Expectation, Rules
from bot.domain.state import State
from tests import builders as b
from tests.domain.ballots import TERMS
from tests.domain.situations import USERS

AGREED = b.baseline(USERS, b.table("Session", 40))
SESSIONS_MAY_GO = Rules(expectations=(Expectation(table=b.table_name("Session"), volatile=True),))


def changed(asked: tuple[Lowered, State], now: tuple[Lowered, State], rules: Rules = Rules()) -> str:
    """What is not as it was approved."""
    approved = binding.bind(TERMS, facts(*asked, rules), Margin())
    return "; ".join(binding.differences(approved, TERMS, facts(*now, rules)))


def test_a_first_accept_needs_one_person() -> None:
    assert not lowered(None, b.state(USERS), [])


def test_whoever_backed_up_before_the_first_accept_is_not_locked_out() -> None:
    assert not lowered(None, b.state(USERS), [b.backup(health=Health.UNKNOWN)])


@pytest.mark.parametrize("health", [Health.HEALTHY, Health.SUSPECT])
def test_a_lost_baseline_is_no_first_accept(health: Health) -> None:
    known = [b.backup("B-20251008-113000-aaaa", health=Health.UNKNOWN), b.backup(health=health)]
    found = lowered(None, b.state(USERS), known)
    assert found
    assert known[1].id in found.words[0]


def test_the_newest_healthy_backup_stands_in_for_a_lost_baseline() -> None:
    suspect = b.backup("B-20251008-113000-aaaa", health=Health.SUSPECT)
    good, older = (
        b.backup("B-20251008-100000-bbbb", USERS),
        b.backup("B-20251008-090000-cccc", b.table("A", 5)),
    )
    found = lowered(None, b.state(b.table("User", 4)), [suspect, good, older])
    assert found.stand_in == good.id
    assert found.tables == (Fewer(table=b.table_name("User"), before=1204, now=4),)


def test_a_backup_that_cannot_be_trusted_may_have_been_judged() -> None:
    found = lowered(None, b.state(USERS), [], unreadable=["B-20251008-113000-aaaa"])
    assert "B-20251008-113000-aaaa cannot be trusted" in found.words[0]
    assert not lowered(AGREED, AGREED.state, [], unreadable=["B-20251008-113000-aaaa"])


def test_a_later_accept_that_lowers_nothing_needs_one_person() -> None:
    grown = b.state(b.table("User", 1300), b.table("Session", 3), b.table("New", 0))
    assert not lowered(AGREED, grown, [b.backup()], SESSIONS_MAY_GO)


@pytest.mark.parametrize(
    ("tables", "identity", "said"),
    [
        ((b.table("User", 1203),), {}, "User 1,204 → 1,203"),
        ((), {}, "User is gone"),
        ((USERS,), {"system_identifier": b.OTHER_CLUSTER}, "another server"),
        ((USERS,), {"database_oid": 5}, "another database"),
        ((USERS,), {"database_name": "other"}, "another name"),
        ((USERS,), {"marker": None}, "its marker is gone"),
        ((USERS,), {"marker": replace(b.MARKER, id="marker-2")}, "its marker is another one"),
    ],
)
def test_what_lowers_protection_is_named(
    tables: tuple[Any, ...], identity: dict[str, Any], said: str
) -> None:
    state = b.state(*tables, b.table("Session", 40), identity=replace(b.IDENTITY, **identity))
    found = lowered(AGREED, state, [], SESSIONS_MAY_GO)
    assert found
    assert said in found.words[0]
    assert bool(found.pin) == bool(identity)


def test_the_tables_that_lost_most_are_named_first() -> None:
    before = b.baseline(*(b.table(name, rows) for name, rows in (("A", 5), ("B", 700), ("C", 90))))
    found = lowered(before, b.state(b.table("A", 0), b.table("B", 0)), [])
    assert found.words == ["B 700 → 0", "C is gone", "A 5 → 0"]


def test_a_partition_that_retention_dropped_needs_no_second_key() -> None:
    event = b.table_name("event")
    old, new = (b.table(name, 5, partition_of=event) for name in ("event_2024", "event_2025"))
    grown = b.table("event_2025", 10, partition_of=event)
    before = b.baseline(b.table("event", 10, derived=True), old, new)
    assert not lowered(before, b.state(b.table("event", 10, derived=True), grown), [])
    assert lowered(before, b.state(b.table("event", 5, derived=True), new), []).words == [
        "event 10 → 5 (−50 %)"
    ]


def test_a_volatile_table_that_is_gone_needs_no_second_key() -> None:
    assert not lowered(AGREED, b.state(USERS), [b.backup()], SESSIONS_MAY_GO)


def purged(rows: int, *more: Any, **identity: Any) -> tuple[Lowered, State]:
    state = b.state(b.table("User", rows), *more, identity=replace(b.IDENTITY, **identity))
    return lowered(AGREED, state, [], SESSIONS_MAY_GO), state


def test_what_is_approved_is_this_database_without_these_tables_and_rows() -> None:
    found = facts(*purged(1000))
    assert found.bound["target"]["oid"] == b.OID
    assert found.bound["instead of"] == found.bound["target"]
    assert found.losses == {"public.User": 204}
    moved = facts(*purged(1000, database_oid=5))
    assert (moved.bound["target"]["oid"], moved.bound["instead of"]["oid"]) == (5, b.OID)


def test_a_busy_table_voids_nothing_and_a_new_loss_does() -> None:
    assert changed(purged(1000), purged(990)) == ""
    assert changed(purged(1000), purged(1100)) == ""
    assert "public.User: 215 rows would go, at most 214" in changed(purged(1000), purged(989))


@given(rows=st.integers(0, 1300), later=st.integers(0, 1300))
def test_never_are_more_rows_accepted_as_lost_than_approved(rows: int, later: int) -> None:
    lost, now = max(0, 1204 - rows), max(0, 1204 - later)
    assert (changed(purged(rows), purged(later)) == "") == (now <= Margin().above(lost))


def test_another_database_and_another_pin_void_it() -> None:
    assert "target oid: 16384 → 5" in changed(purged(1000), purged(1000, database_oid=5))
    other = b.baseline(of=b.state(USERS, identity=replace(b.IDENTITY, database_oid=7)))
    moved = lowered(other, purged(1000)[1], [])
    assert "instead of oid: 16384 → 7" in changed(purged(1000), (moved, purged(1000)[1]))


def test_a_table_that_is_gone_since_then_voids_it() -> None:
    gone = b.state(b.table("Session", 40))
    assert "gone tables" in changed(purged(1000), (lowered(AGREED, gone, []), gone))


def test_with_nothing_to_compare_with_no_table_may_be_emptied_meanwhile() -> None:
    lost = Lowered(lost_baseline="it was lost")
    full = b.state(USERS, b.table("Session", 40))
    emptied, logged_out = (
        b.state(b.table("User", 0), b.table("Session", 40)),
        b.state(USERS, b.table("Session", 0)),
    )
    assert "empty tables" in changed((lost, full), (lost, emptied), SESSIONS_MAY_GO)
    assert changed((lost, full), (lost, logged_out), SESSIONS_MAY_GO) == ""
