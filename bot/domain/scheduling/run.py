"""What came of what was due."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a schedule began, or why it could not."""

    #: an operation's id; empty where nothing began
    operation: str = ""
    #: others had asked for it, and it was under way
    joined: bool = False
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One time that was due and that somebody acted on."""

    due: datetime
    at: datetime
    #: nobody had acted on it when it was due
    made_up: bool = False
    #: how many times due before it nobody ever acted on
    skipped: int = 0
    #: how often it failed and was begun again
    again: int = 0
    begun: Begun = Begun()
