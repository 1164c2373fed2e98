"""Waiting for something to become true, with a limit."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], limit: float = 15) -> None:
    """Return as soon as the condition holds; fail where it does not within the limit, in seconds."""
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
