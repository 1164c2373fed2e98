"""Asking a Slack that does not answer again, for a while; nothing is ever assumed instead."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import TypeVar

from bot.errors import CommandFailed
from bot.programs import Stopped
from bot.slack.trouble import NO_ANSWER, Kind, trouble_of

#: Between two questions, where Slack names no time, in seconds.
AGAIN = 2.0
#: How often somebody who waits looks whether to stop, in seconds.
LOOK = 0.2

T = TypeVar("T")


def until_answered(
    ask: Callable[[], T], should_stop: Callable[[], bool], *, patience: timedelta, nothing: str
) -> T:
    """What `ask` gives, as soon as Slack answers it.

    Raises `Stopped`, and `CommandFailed` after so long, in which `nothing` says what was not done.
    """
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        try:
            return ask()
        except NO_ANSWER as error:
            trouble = trouble_of(error)
            wait = trouble.wait if trouble.kind is Kind.LIMITED else AGAIN
            if trouble.kind is Kind.LOCKED_OUT or time.monotonic() + wait > deadline:
                raise CommandFailed(f"{trouble.reason}; {nothing}", "ask again when Slack answers") from error
        _wait(wait, should_stop)


def _wait(seconds: float, should_stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if should_stop():
            raise Stopped
        Event().wait(min(left, LOOK))
