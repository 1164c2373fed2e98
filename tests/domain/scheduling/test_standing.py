"""Absence is a signal: what was due and did not come to be is told, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.backup import Kind as BackupKind
from bot.domain.backup import Level
from bot.domain.findings import Code
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.scheduling.run import Begun, Run
from bot.domain.scheduling.standing import (
    AGAIN,
    BEGINS,
    ENDS,
    Standing,
    absence,
    undrilled,
    unfinished,
    unprotected,
)
from tests import builders as b

NIGHT = datetime(2025, 10, 8, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MADE, LATER = "B-20251008-020105-abcd", "B-20251008-090000-efgh"


def operation(progress: Progress, **other: Any) -> Operation:
    return Operation(
        id="op-4k7d2m9x",
        kind=Kind.BACKUP,
        database="ledger",
        progress=progress,
        requested_by="schedule:backup-ledger",
        created_at=NIGHT,
        **other,
    )


def standing(*runs: Run, began: Operation | None = None, due: datetime | None = NIGHT) -> Standing:
    return Standing(
        name="backup-ledger",
        database="ledger",
        kind=Kind.BACKUP,
        times="0 2 * * *, UTC",
        due=due,
        next=NIGHT + DAY,
        runs=runs,
        operation=began,
    )


def run(due: datetime = NIGHT, **other: Any) -> Run:
    return Run(**{"due": due, "at": due, "begun": Begun(operation="op-4k7d2m9x"), **other})


DONE = operation(Progress.DONE, result={"backup_id": MADE}, finished_at=NIGHT)
FAILED = operation(Progress.FAILED, problem="the disk is full", hint="make room", finished_at=NIGHT)


@pytest.mark.parametrize(
    ("began", "times", "at"),
    [
        (FAILED, 0, NIGHT + AGAIN[0]),
        (FAILED, 1, NIGHT + AGAIN[1]),
        (FAILED, 2, None),
        (DONE, 0, None),
        (operation(Progress.RUNNING), 0, None),
        (replace(FAILED, finished_at=NIGHT + DAY - AGAIN[0]), 0, None),
    ],
)
def test_a_backup_that_failed_is_made_again_twice_before_it_is_due(
    began: Operation, times: int, at: datetime | None
) -> None:
    assert standing(run(again=times), began=began).again == at


def test_what_failed_gives_way_to_what_is_due_since() -> None:
    assert standing(run(), began=FAILED, due=NIGHT + timedelta(minutes=5)).again is None


def test_what_failed_is_not_made_again_where_somebody_made_a_good_one_since() -> None:
    assert replace(standing(run(), began=FAILED), answered=True).again is None


def test_a_drill_that_failed_waits_until_it_is_due() -> None:
    assert replace(standing(run(), began=FAILED), kind=Kind.DRILL).again is None


@pytest.mark.parametrize("began", [DONE, FAILED, operation(Progress.RUNNING)])
def test_what_ran_when_it_was_due_is_not_missed(began: Operation) -> None:
    found = standing(run(), began=began)
    assert absence(found, NIGHT + timedelta(hours=1)) is None
    assert found.missed is None


def test_what_was_not_due_yet_is_not_missed() -> None:
    assert absence(standing(due=None), NIGHT + DAY) is None


@pytest.mark.parametrize("runs", [(), (run(NIGHT - DAY),)])
def test_what_did_not_begin_is_told_once_it_had_its_time(runs: tuple[Run, ...]) -> None:
    found = standing(*runs, began=DONE if runs else None)
    assert absence(found, NIGHT + BEGINS) is None
    told = absence(found, NIGHT + BEGINS + timedelta(seconds=1))
    assert told is not None
    assert (told.code, told.subject) == (Code.SCHEDULE_MISSED, "backup-ledger")
    assert told.detail == "it was due at 2025-10-08 02:01 UTC, and nothing began"
    assert "`/backup ledger`" in told.hint


def test_what_could_not_begin_is_told_at_once_with_the_reason() -> None:
    lost = Begun(problem="the key is lost", hint="put its copy back")
    told = absence(standing(run(begun=lost)), NIGHT)
    assert told is not None
    assert told.detail.endswith("and could not begin: the key is lost")
    assert told.hint == "put its copy back"


def test_what_does_not_end_is_told_after_hours() -> None:
    found = standing(run(), began=operation(Progress.RUNNING))
    assert absence(found, NIGHT + ENDS) is None
    told = absence(found, NIGHT + ENDS + timedelta(seconds=1))
    assert told is not None
    assert "has not ended" in told.detail
    again = replace(operation(Progress.RUNNING), created_at=NIGHT + timedelta(hours=1))
    assert absence(standing(run(again=1), began=again), NIGHT + ENDS + timedelta(hours=1)) is None


def test_the_failure_of_what_has_no_alert_of_its_own_is_told() -> None:
    assert unfinished(standing(run(), began=DONE)) is None
    told = unfinished(standing(run(), began=FAILED))
    assert told is not None
    assert (told.code, told.detail) == (Code.SCHEDULE_FAILED, "the last run failed: the disk is full")


def test_a_scheduled_backup_that_failed_is_told_until_a_later_one_is_proven() -> None:
    found = standing(run(), began=FAILED)
    before, after = NIGHT - DAY, NIGHT + timedelta(hours=7)
    told = unprotected(found, [b.backup(created_at=before)])
    assert told is not None
    assert (told.code, told.subject, told.hint) == (Code.BACKUP_FAILED, "ledger", "make room")
    unproven = b.backup(LATER, level=Level.READ, created_at=after)
    emergency = b.backup(LATER, kind=BackupKind.EMERGENCY, created_at=after)
    assert unprotected(found, [unproven, emergency]) == told
    assert unprotected(found, [b.backup(LATER, created_at=after)]) is None


def test_a_scheduled_backup_that_is_not_restore_tested_is_told_until_it_is() -> None:
    found = standing(run(), began=DONE)
    read = b.backup(MADE, level=Level.READ, proof={"not_tested_because": "no room"}, created_at=NIGHT)
    told = unprotected(found, [read])
    assert told is not None
    assert (told.code, told.subject) == (Code.BACKUP_NOT_RESTORE_TESTED, MADE)
    assert told.detail.endswith("not restore-tested: no room")
    assert unprotected(found, [b.backup(MADE, created_at=NIGHT)]) is None
    assert unprotected(found, [replace(read, damage="it was cut off")]) is None


def test_a_scheduled_drill_that_failed_is_told_until_there_was_one_again() -> None:
    found = standing(run(), began=FAILED)
    told = undrilled(found, b.drill(at=NIGHT - DAY))
    assert told is not None
    assert (told.code, told.subject, told.hint) == (Code.BACKUP_NOT_RESTORE_TESTED, "ledger", "make room")
    assert undrilled(found, None) == told
    assert undrilled(found, b.drill(at=NIGHT + DAY)) is None
    assert undrilled(standing(run(), began=DONE), None) is None
    assert undrilled(standing(run(), began=operation(Progress.RUNNING)), None) is None


@pytest.mark.parametrize("progress", [Progress.WAITING, Progress.RUNNING])
def test_a_backup_under_way_is_neither_good_nor_bad(progress: Progress) -> None:
    assert unprotected(standing(run(), began=operation(progress)), []) is None
