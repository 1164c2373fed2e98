"""What did not happen: the watch that does not look, Slack that says nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.findings import Code
from bot.domain.watching.silence import slack_silent, stalled

NOW = datetime(2025, 10, 8, 12, tzinfo=UTC)
TEN_SECONDS = timedelta(seconds=10)
LONG_AGO = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "silence", "is_told"),
    [
        (TEN_SECONDS, timedelta(seconds=59), False),
        (TEN_SECONDS, timedelta(seconds=60), True),
        (timedelta(seconds=1), timedelta(seconds=59), False),
        (timedelta(minutes=5), timedelta(minutes=29), False),
        (timedelta(minutes=5), timedelta(minutes=30), True),
    ],
)
def test_a_watch_that_missed_six_ticks_and_a_minute_is_told(
    every: timedelta, silence: timedelta, is_told: bool
) -> None:
    found = stalled({"ledger": every}, {"ledger": NOW - silence}, LONG_AGO, NOW)["ledger"]
    assert (found is not None) == is_told
    if found:
        assert (found.code, found.subject) == (Code.WATCH_STALLED, "ledger")


def test_a_database_that_nobody_looked_at_is_told_once_the_bot_runs_for_long_enough() -> None:
    every = {"ledger": TEN_SECONDS}
    assert stalled(every, {}, NOW - timedelta(seconds=30), NOW) == {"ledger": None}
    found = stalled(every, {}, NOW - timedelta(minutes=2), NOW)["ledger"]
    assert found is not None
    assert found.detail == "nobody looked at it for 2 min; every 10.0 s is meant"


def test_what_was_missed_while_no_bot_ran_is_no_fault_of_this_one() -> None:
    looks = {"ledger": NOW - timedelta(hours=9)}
    assert stalled({"ledger": TEN_SECONDS}, looks, NOW - timedelta(seconds=20), NOW) == {"ledger": None}


def test_slack_is_silent_when_no_connection_was_there_for_a_minute() -> None:
    assert slack_silent(None, NOW) is None
    assert slack_silent(NOW - timedelta(seconds=59), NOW) is None
    found = slack_silent(NOW - timedelta(seconds=61), NOW)
    assert found is not None
    assert found.code is Code.WATCH_SLACK_SILENT
