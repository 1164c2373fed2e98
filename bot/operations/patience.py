"""Asking a Slack that does not answer again, for a while; nothing is ever assumed instead."""

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import TypeVar

from bot.errors import CommandFailed
from bot.programs import Stopped
from bot.slack.trouble import NO_ANSWER, Kind, Trouble, trouble_of

#: Between two questions, where Slack names no time, in seconds.
AGAIN = 2.0
#: The longest time that is waited without being asked for it, in seconds.
LONGEST = 60.0
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
    for earlier in itertools.count():
        try:
            return ask()
        except NO_ANSWER as error:
            trouble = trouble_of(error)
            wait = pause(trouble, earlier)
            if trouble.kind is Kind.LOCKED_OUT or time.monotonic() + wait > deadline:
                raise CommandFailed(f"{trouble.reason}; {nothing}", "ask again when Slack answers") from error
        _wait(wait, should_stop)
    raise AssertionError("the loop above has no other end")


def pause(trouble: Trouble, earlier: int) -> float:
    """How long Slack is left alone now that it did not answer, after so many refusals before; in seconds.

    Slack names the time until ONE more call of a method. What takes several of them, and begins anew each
    time, would never end: the time is doubled.
    """
    if trouble.kind is not Kind.LIMITED:
        return AGAIN
    return max(trouble.wait, min(trouble.wait * 2.0**earlier, LONGEST))


def _wait(seconds: float, should_stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if should_stop():
            raise Stopped
        Event().wait(min(left, LOOK))
