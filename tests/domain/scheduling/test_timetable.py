"""Each time is due once, whatever is done to the clock of the place."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.scheduling import cron
from bot.domain.scheduling.timetable import SPREAD, Timetable, spread

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata")
CRONS = ("0 2 * * *", "30 2 * * *", "15 * * * *", "0 5 * * 0", "*/40 1-3 * * *")


def timetable(text: str, zone: str = "UTC", offset: timedelta = timedelta()) -> Timetable:
    return Timetable(cron=cron.read(text), zone=ZoneInfo(zone), offset=offset)


def due(table: Timetable, begin: datetime, days: int) -> list[str]:
    """When it is due within these days, as the clock of the place shows it with its distance from UTC."""
    found, at = [], begin
    while (at := table.after(at)) < begin + timedelta(days=days):
        found.append(f"{at.astimezone(table.zone):%m-%d %H:%M %z}")
    return found


def test_a_time_that_does_not_exist_is_due_right_after_it_would_have_been() -> None:
    found = due(timetable("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, tzinfo=BERLIN), 3)
    assert found == ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"]


def test_a_time_that_is_there_twice_is_due_the_first_time() -> None:
    found = due(timetable("30 2 * * *", "Europe/Berlin"), datetime(2026, 10, 24, tzinfo=BERLIN), 3)
    assert found == ["10-24 02:30 +0200", "10-25 02:30 +0200", "10-26 02:30 +0100"]


def test_times_that_fall_together_are_due_once() -> None:
    begin = datetime(2026, 3, 29, 1, 20, tzinfo=BERLIN)
    found = due(timetable("*/20 * * * *", "Europe/Berlin"), begin, 1)
    assert found[:3] == ["03-29 01:40 +0100", "03-29 03:00 +0200", "03-29 03:20 +0200"]


@given(
    st.sampled_from(CRONS),
    st.sampled_from(ZONES),
    st.floats(datetime(2011, 12, 1, tzinfo=UTC).timestamp(), datetime(2027, 1, 1, tzinfo=UTC).timestamp()),
    st.timedeltas(timedelta(), SPREAD),
)
def test_time_never_goes_back_and_every_day_has_its_own(
    text: str, zone: str, moment: float, offset: timedelta
) -> None:
    at = datetime.fromtimestamp(moment, UTC)
    table = timetable(text, zone, offset)
    following = table.after(at)
    assert at < following
    assert following - at <= timedelta(days=9)
    between = at + (following - at) / 2
    assert table.after(between) == following
    assert table.newest(at, following) == following
    assert table.newest(at, following - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("days", [0.01, 3, 90, 4000])
def test_the_newest_of_many_is_found_however_long_ago_it_was_looked(days: float) -> None:
    until = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
    since = until - timedelta(days=days)
    assert timetable("* * * * *").newest(since, until) == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    rare = timetable("0 5 29 2 *").newest(since, until)
    assert rare == (datetime(2024, 2, 29, 5, tzinfo=UTC) if days == 4000 else None)


def test_the_spread_belongs_to_the_name() -> None:
    offsets = {spread(f"backup-{number}") for number in range(50)}
    assert len(offsets) > 40
    assert all(timedelta() <= offset < SPREAD for offset in offsets)
    assert spread("backup-projectledger") == timedelta(seconds=65)
