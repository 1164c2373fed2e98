"""What can be made to go wrong, and how patient the simulated Slack is. Tests change these while it runs."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Faults:
    #: deliver each envelope twice
    duplicates: bool = False
    #: hold to Slack's own rates
    rate_limits: bool = True
    #: how long Slack waits for an acknowledgement, and how long a trigger lives; in seconds
    patience: float = 3.0
    #: when an event that was not acknowledged is sent again, in seconds after the attempt before
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    #: in seconds, for a provoked refusal
    retry_after: int = 1
    #: name only the first people of each reaction, even where all are asked for
    shortened: bool = False
    #: events reach nobody, as where the app dies behind its acknowledgement
    lost_events: bool = False
    _refusals: Counter[str] = field(default_factory=Counter)

    def rate_limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of a Web API method with 429."""
        self._refusals[method] = times
        self.retry_after = retry_after

    def refuses(self, method: str) -> bool:
        """Whether this very call is to be refused."""
        if self._refusals[method] <= 0:
            return False
        self._refusals[method] -= 1
        return True
