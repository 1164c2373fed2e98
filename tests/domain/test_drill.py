"""Which backups are drilled, and what is said of a drill."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.drill import RestoreTime, chosen, last_drill, longest_gap, restore_time, unanswered
from bot.domain.findings import Code, finding
from bot.domain.grammar import Drill as Asked
from bot.domain.grammar import DrillList, DrillStatus, Help, parse_drill
from bot.errors import NotFound, UsageError
from tests import builders
from tests.builders import NOON

ONE, TWO = ["projectledger"], ["projectledger", "crm"]
ID = "B-20251008-191204-abcd"


def made(hours_ago: float, **how: object) -> Backup:
    at = NOON - timedelta(hours=hours_ago)
    return builders.backup(f"B-{at:%Y%m%d-%H%M%S}-aaaa", **how)  # type: ignore[arg-type]


def test_the_newest_is_drilled_and_an_older_one_that_the_seed_says() -> None:
    backups = [made(n) for n in range(20)]
    for seed in ("op-1", "op-2", "op-3"):
        newest, older = chosen(backups, seed)
        assert newest == backups[0]
        assert older in backups[1:]
        assert chosen(backups, seed) == (newest, older)
    assert len({chosen(backups, f"op-{n}")[1].id for n in range(50)}) > 10


@pytest.mark.parametrize(
    "how",
    [
        {"health": Health.SUSPECT},
        {"health": Health.UNKNOWN},
        {"level": Level.WRITTEN},
        {"corrupt": "it differs"},
        {"kind": Kind.EMERGENCY},
    ],
)
def test_what_nobody_would_restore_is_not_drilled(how: dict[str, object]) -> None:
    good, read = made(5), made(9, level=Level.READ)
    assert chosen([made(1, **how), good, made(7, **how), read], "op-1") == (good, read)
    assert chosen([made(1, **how)], "op-1") == ()


def test_the_longest_gap_is_between_good_ones_of_the_last_days_and_since_the_newest() -> None:
    assert longest_gap([], NOON) is None
    assert longest_gap([made(30)], NOON) == timedelta(hours=30)
    assert longest_gap([made(1), made(2), made(9)], NOON) == timedelta(hours=7)
    assert longest_gap([made(1), made(2, health=Health.SUSPECT), made(9)], NOON) == timedelta(hours=8)
    long_ago = [made(1), *(made(24 * days) for days in (6, 8, 100))]
    assert longest_gap(long_ago, NOON) == timedelta(days=6) - timedelta(hours=1)


def test_a_report_says_what_a_restore_took_and_would_have_lost() -> None:
    drill = builders.drill(backup_id=ID, age=timedelta(hours=3), gap=timedelta(hours=26), seconds=6.1)
    assert last_drill(drill, NOON + timedelta(days=2)) == (
        f"last drill 2 days ago: {ID} restored in 6.1 s; it was 3 h old, at most 26 h lay "
        "between two good ones"
    )
    failed = replace(drill, seconds=None, problem="no room")
    assert last_drill(failed, NOON) == f"last drill just now: {ID} was not restored: no room"


def test_a_restore_takes_what_the_newest_trial_took() -> None:
    tested = builders.backup(proof={"restore_seconds": 40.0, "at": NOON})
    later = builders.drill(at=NOON + timedelta(hours=1), seconds=52.0)
    assert restore_time(tested, later) == RestoreTime(seconds=52.0, tried="last drill")
    own = RestoreTime(seconds=40.0, tried="last restore test")
    assert restore_time(tested, None) == own
    assert restore_time(tested, replace(later, at=NOON - timedelta(hours=1))) == own
    assert restore_time(tested, replace(later, seconds=None, problem="no room")) == own
    assert restore_time(builders.backup(), later).seconds == 52.0
    assert restore_time(builders.backup(), None).seconds is None


@pytest.mark.parametrize(
    ("text", "databases", "read"),
    [
        ("", ONE, Asked(database="projectledger")),
        ("crm", TWO, Asked(database="crm")),
        (ID.lower(), TWO, Asked(database=None, id=ID)),
        (f"crm {ID}", TWO, Asked(database="crm", id=ID)),
        ("list", TWO, DrillList(database=None)),
        ("status crm", TWO, DrillStatus(database="crm")),
        ("help", TWO, Help()),
    ],
)
def test_how_a_drill_is_asked_for(text: str, databases: list[str], read: object) -> None:
    assert parse_drill(text, databases) == read


@pytest.mark.parametrize("text", ["", "crn", "stauts", "B-1", f"{ID} crm", "list crm now"])
def test_what_is_not_understood_drills_nothing(text: str) -> None:
    with pytest.raises((UsageError, NotFound)):
        parse_drill(text, TWO)


def test_what_an_earlier_drill_found_is_answered_by_the_same_backup_or_a_newer_one() -> None:
    older, same, newer = (f"B-2025100{day}-020105-abcd" for day in (6, 7, 8))
    found = (finding(Code.BACKUP_CORRUPT, same, "a drill did not restore it"),)
    assert unanswered(found, [builders.drill(backup_id=older)]) == found
    assert unanswered(found, [builders.drill(backup_id=newer, problem="no room")]) == found
    assert unanswered(found, [builders.drill(backup_id=same, problem="no room")]) == ()
    assert unanswered(found, [builders.drill(backup_id=newer)]) == ()
    knew_nothing = finding(Code.BACKUP_NOT_RESTORE_TESTED, "projectledger", "the scheduled drill failed")
    assert unanswered([knew_nothing], [builders.drill(backup_id=older)]) == ()
