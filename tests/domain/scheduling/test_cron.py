"""Cron expressions mean what they mean to cron."""

from datetime import datetime

import pytest

from bot.domain.scheduling import cron
from bot.errors import UsageError

#: A Monday.
NOON = datetime.fromisoformat("2026-03-02 12:00")


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0 2 * * *", ["03-03 02:00", "03-04 02:00", "03-05 02:00"]),
        ("*/20 12 * * *", ["03-02 12:20", "03-02 12:40", "03-03 12:00"]),
        ("5/20 13 * * *", ["03-02 13:05", "03-02 13:25", "03-02 13:45"]),
        ("0 9-17/4 * * *", ["03-02 13:00", "03-02 17:00", "03-03 09:00"]),
        ("0 5 * * 0", ["03-08 05:00", "03-15 05:00"]),
        ("0 5 * * 7", ["03-08 05:00", "03-15 05:00"]),
        ("0 5 * * SUN", ["03-08 05:00", "03-15 05:00"]),
        ("0 5 * * 1", ["03-09 05:00", "03-16 05:00"]),
        ("0 5 * * 5-7", ["03-06 05:00", "03-07 05:00", "03-08 05:00", "03-13 05:00"]),
        ("0 5 * * mon-fri", ["03-03 05:00", "03-04 05:00", "03-05 05:00", "03-06 05:00", "03-09 05:00"]),
        ("0 5 * * */2", ["03-03 05:00", "03-05 05:00", "03-07 05:00", "03-08 05:00", "03-10 05:00"]),
        ("0 5 13 * 5", ["03-06 05:00", "03-13 05:00", "03-20 05:00"]),
        ("0 5 10 * 5", ["03-06 05:00", "03-10 05:00", "03-13 05:00"]),
        ("0 5 1 apr,jun *", ["04-01 05:00", "06-01 05:00"]),
        ("0 5 31 * *", ["03-31 05:00", "05-31 05:00", "07-31 05:00"]),
    ],
)
def test_an_expression_means_what_it_means_to_cron(text: str, times: list[str]) -> None:
    at, found = NOON, []
    for _ in times:
        at = cron.read(text).after(at)
        found.append(f"{at:%m-%d %H:%M}")
    assert found == times


def test_a_leap_day_is_waited_for() -> None:
    assert cron.read("0 0 29 2 *").after(NOON) == datetime.fromisoformat("2028-02-29")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 2 * *", "has 4 fields, and cron has 5"),
        ("0 0 2 * * *", "has 6 fields, and cron has 5"),
        ("@daily", "has 1 fields, and cron has 5"),
        ("60 2 * * *", "'60' is not understood as its minute"),
        ("0 24 * * *", "'24' is not understood as its hour"),
        ("0 2 0 * *", "'0' is not understood as its day of the month"),
        ("0 2 * 13 *", "'13' is not understood as its month"),
        ("0 2 * * 8", "'8' is not understood as its day of the week"),
        ("0 2 * * sunday", "'sunday' is not understood as its day of the week"),
        ("0 2 * * fri-mon", "'fri-mon' is not understood as its day of the week"),
        ("0 2 * * 1,,2", "'' is not understood as its day of the week"),
        ("*/0 2 * * *", "'*/0' is not understood as its minute"),
        ("0 2-1 * * *", "'2-1' is not understood as its hour"),
        ("0 2 last * *", "'last' is not understood as its day of the month"),
        ("٣ 2 * * *", "'٣' is not understood as its minute"),
        ("0 2 30 2 *", "never comes: no month has such a day"),
    ],
)
def test_what_cron_would_not_take_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        cron.read(text)
    assert refused.value.reason == reason
    assert refused.value.hint
