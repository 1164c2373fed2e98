"""How long tables were locked against others, from looks at what was locked."""

from bot.domain.held_locks import Lock, LockSpans
from bot.domain.state import TableName

USER, PLAN = TableName("public", "User"), TableName("billing", "Plan")
ALTERED = Lock(pid=1, table=USER, mode="AccessExclusiveLock")


def test_a_lock_lasts_from_the_look_before_it_to_the_first_look_without_it() -> None:
    spans = LockSpans(10.0)
    for now, held in ((11.0, []), (12.0, [ALTERED]), (13.0, [ALTERED]), (14.0, [])):
        spans.see(now, held)
    (longest,) = spans.longest()
    assert (longest.table, longest.seconds) == (USER, 3.0)
    assert str(longest) == "User 3.0 s (reads and writes)"


def test_one_that_is_held_to_the_end_counts_to_the_last_look() -> None:
    spans = LockSpans(0.0)
    spans.see(1.0, [ALTERED])
    spans.see(5.0, [ALTERED])
    assert [held.seconds for held in spans.longest()] == [5.0]


def test_locks_one_after_another_are_not_added_up() -> None:
    spans = LockSpans(0.0)
    for now, held in ((1.0, [ALTERED]), (2.0, []), (3.0, [ALTERED]), (6.0, [])):
        spans.see(now, held)
    assert [held.seconds for held in spans.longest()] == [4.0]


def test_the_longest_of_each_table_is_told_and_the_longest_of_all_first() -> None:
    indexed = Lock(pid=2, table=PLAN, mode="ShareLock")
    spans = LockSpans(0.0)
    for now, held in ((1.0, [ALTERED, indexed]), (2.0, [indexed]), (3.0, [])):
        spans.see(now, held)
    assert list(map(str, spans.longest())) == ["billing.Plan 3.0 s (writes)", "User 2.0 s (reads and writes)"]


def test_without_any_look_nothing_was_locked() -> None:
    assert LockSpans(0.0).longest() == ()
