"""Rows and tables against the baseline and the floors."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.findings import Code, Outcome
from bot.domain.judgement import judge
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Newest, Sequence, State, Table
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


def expecting(name: str, **expected: Any) -> Rules:
    return Rules(expectations=(Expectation(table=b.table_name(name), **expected),))


def partition(name: str, found: int, of: str = "event") -> Table:
    return b.table(name, found, partition_of=b.table_name(of))


def events(*partitions: Table) -> State:
    """A partitioned table, with all that is left of its partitions."""
    total = sum(each.rows or 0 for each in partitions)
    return b.state(b.table("event", total, derived=True), *partitions)


YEAR = tuple(partition(f"event_{month:02}", 100) for month in range(1, 13))


def test_a_volatile_table_may_be_empty() -> None:
    assert judge(rows(0, volatile=True)).outcome is Outcome.PASS
    assert judge(rows(0, volatile=True, min=1)).codes() == (Code.ROWS_BELOW_FLOOR,)


@pytest.mark.parametrize("before", [(USERS,), ()])
def test_a_volatile_table_that_is_not_there_is_a_warning(before: tuple[Table, ...]) -> None:
    rules = expecting("User", volatile=True)
    verdict = judge(b.observation(b.state(), b.baseline(*before), rules=rules))
    assert (verdict.codes(), verdict.outcome) == ((Code.SCHEMA_CHANGED,), Outcome.WARN)


@pytest.mark.parametrize("before", [(USERS,), ()])
def test_a_volatile_table_of_which_rows_are_expected_may_not_be_gone(before: tuple[Table, ...]) -> None:
    rules = expecting("User", volatile=True, min=1)
    verdict = judge(b.observation(b.state(), b.baseline(*before), rules=rules))
    assert verdict.codes() == (Code.SCHEMA_MISSING_TABLE,)


def test_a_partition_that_retention_dropped_is_a_warning() -> None:
    (found,) = judge(b.observation(events(*YEAR[1:]), b.baseline(of=events(*YEAR)))).findings
    assert (found.code, found.subject) == (Code.SCHEMA_CHANGED, "event_01")
    assert found.detail == "held 100 rows; the partition is gone, and event is there"


def test_too_many_partitions_that_are_gone_are_a_loss_of_their_parent() -> None:
    verdict = judge(b.observation(events(*YEAR[6:]), b.baseline(of=events(*YEAR))))
    (lost,) = verdict.critical()
    assert (lost.code, lost.subject, lost.detail) == (Code.ROWS_DROPPED, "event", "1,200 → 600 (−50 %)")


def test_partitions_that_are_gone_with_their_parent_are_missing() -> None:
    before = b.baseline(of=events(partition("event_01", 5)))
    assert judge(b.observation(b.state(), before)).codes() == (Code.SCHEMA_MISSING_TABLE,)


def test_a_partition_that_is_expected_by_its_own_name_may_not_be_gone() -> None:
    rules = expecting("event_01", min=1)
    verdict = judge(b.observation(events(*YEAR[1:]), b.baseline(of=events(*YEAR)), rules=rules))
    assert [found.subject for found in verdict.critical()] == ["event_01"]


def test_what_a_volatile_table_is_said_of_its_partitions_hold_too() -> None:
    before = events(partition("event_2025", 50), partition("event_2025_h1", 50, of="event_2025"))
    emptied = events(partition("event_2025", 0), partition("event_2025_h1", 0, of="event_2025"))
    rules = expecting("event", volatile=True)
    assert judge(b.observation(emptied, b.baseline(of=before), rules=rules)).outcome is Outcome.PASS


def test_a_partition_that_is_not_volatile_itself_is_judged() -> None:
    rules = Rules(
        expectations=(
            Expectation(table=b.table_name("event"), volatile=True),
            Expectation(table=b.table_name("event_01"), min=0),
        )
    )
    before, emptied = events(partition("event_01", 5)), events(partition("event_01", 0))
    assert judge(b.observation(emptied, b.baseline(of=before), rules=rules)).codes() == (Code.ROWS_ZERO,)


def test_a_partitioned_table_may_be_expected_by_its_name() -> None:
    verdict = judge(
        b.observation(events(*YEAR), b.baseline(of=events(*YEAR)), rules=expecting("event", min=1201))
    )
    (found,) = verdict.findings
    assert (found.code, found.detail) == (
        Code.ROWS_BELOW_FLOOR,
        "1,200 rows, at least 1,201 are expected",
    )


def test_a_table_that_cannot_be_counted_is_told_with_its_own_cure() -> None:
    locked = b.table("User", None, problem="locked by process 4711", cure="let it end; then ask again")
    (found,) = judge(b.observation(b.state(locked), b.baseline(USERS))).findings
    assert (found.code, found.hint) == (Code.ROWS_UNREADABLE, "let it end; then ask again")
    assert found.detail == "its rows could not be counted: locked by process 4711"


def test_a_sequence_that_cannot_be_read_is_never_fine() -> None:
    hidden = Sequence(
        name=b.table_name("hidden"), last_value=None, increment=1, problem="no right to read it"
    )
    (found,) = judge(b.observation(b.state(USERS, sequences=(hidden,)), b.baseline(USERS))).findings
    assert (found.code, found.subject) == (Code.ROWS_UNREADABLE, "hidden")
    assert found.detail == "where this sequence stands could not be read: no right to read it"


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
        (found,) = judge(b.observation(state, b.baseline(USERS), rules=rules)).findings
        assert found.code is Code.DATA_STALE
        assert found.hint.startswith("check `newest`")


def test_a_check_that_could_not_be_run_has_failed() -> None:
    (found,) = judge(checked(None, "permission denied for table Plan")).findings
    assert (found.code, found.subject) == (Code.CHECK_FAILED, "plans are there")
    assert "permission denied" in found.detail
    assert judge(checked(True)).outcome is Outcome.PASS


def test_only_what_was_looked_at_is_judged() -> None:
    users, invoices = b.table("User", None), b.table("Invoice", 0)
    before = b.baseline(b.table("User", 12), b.table("Invoice", 100), b.table("Plan", 3))
    seen = b.observation(b.state(users, invoices), before, looked_at=frozenset({b.table_name("Invoice")}))
    (found,) = judge(seen).findings
    assert (found.code, found.subject) == (Code.ROWS_ZERO, "Invoice")
    seen = b.observation(b.state(users, invoices), before, looked_at=frozenset({b.table_name("Plan")}))
    (found,) = judge(seen).findings
    assert (found.code, found.subject) == (Code.SCHEMA_MISSING_TABLE, "Plan")
