"""Who may rely on the bot now."""

from datetime import timedelta

from bot.domain.readiness import LEAST, not_watched
from tests.builders import NOON

EVERY = {"crm": timedelta(seconds=30)}


def test_a_database_that_was_looked_at_within_six_ticks_is_watched() -> None:
    assert list(not_watched(EVERY, {"crm": NOON - timedelta(minutes=3)}, NOON)) == []


def test_a_look_that_is_too_long_ago_or_never_was_is_named() -> None:
    every = {**EVERY, "new": timedelta(seconds=30)}
    assert list(not_watched(every, {"crm": NOON - timedelta(minutes=4), "new": None}, NOON)) == [
        "crm was looked at 4 min ago",
        "new was not looked at yet",
    ]


def test_what_nobody_is_to_watch_is_not_missed() -> None:
    assert list(not_watched(EVERY, {"crm": NOON, "archive": None}, NOON)) == []


def test_at_a_short_tick_one_look_may_take_its_time() -> None:
    assert list(not_watched({"crm": timedelta(seconds=1)}, {"crm": NOON - LEAST}, NOON)) == []
