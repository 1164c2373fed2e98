"""How long tables were locked against others, by looking again and again."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot import wording
from bot.domain.state import TableName

#: Those that keep somebody waiting who reads or writes, by what they let nobody do.
BLOCKS = {
    "AccessExclusiveLock": "reads and writes",
    "ExclusiveLock": "writes",
    "ShareRowExclusiveLock": "writes",
    "ShareLock": "writes",
}


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock that was seen: the same while one session keeps it."""

    pid: int
    table: TableName
    #: one of `BLOCKS`
    mode: str


@dataclass(frozen=True, kw_only=True)
class HeldLock:
    table: TableName
    mode: str
    #: at most: from the look before it was first seen to the first look without it
    seconds: float

    def __str__(self) -> str:
        return f"{self.table.short} {wording.duration(self.seconds)} ({BLOCKS[self.mode]})"


class LockSpans:
    """Collects looks; times are in seconds, from any beginning."""

    def __init__(self, begun: float) -> None:
        self._looked = begun
        self._since: dict[Lock, float] = {}
        self._longest: dict[TableName, HeldLock] = {}

    def see(self, now: float, held: Iterable[Lock]) -> None:
        """What is locked now."""
        there = set(held)
        for lock in there | self._since.keys():
            self._keep(lock, now - self._since.setdefault(lock, self._looked))
        self._since = {lock: since for lock, since in self._since.items() if lock in there}
        self._looked = now

    def longest(self) -> tuple[HeldLock, ...]:
        """The longest of each table, the longest of all first."""
        return tuple(sorted(self._longest.values(), key=lambda held: -held.seconds))

    def _keep(self, lock: Lock, seconds: float) -> None:
        known = self._longest.get(lock.table)
        if known is None or seconds > known.seconds:
            self._longest[lock.table] = HeldLock(table=lock.table, mode=lock.mode, seconds=seconds)
