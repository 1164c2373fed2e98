"""A signal's handler runs between any two steps of the thread that waits."""

import sys
from types import FrameType
from typing import Any

import pytest

from bot.asked import Asked


@pytest.mark.timeout(10)
@pytest.mark.parametrize("step", [0, 1])
def test_whatever_step_of_waiting_a_signal_comes_at_it_ends_the_waiting(step: int) -> None:
    asked, steps = Asked(), iter(range(100))

    def signalled(frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_name == "set":
            return None
        if event == "line" and next(steps) == step:
            asked.set()
        return signalled

    before = sys.gettrace()
    sys.settrace(signalled)
    try:
        asked.wait()
    finally:
        sys.settrace(before)
    assert asked.is_set()
