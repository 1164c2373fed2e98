"""After a swap clients may write at once; whatever their writing does not explain is a difference."""

from dataclasses import replace

from bot.domain.restoring.verifying import unexplained
from bot.domain.state import ChangeCounters
from tests import builders as b

COUNTERS = ChangeCounters(inserted=12, updated=0, deleted=0)
BEFORE = b.state(b.table("User", 12, counters=COUNTERS))


def test_rows_that_clients_wrote_are_no_difference() -> None:
    now = b.state(b.table("User", 13, counters=replace(COUNTERS, inserted=13)))
    assert unexplained(BEFORE, BEFORE, now) == ()


def test_rows_that_nobody_wrote_are_one() -> None:
    now = b.state(b.table("User", 11, counters=COUNTERS))
    assert unexplained(BEFORE, BEFORE, now) == ("table User has 11 rows instead of 12",)
    assert unexplained(BEFORE, b.state(), now) == ("table User has 11 rows instead of 12",)


def test_a_table_that_is_gone_is_one_whatever_was_written() -> None:
    assert unexplained(BEFORE, BEFORE, b.state()) == ("table User is missing",)
