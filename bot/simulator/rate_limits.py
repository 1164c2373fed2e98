"""Slack's rates: so many calls a minute for each method, one message a second for each channel."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rate:
    per_minute: int
    #: how many may come at once
    burst: int


TIER_2 = Rate(per_minute=20, burst=20)
TIER_3 = Rate(per_minute=50, burst=50)
TIER_4 = Rate(per_minute=100, burst=100)
#: of one channel
POSTING = Rate(per_minute=60, burst=10)


class RateLimiter:
    """Buckets that fill up evenly, one for each key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, rate: Rate) -> int:
        """0 where the call may go on; else the whole seconds after which it may come again."""
        now = self._clock()
        left, at = self._buckets.get(key, (float(rate.burst), now))
        left = min(rate.burst, left + (now - at) * rate.per_minute / 60)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        return 0 if allowed else math.ceil((1 - left) * 60 / rate.per_minute)
