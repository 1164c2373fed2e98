"""Backups one by one and together: findings, health, the default choice, losses, the baseline."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.catalogue import default_choice, losses, moves_baseline
from bot.domain.findings import Code, Verdict, finding, verdict
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.observation import Expectation, Rules
from bot.domain.omission import Omission, Part
from tests import builders as b
from tests.domain.situations import SITUATIONS, facts

FIRST, SECOND, THIRD = "B-20251008-090000-aaaa", "B-20251008-100000-bbbb", "B-20251008-110000-cccc"
PASS = Verdict()
BLOCK = verdict([finding(Code.ROWS_ZERO, "User", "1 → 0")])
SUSPECT = b.backup(THIRD, health=Health.SUSPECT, proof={"suspect_because": (Code.ROWS_ZERO,)})
UNUSABLE = [
    SUSPECT,
    b.backup(THIRD, health=Health.UNKNOWN),
    b.backup(THIRD, kind=Kind.EMERGENCY),
    b.backup(THIRD, corrupt="truncated"),
    b.backup(THIRD, omissions=(Omission(part=Part.LARGE_OBJECTS, why="no right"),)),
]


def test_the_stale_backup_is_named_with_its_age() -> None:
    found = next(f for f in judge(SITUATIONS[Code.BACKUP_STALE]).findings if f.code is Code.BACKUP_STALE)
    assert found.subject == "B-20251006-110000-abcd"
    assert found.detail == "made 2 days ago; at most 24 h is allowed"


def test_suspect_and_emergency_backups_are_never_counted_on() -> None:
    only = facts(backups=(SUSPECT, b.backup(SECOND, kind=Kind.EMERGENCY)))
    assert Code.BACKUP_MISSING in judge(only).codes()


def test_an_old_corrupt_backup_no_longer_blocks_once_a_newer_one_is_proven_good() -> None:
    corrupt = b.backup(FIRST, corrupt="one byte was changed")
    assert Code.BACKUP_CORRUPT in judge(facts(backups=(corrupt,))).codes()
    assert Code.BACKUP_CORRUPT not in judge(facts(backups=(b.backup(SECOND), corrupt))).codes()


def test_why_it_was_not_restore_tested_is_said() -> None:
    untested = b.backup(level=Level.READ, proof={"not_tested_because": "postgis is not installed here"})
    (found,) = judge(facts(backups=(untested,))).findings
    assert found.detail == "read, not restore-tested: postgis is not installed here"


def test_the_default_is_the_newest_that_is_proven_good_and_says_what_it_passed_over() -> None:
    good, older = b.backup(SECOND), b.backup(FIRST)
    for unusable in UNUSABLE:
        choice = default_choice([unusable, good, older])
        assert choice.backup == good
        ((passed_over, why),) = choice.passed_over
        assert passed_over == unusable
        assert why
    untested = b.backup(THIRD, level=Level.WRITTEN)
    assert default_choice([untested]).backup is None
    assert default_choice([untested]).passed_over[0][1].startswith("not restore-tested")


def test_a_loss_is_dated_by_the_two_backups_around_it() -> None:
    known = [
        b.backup(THIRD, b.table("User", 0), b.table("Invoice", 18_000)),
        b.backup(SECOND, b.table("User", 1204), b.table("Invoice", 18_442), b.table("Plan", 3)),
        b.backup(FIRST, b.table("User", 1200), b.table("Invoice", 18_442), b.table("Plan", 3)),
    ]
    found = [
        (loss.before, loss.after, loss.table.short, loss.rows_before, loss.rows_after)
        for loss in losses(known)
    ]
    assert found == [(SECOND, THIRD, "User", 1204, 0), (SECOND, THIRD, "Plan", 3, 0)]


def test_tables_that_may_be_empty_and_uncounted_ones_are_no_loss() -> None:
    known = [
        b.backup(SECOND, b.table("Session", 0), b.table("Big", None)),
        b.backup(FIRST, b.table("Session", 40), b.table("Big", 9)),
    ]
    assert (
        losses(known, Rules(expectations=(Expectation(table=b.table_name("Session"), volatile=True),))) == ()
    )


def test_a_partition_that_retention_dropped_is_no_loss_and_what_its_table_lost_is() -> None:
    old, new = (b.table(name, 5, partition_of=b.table_name("event")) for name in ("event_2024", "event_2025"))
    before = b.backup(FIRST, b.table("event", 10, derived=True), old, new)
    (loss,) = losses([b.backup(SECOND, b.table("event", 5, derived=True), new), before])
    assert (str(loss.table), loss.rows_before, loss.rows_after) == ("public.event", 10, 5)


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_only_a_healthy_backup_moves_the_baseline(unusable: Backup) -> None:
    baseline = b.baseline()
    assert moves_baseline(PASS, b.backup(), b.NOON, baseline)
    assert not moves_baseline(PASS, unusable, b.NOON, baseline)
    assert not moves_baseline(BLOCK, b.backup(), b.NOON, baseline)


def test_a_backup_begun_before_people_pinned_moves_nothing() -> None:
    baseline = b.baseline()
    assert moves_baseline(PASS, b.backup(), baseline.pinned_at, baseline)
    assert not moves_baseline(PASS, b.backup(), baseline.pinned_at - timedelta(seconds=1), baseline)
    assert not moves_baseline(PASS, b.backup(), b.NOON, None)


def test_health_is_judged_by_identity_and_data_alone() -> None:
    assert health_of(PASS) == (Health.HEALTHY, ())
    assert health_of(judge(SITUATIONS[Code.HISTORY_FAILED])) == (Health.HEALTHY, ())
    assert health_of(judge(SITUATIONS[Code.BACKUP_CORRUPT])) == (Health.HEALTHY, ())
    assert health_of(judge(SITUATIONS[Code.SCHEMA_CHANGED])) == (Health.HEALTHY, ())
    assert health_of(judge(SITUATIONS[Code.CHECK_FAILED])) == (Health.SUSPECT, (Code.CHECK_FAILED,))
    assert health_of(judge(SITUATIONS[Code.ROWS_ZERO])) == (Health.SUSPECT, (Code.ROWS_ZERO,))


def test_what_is_not_whole_is_never_healthy() -> None:
    assert health_of(PASS, whole=False) == (Health.SUSPECT, (Code.ROWS_UNREADABLE,))
    assert health_of(judge(SITUATIONS[Code.ROWS_ZERO]), whole=False)[1] == (Code.ROWS_ZERO,)


def test_without_a_baseline_the_health_is_unknown_whatever_else_was_found() -> None:
    empty = b.observation(b.state(identity=replace(b.IDENTITY, standby=True)))
    assert health_of(judge(empty)) == (Health.UNKNOWN, ())


def test_what_nobody_looked_at_is_not_judged() -> None:
    assert judge(b.observation(b.state(), b.baseline())).findings == ()
