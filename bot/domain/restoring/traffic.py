"""What stops and starts the application around a swap."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Command = tuple[str, ...]


class Prepare(StrEnum):
    """When the copy is restored beside the live database."""

    AT_REQUEST = "at-request"
    AT_APPROVAL = "at-approval"


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Commands as lists of words; without any, only the fence keeps clients out."""

    stop: tuple[Command, ...] = ()
    start: tuple[Command, ...] = ()
    #: does the application answer?
    check: tuple[Command, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Traffic of a database is stopped: by whom, since when and why."""

    by: str
    since: datetime
    reason: str = ""
    #: nobody gets into the database, whatever the commands did
    fenced: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the traffic of one database stands."""

    database: str
    #: None where Secondkey stopped nothing
    now: Stopped | None
    #: who is in it, but for Secondkey; None where that is not known
    inside: tuple[str, ...] | None
