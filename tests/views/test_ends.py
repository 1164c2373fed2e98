"""What people are told of drills and of the end of backups: numbers, next moves, no markup of others."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.operation import Kind, Operation, Progress
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.domain.retention import Judged, Policy
from bot.slack.views import drill as view
from bot.slack.views import kept_aside, retention
from tests import builders
from tests.builders import DATABASE, NOON
from tests.slack.limits import check, readable

ID = "B-20251008-110000-abcd"
OPERATION = Operation(
    id="op-4k7d2m9x",
    kind=Kind.DRILL,
    database=DATABASE,
    progress=Progress.DONE,
    requested_by="U00000001",
    created_at=NOON,
)
PASSED = builders.drill(
    backup_id=ID, bytes=4_200_000_000, age=timedelta(hours=3), gap=timedelta(hours=26), seconds=61.2
)
FAILED = replace(PASSED, backup_id=ID.replace("abcd", "zzzz"), seconds=None, problem="<!channel> *differs*")
BACKUPS = [builders.backup(f"B-202510{day:02d}-110000-abcd") for day in range(20, 0, -1)]


def test_a_drill_says_what_it_took_and_what_would_have_been_lost() -> None:
    said = view.result(OPERATION, [PASSED])
    assert said.text == f"🟢 Drill passed · {DATABASE}: {ID} restored in 1 min 1 s"
    assert "4.2 GB restored in *1 min 1 s*" in str(said.blocks)
    assert "3 h old" in str(said.blocks)
    assert "at most 26 h" in str(said.blocks)
    only = replace(PASSED, gap=PASSED.age)
    assert "between two" not in str(view.result(OPERATION, [only]).blocks)


def test_a_drill_that_failed_says_why_and_what_next() -> None:
    said = view.result(OPERATION, [PASSED, FAILED])
    assert said.text.startswith("🔴 Drill failed")
    assert f"/drill {FAILED.backup_id}" in str(said.blocks)
    assert "differs" in str(view.listed([(DATABASE, [FAILED])]).blocks)
    for message in (said, view.standing([(DATABASE, FAILED, OPERATION)])):
        assert "<!channel>" not in str(message.blocks)


def test_long_reasons_of_failed_drills_push_out_no_other_drill() -> None:
    failed = replace(FAILED, problem="the copy differs & " * 100)
    said = readable(check(view.listed([(DATABASE, [failed] * view.LISTED)])))
    assert said.count(failed.backup_id) == view.LISTED


def test_what_is_set_aside_says_when_it_goes_in_the_first_words() -> None:
    aside = Made(
        operation="op-4k7d2m9x",
        kind=MadeKind.ASIDE,
        database=DATABASE,
        name="<!here>",
        oid=1,
        system_identifier="1",
        source=ID,
        checksum="",
        made_at=NOON,
        keep_until=NOON + timedelta(days=7),
    )
    said = check(kept_aside.going(aside))
    assert said.text[:100] == (
        f"{DATABASE}: what was set aside is dropped at 2025-10-15 12:00 UTC (&lt;!here&gt;)"
    )


def test_what_goes_is_named_as_far_as_there_is_room() -> None:
    said = str(retention.notice(DATABASE, [], BACKUPS, 3).blocks)
    assert BACKUPS[retention.NAMED - 1].id in said
    assert BACKUPS[retention.NAMED].id not in said
    assert f"and {len(BACKUPS) - retention.NAMED} more" in said


def test_why_backups_stay_is_counted() -> None:
    judged = [Judged(backup=each, stays="" if n > 14 else "a place") for n, each in enumerate(BACKUPS)]
    said = retention.standing(DATABASE, Policy(), Policy(keep_daily=3), judged)
    assert said.text.endswith(": 15 kept, 5 over")
    assert "15  a place" in str(said.blocks)
    assert "`keep_daily` 14 → *3*" in str(said.blocks)
    assert f"/backup retention lower {DATABASE} REASON" in str(said.blocks)
