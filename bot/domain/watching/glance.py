"""What a glance at a database shows: cheap whatever its size, and never a proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.domain.state import Identity, TableName


class File(NamedTuple):
    """A table by its oid, and the file that its rows are in: another one after a rewrite or TRUNCATE."""

    oid: int
    filenode: int
    #: it is attached to a partitioned table
    partition: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which server of a cluster answered."""

    #: as the connection string names it, with its port
    host: str
    #: 8 hexadecimal digits, another one after a promotion; empty on a standby
    timeline: str = ""


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One look, all of it within moments, in no common snapshot."""

    identity: Identity
    place: Place
    #: every table and populated materialized view
    files: Mapping[TableName, File]
    #: those that hold no row, of those that were asked for
    empty: frozenset[TableName] = frozenset()
    #: those that did not answer in time
    silent: frozenset[TableName] = frozenset()
    #: rows deleted since the server's counters began anew, of the tables whose turn it was
    deleted: Mapping[TableName, int] = field(default_factory=dict)
    #: a digest of the migration history: empty where it is gone or cannot be read, None while it is locked
    history: str | None = ""
    #: bytes that the database took up when that was looked at last; None where it was not yet
    size: int | None = None
