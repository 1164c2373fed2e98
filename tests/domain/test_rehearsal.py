"""What a rehearsal says of a release."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ended import Ended, How
from bot.domain.findings import Verdict
from bot.domain.held_locks import HeldLock
from bot.domain.observation import Expectation, Rules
from bot.domain.rehearsal import Rehearsal, lost_rows
from bot.domain.restoring.target import find_target
from bot.domain.schema_diff import SchemaDifference
from bot.domain.state import State
from bot.errors import Refused
from tests.builders import IDENTITY, MARKER, NOON, baseline, state, table, table_name

BEFORE = state(table("User", 12, oid=1), table("Session", 5, oid=2))


def lost(after: State, before: State = BEFORE, rules: Rules = Rules()) -> list[str]:
    return list(map(str, lost_rows(before, after, rules)))


def test_not_one_row_may_be_missing_and_the_largest_loss_comes_first() -> None:
    assert lost(state(table("User", 11, oid=1), table("Session", 0, oid=2))) == [
        "Session 5 → 0", "User 12 → 11 (−8 %)",
    ]  # fmt: skip


def test_more_rows_are_no_loss() -> None:
    assert lost(state(table("User", 13, oid=1), table("Session", 5, oid=2), table("Plan", 3, oid=3))) == []


def test_a_renamed_table_is_compared_with_itself() -> None:
    assert lost(state(table("users", 12, oid=1), table("Session", 5, oid=2))) == []
    assert lost(state(table("users", 3, oid=1), table("Session", 5, oid=2))) == ["users 12 → 3 (−75 %)"]


def test_a_table_that_is_gone_is_a_loss_where_it_held_something() -> None:
    before = state(table("User", 12, oid=1), table("Draft", 0, oid=2))
    assert lost(state(), before) == ["User is gone"]


def test_a_table_of_the_same_name_that_was_made_anew_is_judged_by_its_rows() -> None:
    assert lost(state(table("User", 0, oid=9), table("Session", 5, oid=2))) == ["User 12 → 0"]


def test_what_may_be_empty_is_not_looked_at() -> None:
    rules = Rules(expectations=(Expectation(table=table_name("Session"), volatile=True),))
    assert lost(state(table("User", 12, oid=1), table("Session", 0, oid=2)), rules=rules) == []


def test_rows_that_went_with_a_partition_are_missed_and_a_stale_view_is_not() -> None:
    events = table_name("events")
    before = state(
        table("events", 9, oid=1, derived=True),
        table("events_1", 4, oid=2, partition_of=events),
        table("events_2", 5, oid=3, partition_of=events),
        table("seen", 9, oid=4, derived=True),
    )
    after = state(
        table("events", 5, oid=1, derived=True),
        table("events_2", 5, oid=3, partition_of=events),
        table("seen", 5, oid=4, derived=True),
    )
    assert lost(after, before) == ["events 9 → 5 (−44 %)"]


def rehearsal(ended: Ended, after: State = BEFORE, *, came: bool = True) -> Rehearsal:
    return Rehearsal(
        release="v1.4.0",
        database="projectledger",
        backup_id="B-20251008-110000-abcd",
        backup_at=NOON,
        restore_seconds=1.0,
        login="app",
        ended=ended,
        came=came,
        before=BEFORE,
        after=after,
        lost=lost_rows(BEFORE, after, Rules()),
        verdict=Verdict(),
        locks=(HeldLock(table=table_name("User"), mode="ShareLock", seconds=0.4),),
        schema=SchemaDifference(),
    )


WELL = Ended(how=How.ITSELF, code=0, seconds=1.8)
EMPTIED = state(table("User", 0, oid=1), table("Session", 5, oid=2))


@pytest.mark.parametrize(
    ("ended", "after", "came", "code"),
    [
        (WELL, BEFORE, True, 0),
        (WELL, EMPTIED, True, 1),
        (WELL, BEFORE, False, 1),
        (Ended(how=How.ITSELF, code=7, seconds=1), EMPTIED, True, 7),
        (Ended(how=How.SIGNAL, code=137, signal="SIGKILL", seconds=1), BEFORE, False, 137),
    ],
)
def test_it_ends_as_the_command_did_unless_that_hides_something(
    ended: Ended, after: State, came: bool, code: int
) -> None:
    assert rehearsal(ended, after, came=came).exit_code == code


def test_one_sentence_tells_it() -> None:
    assert rehearsal(WELL).sentence == (
        "ran on a copy of B-20251008-110000-abcd: 1.8 s, no row lost, longest lock User 400 ms (writes)"
    )
    hung = Ended(how=How.LIMIT, code=124, seconds=timedelta(minutes=10).total_seconds())
    assert rehearsal(hung, EMPTIED, came=False).sentence == (
        "ran on a copy of B-20251008-110000-abcd: 10 min, the command never came to it, it was not over "
        "after 10 min, and was ended, lost User 12 → 0, longest lock User 400 ms (writes)"
    )


def test_nothing_is_restored_over_a_copy() -> None:
    marker = replace(MARKER, copy_of="B-20251008-110000-abcd")
    copy = replace(IDENTITY, system_identifier="1", database_name="restored", marker=marker)
    with pytest.raises(Refused, match="restored is a copy of B-20251008-110000-abcd, made for a rehearsal"):
        find_target("projectledger", state(identity=copy), baseline())
