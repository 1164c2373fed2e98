"""Databases on protected servers that restores made: copies, and what was set aside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: How long a copy outlives the request that it was made for: whoever asks again then need not wait for one.
COPY_OUTLIVES = timedelta(hours=2)


class Kind(StrEnum):
    #: restored beside, and not live yet
    COPY = "copy"
    #: swapped out, and kept for undo
    ASIDE = "aside"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One such database."""

    #: the operation that made it
    operation: str
    kind: Kind
    #: the name in the configuration
    database: str
    #: its own name on the server
    name: str
    oid: int
    system_identifier: str
    #: what it holds: a backup's id and its archive's checksum; of a set-aside one what took its place
    source: str
    checksum: str
    made_at: datetime
    keep_until: datetime
    announced_at: datetime | None = None
