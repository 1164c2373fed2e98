"""How somebody's command ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot import wording


class How(StrEnum):
    """What ended a command."""

    ITSELF = "itself"
    SIGNAL = "signal"
    #: its time was up
    LIMIT = "limit"
    #: whoever ran it stopped it
    CALLER = "caller"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A command that is over, with everything that it started."""

    how: How
    #: as a shell has it: 128 and more for a signal, 124 at the time limit, 130 where the caller stopped it
    code: int
    #: `SIGKILL`, where one killed it
    signal: str = ""
    #: its last lines, without secrets
    tail: str = ""
    seconds: float

    def __str__(self) -> str:
        match self.how:
            case How.ITSELF:
                return f"it ended with exit code {self.code}"
            case How.SIGNAL:
                return f"it was killed by {self.signal}"
            case How.LIMIT:
                return f"it was not over after {wording.duration(self.seconds)}, and was ended"
            case How.CALLER:
                return "it was stopped"
            case unknown:
                assert_never(unknown)
