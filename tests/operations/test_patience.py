"""A Slack that does not answer is asked again for a while; nothing is assumed instead."""

from datetime import timedelta

import pytest

from bot.errors import CommandFailed
from bot.operations import patience
from bot.operations.patience import pause, until_answered
from bot.programs import Stopped
from bot.simulator.rate_limits import TIER_2, RateLimiter
from bot.slack.trouble import Kind, Trouble

LONG = timedelta(seconds=20)


def silent(times: int) -> list[Exception | str]:
    return [*(ConnectionResetError("reset") for _ in range(times)), "heard"]


def ask(answers: list[Exception | str], *, stop: bool = False, long: timedelta = LONG) -> str:
    def next_answer() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return until_answered(next_answer, lambda: stop, patience=long, nothing="nothing was asked")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "AGAIN", 0.01)


def test_what_is_answered_late_is_heard() -> None:
    assert ask(silent(0)) == "heard"
    assert ask(silent(3)) == "heard"


def test_after_a_while_it_is_given_up_and_said_that_nothing_was_done() -> None:
    with pytest.raises(CommandFailed, match="nothing was asked"):
        ask(silent(3), long=timedelta(0))


def test_whoever_stops_secondkey_does_not_wait_for_slack() -> None:
    with pytest.raises(Stopped):
        ask(silent(1), stop=True)


def test_a_fault_that_is_not_slacks_is_no_silence() -> None:
    with pytest.raises(ZeroDivisionError):
        ask([ZeroDivisionError(), "heard"])


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_several_calls_of_one_method_are_answered_in_the_end_though_each_try_begins_anew(calls: int) -> None:
    now = 0.0
    limiter = RateLimiter(clock=lambda: now)
    while limiter.wait("usergroups.list", TIER_2) == 0:
        pass
    for earlier in range(8):
        refusals = (limiter.wait("usergroups.list", TIER_2) for _ in range(calls))
        asked_to_wait = next((seconds for seconds in refusals if seconds), 0)
        if not asked_to_wait:
            break
        now += pause(Trouble(kind=Kind.LIMITED, reason="", wait=asked_to_wait), earlier)
    assert asked_to_wait == 0


def test_slack_is_never_asked_sooner_than_it_says() -> None:
    assert pause(Trouble(kind=Kind.LIMITED, reason="", wait=300), 0) == 300
    assert pause(Trouble(kind=Kind.LIMITED, reason="", wait=3), 9) == patience.LONGEST
