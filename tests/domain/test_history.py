"""Migration histories: the situations of the laboratory, each told apart."""

from dataclasses import replace

from bot.domain.findings import Code, Outcome
from bot.domain.judgement import judge
from bot.domain.migrations import MigrationState
from tests import builders as b
from tests.domain.situations import AGREED, USERS, migrations

STEPS = tuple(f"{number:02}_step" for number in range(22))


def test_a_healthy_history_passes() -> None:
    assert judge(migrations(*STEPS, release=STEPS, known=STEPS)).outcome is Outcome.PASS


def test_one_ordinary_pending_migration_only_informs() -> None:
    verdict = judge(migrations(*STEPS[:-1], release=STEPS, known=STEPS[:-1]))
    assert verdict.outcome is Outcome.PASS
    (found,) = verdict.findings
    assert (found.code, found.detail) == (Code.HISTORY_PENDING, "1 pending: 21_step")


def test_an_emptied_history_beside_a_release_is_a_full_re_apply() -> None:
    assert set(judge(migrations(release=STEPS, known=STEPS)).codes()) == {
        Code.HISTORY_EMPTY,
        Code.HISTORY_ALL_PENDING,
    }


def test_deleted_history_rows_are_no_ordinary_pending_migrations() -> None:
    verdict = judge(migrations(*STEPS[:-5], release=STEPS, known=STEPS))
    assert verdict.outcome is Outcome.BLOCK
    gone = [found.subject for found in verdict.findings if found.code is Code.HISTORY_MISSING]
    assert gone == list(STEPS[-5:])


def test_a_history_that_the_baseline_knew_is_missed_without_any_configuration() -> None:
    known = b.baseline(of=b.state(USERS, history=b.history(*STEPS)))
    (found,) = judge(b.observation(b.state(USERS), known)).findings
    assert (found.code, found.subject) == (Code.HISTORY_MISSING, "public._prisma_migrations")
    assert "22 applied migrations" in found.detail


def test_altered_checksums_are_told_for_each_migration() -> None:
    altered = [b.migration(name, checksum="other") for name in STEPS]
    found = judge(migrations(*altered, release=STEPS)).findings
    assert {each.code for each in found} == {Code.HISTORY_EDITED}
    assert len(found) == len(STEPS)


def test_a_migration_rolled_back_and_then_applied_is_applied() -> None:
    rolled_back = b.migration("00_step", MigrationState.ROLLED_BACK)
    assert judge(migrations(rolled_back, "00_step", release=("00_step",))).outcome is Outcome.PASS


def test_a_failed_migration_is_neither_pending_nor_unknown() -> None:
    failed = b.migration("01_step", MigrationState.FAILED)
    assert judge(migrations("00_step", failed, release=STEPS[:2])).codes() == (Code.HISTORY_FAILED,)


def test_a_release_folder_that_cannot_be_read_is_a_finding_beside_the_history() -> None:
    observation = replace(migrations(), release=b.release(problem="no such folder"))
    assert judge(observation).codes() == (Code.HISTORY_EMPTY, Code.HISTORY_UNREADABLE)


def test_a_tool_that_nobody_can_read_is_named() -> None:
    unknown = replace(
        b.history(present=False, problem="Secondkey cannot read flyway yet"), table="", tool="flyway"
    )
    (found,) = judge(b.observation(b.state(USERS, history=unknown), AGREED)).findings
    assert (found.code, found.subject) == (Code.HISTORY_UNREADABLE, "flyway")
