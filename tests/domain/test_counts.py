"""How a change of rows is told: exact, and never as all or nothing where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.counts import change, held
from tests import builders as b


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (312, 1, "312 → 1 (−99.7 %)"),
        (1204, 602, "1,204 → 602 (−50 %)"),
        (1_000_000, 1, "1,000,000 → 1 (−99.9 %)"),
        (1_000_000, 999_999, "1,000,000 → 999,999 (−0.1 %)"),
        (1000, 995, "1,000 → 995 (−0.5 %)"),
        (12, 0, "12 → 0"),
        (12, 13, "12 → 13"),
    ],
)
def test_a_change_is_told_with_its_share(before: int, after: int, told: str) -> None:
    assert change(before, after) == told


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_where_something_is_left_not_all_is_gone(before: int, after: int) -> None:
    told = change(before, after)
    assert "−100" not in told
    assert "−0 %" not in told
    assert "−0.0" not in told


def test_a_total_says_what_it_leaves_out() -> None:
    counted = b.state(b.table("User", 1204), b.table("event", None, derived=True), b.table("Plan", 1))
    assert held(counted) == "1,205 rows"
    less = b.state(b.table("User", 1204), b.table("Big", None), b.table("Huge", None))
    assert held(less) == "at least 1,204 rows, 2 tables not counted"
