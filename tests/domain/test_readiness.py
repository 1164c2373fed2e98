"""Who may rely on the bot now."""

from datetime import timedelta

from bot.domain.readiness import LEAST, not_watched
from tests.builders import NOON

TICK = timedelta(seconds=30)


def test_a_database_that_was_looked_at_within_six_ticks_is_watched() -> None:
    assert list(not_watched({"crm": NOON - 6 * TICK}, TICK, NOON)) == []


def test_a_look_that_is_too_long_ago_or_never_was_is_named() -> None:
    looks = {"crm": NOON - timedelta(minutes=4), "gone": NOON, "new": None}
    assert list(not_watched(looks, TICK, NOON)) == [
        "crm was looked at 4 min ago",
        "new was not looked at yet",
    ]


def test_at_a_short_tick_one_look_may_take_its_time() -> None:
    assert list(not_watched({"crm": NOON - LEAST}, timedelta(seconds=1), NOON)) == []
