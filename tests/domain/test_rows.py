"""Rows and tables against the baseline and the floors."""

from datetime import timedelta

import pytest

from bot.domain.findings import Code, Outcome
from bot.domain.judgement import judge
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Newest
from tests import builders as b
from tests.domain.situations import USERS, checked, rows, stale


def test_an_empty_table_that_had_rows_is_critical() -> None:
    (found,) = judge(rows(0, 1)).findings
    assert (found.code, found.subject, found.detail) == (Code.ROWS_ZERO, "User", "1 → 0")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (1000, 800, False),  # exactly the share that may go
        (1000, 799, True),
        (40, 31, False),  # more than the share, and only nine rows
        (40, 30, True),
        (4, 2, True),  # few rows, and half the table
        (4, 3, False),
        (4, 5, False),
    ],
)
def test_a_fall_is_told_beyond_the_share_and_ten_rows_or_half_the_table(
    before: int, after: int, told: bool
) -> None:
    assert (Code.ROWS_DROPPED in judge(rows(after, before)).codes()) is told


def test_a_slow_leak_is_compared_with_the_highest_count_of_the_week() -> None:
    leaking = b.baseline(b.table("User", 850), highest=((b.table_name("User"), 1000),))
    (found,) = judge(b.observation(b.state(b.table("User", 790)), leaking)).findings
    assert found.detail == "1,000 → 790 (−21 %)"


def test_a_volatile_table_may_be_empty_and_may_not_be_gone() -> None:
    assert judge(rows(0, volatile=True)).outcome is Outcome.PASS
    assert judge(rows(0, volatile=True, min=1)).codes() == (Code.ROWS_BELOW_FLOOR,)
    rules = Rules(expectations=(Expectation(table=b.table_name("User"), volatile=True),))
    assert judge(b.observation(b.state(), b.baseline(USERS), rules=rules)).codes() == (
        Code.SCHEMA_MISSING_TABLE,
    )


def test_a_table_that_only_the_configuration_knows_is_missing() -> None:
    rules = Rules(expectations=(Expectation(table=b.table_name("Usr"), min=1),))
    (found,) = judge(b.observation(b.state(USERS), b.baseline(USERS), rules=rules)).findings
    assert found.code is Code.SCHEMA_MISSING_TABLE
    assert "spelling" in found.hint


def test_a_table_that_is_both_pinned_and_expected_is_missing_once() -> None:
    rules = Rules(expectations=(Expectation(table=b.table_name("User"), min=1),))
    assert len(judge(b.observation(b.state(), b.baseline(USERS), rules=rules)).findings) == 1


def test_changed_columns_are_named() -> None:
    before = b.baseline(b.table("User", 1, columns=("id int not null", "name text")))
    after = b.state(b.table("User", 1, columns=("id int not null", "vat numeric")))
    (found,) = judge(b.observation(after, before)).findings
    assert (found.code, found.detail) == (Code.SCHEMA_CHANGED, "gone: name text; new: vat numeric")


def test_the_age_of_the_newest_row_counts_from_the_snapshot() -> None:
    assert judge(stale(timedelta(days=2))).outcome is Outcome.PASS
    (found,) = judge(stale(timedelta(days=3))).findings
    assert found.detail == "the newest createdAt is 3 days old; at most 2 days is expected"


def test_a_newest_row_that_could_not_be_read_is_never_fresh() -> None:
    table = b.table_name("User")
    rules = Rules(expectations=(Expectation(table=table, newest="at", max_age=timedelta(days=1)),))
    for newest in ((), (Newest(table=table, column="at", at=None, problem="no such column"),)):
        state = b.state(USERS, newest=newest)
        assert judge(b.observation(state, b.baseline(USERS), rules=rules)).codes() == (Code.DATA_STALE,)


def test_a_check_that_could_not_be_run_has_failed() -> None:
    (found,) = judge(checked(None, "permission denied for table Plan")).findings
    assert (found.code, found.subject) == (Code.CHECK_FAILED, "plans are there")
    assert "permission denied" in found.detail
    assert judge(checked(True)).outcome is Outcome.PASS
