"""`/schedule`: what ran, what comes, what was missed and made up for, in the reader's own time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.operation import Kind, Operation, Progress
from bot.domain.scheduling.run import Begun, Run
from bot.domain.scheduling.standing import Standing
from bot.slack.blocks import plain
from bot.slack.views import schedule

NIGHT = datetime(2025, 10, 8, 2, 1, tzinfo=UTC)
NOON = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def standing(*runs: Run, began: Operation | None = None, kind: Kind = Kind.BACKUP) -> Standing:
    return Standing(
        name=f"{kind}-ledger",
        database="ledger",
        kind=kind,
        times="0 2 * * *, Europe/Berlin",
        due=NIGHT,
        next=NIGHT + DAY,
        runs=runs,
        operation=began,
    )


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


DONE = operation(Progress.DONE, result={"backup_id": "B-20251008-020105-abcd"})
RUN = Run(due=NIGHT, at=NIGHT, begun=Begun(operation=DONE.id))


def lines(one: Standing) -> list[str]:
    return plain("\n".join(schedule.lines(one)))


def test_what_ran_and_what_comes_are_two_lines() -> None:
    assert lines(standing(RUN, began=DONE)) == [
        "🟢 Backup · 0 2 * * *, Europe/Berlin · next 2025-10-09 02:01 UTC",
        "Last 2025-10-08 02:01 UTC: done, B-20251008-020105-abcd",
    ]
    assert "<!date^" in "".join(schedule.lines(standing(RUN, began=DONE)))


def test_trouble_is_told_with_its_reason_and_the_next_move() -> None:
    failed = operation(Progress.FAILED, problem="the disk of `/var` is full", hint="make room")
    (_, last) = lines(standing(RUN, began=failed))
    assert last.endswith("failed: the disk of /var is full → make room")
    lost = Run(due=NIGHT, at=NIGHT, begun=Begun(problem="the key is lost", hint="put it back"))
    (_, last) = lines(standing(lost))
    assert last.endswith("could not begin: the key is lost → put it back")
    (first, missed, _) = lines(standing())
    assert first.startswith("🔴")
    assert missed == "⚠️ Due 2025-10-08 02:01 UTC, and nothing began"


def test_a_long_reason_leaves_room_for_the_next_move_and_for_other_schedules() -> None:
    failed = operation(Progress.FAILED, problem="it differs & " * 300, hint="make room")
    said = str(schedule.standing([standing(RUN, began=failed), standing(kind=Kind.DRILL)], NOON).blocks)
    assert "→ make room" in said
    assert "*Drill*" in said


def test_what_failed_says_when_it_is_begun_again() -> None:
    failed = operation(Progress.FAILED, problem="it was away", finished_at=NIGHT)
    (_, last, again) = lines(standing(RUN, began=failed))
    assert last == "Last 2025-10-08 02:01 UTC: failed: it was away"
    assert again == "It is begun again 2025-10-08 02:11 UTC"
    (_, last) = lines(standing(replace(RUN, again=2), began=failed))
    assert last == "Last 2025-10-08 02:01 UTC, begun again 2 times: failed: it was away"


def test_what_was_made_up_for_and_what_stays_missed_are_told() -> None:
    late = Run(due=NIGHT, at=NIGHT + timedelta(hours=6, minutes=12), made_up=True, skipped=2, begun=RUN.begun)
    (*_, made_up) = lines(standing(late, began=operation(Progress.RUNNING)))
    assert made_up == (
        "Made up for: due 2025-10-08 02:01 UTC, begun 6 h 12 min later; 2 times before it stay missed"
    )


def test_what_began_a_moment_late_says_how_long_a_moment() -> None:
    late = replace(RUN, at=NIGHT + timedelta(seconds=12), made_up=True)
    (*_, made_up) = lines(standing(late, began=DONE))
    assert made_up.endswith("begun 12.0 s later")


def test_the_heading_counts_what_is_wrong() -> None:
    well = standing(RUN, began=DONE)
    assert schedule.standing([well], NOON).text == "Schedules: all is well"
    assert schedule.standing([well, standing(kind=Kind.DRILL)], NOON).text == "Schedules: 1 problem"
    young = replace(standing(), due=None)
    assert schedule.standing([young], NOON).text == "Schedules: nothing was due yet"
    assert "Nothing is scheduled" in str(schedule.standing([], NOON).blocks)
