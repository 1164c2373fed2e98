"""A Slack that does not answer is asked again for a while; nothing is assumed instead."""

from datetime import timedelta

import pytest

from bot.errors import CommandFailed
from bot.operations import patience
from bot.operations.patience import until_answered
from bot.programs import Stopped

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
