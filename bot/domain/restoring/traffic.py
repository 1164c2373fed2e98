"""What stops and starts the application around a swap."""

from dataclasses import dataclass
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
