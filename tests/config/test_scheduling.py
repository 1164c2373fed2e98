"""Backups and drills happen without anybody remembering, when the configuration says, or daily and weekly."""

from zoneinfo import ZoneInfo

import pytest

from tests.config.conftest import WHOLE, Load, Problems

BACKUP = "[databases.projectledger.backup]\n"
DRILL = "[databases.projectledger.drill]\n"


def test_backups_are_daily_and_drills_weekly_unless_somebody_says_otherwise(load_text: Load) -> None:
    database = load_text(WHOLE).databases["projectledger"]
    assert database.backup.schedule is not None
    assert database.backup.schedule.text == "0 2 * * *"
    assert database.drill.schedule is not None
    assert database.drill.schedule.text == "0 5 * * 0"
    assert database.time_zone == ZoneInfo("UTC")


def test_they_can_be_moved_and_switched_off(load_text: Load) -> None:
    text = 'time_zone = "Europe/Berlin"\n' + BACKUP + 'schedule = "30 1,13 * * *"\n' + DRILL
    database = load_text(WHOLE + text + 'schedule = "off"\n').databases["projectledger"]
    assert database.backup.schedule is not None
    assert database.backup.schedule.text == "30 1,13 * * *"
    assert database.drill.schedule is None
    assert database.time_zone == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (BACKUP + 'schedule = "0 2 * *"', "backup.schedule: has 4 fields, and cron has 5", "is never"),
        (
            BACKUP + 'schedule = "0 25 * * *"',
            "backup.schedule: '25' is not understood as its hour",
            "0 to 23",
        ),
        (BACKUP + 'schedule = "never"', "backup.schedule: has 1 fields, and cron has 5", "is never"),
        (BACKUP + "schedule = 2", "backup.schedule: is no cron expression", "is never"),
        (DRILL + 'schedule = "0 0 31 2 *"', "drill.schedule: never comes", "a day that there is"),
        ('time_zone = "Mars/Base"', "time_zone: is not a time zone that this machine knows", "Europe/Berlin"),
        ('time_zone = "../etc/passwd"', "time_zone: is not a time zone that this machine knows", "IANA"),
        ("time_zone = 1", "time_zone: is not a time zone that this machine knows", "IANA"),
    ],
)
def test_what_is_no_time_is_told_before_the_bot_starts(
    problems: Problems, text: str, reason: str, hint: str
) -> None:
    ((found, next_move),) = problems(WHOLE + text).items()
    assert f"databases.projectledger.{reason}" in found
    assert hint in next_move
