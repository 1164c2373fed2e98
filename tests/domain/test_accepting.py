"""When one person may say that a database is the right one."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.accepting import refuse_unless_one_person_may
from bot.domain.backup import Health
from bot.domain.observation import Expectation, Rules
from bot.errors import Refused
from tests import builders as b
from tests.domain.situations import USERS

AGREED = b.baseline(USERS, b.table("Session", 40))
SESSIONS_MAY_GO = Rules(expectations=(Expectation(table=b.table_name("Session"), volatile=True),))


def test_a_first_accept_needs_one_person() -> None:
    refuse_unless_one_person_may(None, b.state(USERS), [])


def test_whoever_backed_up_before_the_first_accept_is_not_locked_out() -> None:
    refuse_unless_one_person_may(None, b.state(USERS), [b.backup(health=Health.UNKNOWN)])


@pytest.mark.parametrize("health", [Health.HEALTHY, Health.SUSPECT])
def test_a_lost_baseline_is_no_first_accept(health: Health) -> None:
    known = [b.backup("B-20251008-113000-aaaa", health=Health.UNKNOWN), b.backup(health=health)]
    with pytest.raises(Refused) as raised:
        refuse_unless_one_person_may(None, b.state(USERS), known)
    assert raised.value.code == "second-key-needed"
    assert known[1].id in raised.value.reason
    assert "nothing is pinned" in raised.value.hint


def test_a_backup_that_cannot_be_trusted_may_have_been_judged() -> None:
    with pytest.raises(Refused, match="B-20251008-113000-aaaa cannot be trusted"):
        refuse_unless_one_person_may(None, b.state(USERS), [], unreadable=["B-20251008-113000-aaaa"])
    refuse_unless_one_person_may(AGREED, AGREED.state, [], unreadable=["B-20251008-113000-aaaa"])


def test_a_later_accept_that_lowers_nothing_passes() -> None:
    grown = b.state(b.table("User", 1300), b.table("Session", 3), b.table("New", 0))
    refuse_unless_one_person_may(AGREED, grown, [b.backup()], SESSIONS_MAY_GO)


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
def test_what_lowers_protection_needs_the_second_key_and_says_so(
    tables: tuple[Any, ...], identity: dict[str, Any], said: str
) -> None:
    state = b.state(*tables, b.table("Session", 40), identity=replace(b.IDENTITY, **identity))
    with pytest.raises(Refused) as raised:
        refuse_unless_one_person_may(AGREED, state, [], SESSIONS_MAY_GO)
    assert said in raised.value.reason
    assert "a second person must approve" in raised.value.reason
    assert "cannot ask for that approval yet" in raised.value.hint
    assert "compares with what is pinned already" in raised.value.hint


def test_the_tables_that_lost_most_are_named_first() -> None:
    before = b.baseline(*(b.table(name, rows) for name, rows in (("A", 5), ("B", 700), ("C", 90))))
    with pytest.raises(Refused) as raised:
        refuse_unless_one_person_may(before, b.state(b.table("A", 0), b.table("B", 0)), [])
    assert "B 700 → 0, C is gone, A 5 → 0" in raised.value.reason


def test_a_partition_that_retention_dropped_needs_no_second_key() -> None:
    event = b.table_name("event")
    old, new = (b.table(name, 5, partition_of=event) for name in ("event_2024", "event_2025"))
    grown = b.table("event_2025", 10, partition_of=event)
    before = b.baseline(b.table("event", 10, derived=True), old, new)
    refuse_unless_one_person_may(before, b.state(b.table("event", 10, derived=True), grown), [])
    with pytest.raises(Refused) as raised:
        refuse_unless_one_person_may(before, b.state(b.table("event", 5, derived=True), new), [])
    assert "event 10 → 5" in raised.value.reason
    assert "event_2024" not in raised.value.reason


def test_a_volatile_table_that_is_gone_needs_no_second_key() -> None:
    refuse_unless_one_person_may(AGREED, b.state(USERS), [b.backup()], SESSIONS_MAY_GO)
