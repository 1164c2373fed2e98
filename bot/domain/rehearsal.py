"""A rehearsal: a release's own command, run on a restored copy, and what it did there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import wording
from bot.domain.accepting import Fewer, fewer
from bot.domain.ended import Ended
from bot.domain.findings import Verdict
from bot.domain.held_locks import HeldLock
from bot.domain.observation import Rehearsed, Rules
from bot.domain.schema_diff import SchemaDifference
from bot.domain.state import Baseline, Identity, State, Table
from bot.errors import Refused

#: How a rehearsal ends whose command ended well and lost rows, or never came to the copy.
FAILED = 1
_NEVER_CAME = "nothing was rehearsed: it never came there, and looked for a connection string elsewhere"


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What a release's command did to a copy."""

    release: str
    database: str
    backup_id: str
    #: when that was made
    backup_at: datetime
    #: how long restoring it took
    restore_seconds: float
    #: the role that the command came as
    login: str
    #: how the copy was different from the protected database, in words
    different: tuple[str, ...] = ()
    #: the variables that were kept from the command
    removed: tuple[str, ...] = ()
    ended: Ended
    #: whether it ever came to the copy
    came: bool
    before: State
    after: State
    #: tables with fewer rows than before, those that lost most first
    lost: tuple[Fewer, ...] = ()
    #: the migrations that were applied, in order
    migrations: tuple[str, ...] = ()
    #: on the release, and on the copy afterwards beside the copy before
    verdict: Verdict
    #: what was locked against others, the longest first
    locks: tuple[HeldLock, ...] = ()
    #: why that is not known
    locks_unknown: str = ""
    schema: SchemaDifference

    @property
    def exit_code(self) -> int:
        """The command's own, but 1 where that was 0 and rows were lost, or nothing was rehearsed."""
        return self.ended.code or (FAILED if self.lost or not self.came else 0)

    @property
    def sentence(self) -> str:
        """`ran on a copy of B-…: 1.8 s, no row lost`."""
        return f"ran on a copy of {self.backup_id}: {', '.join(self._told())}"

    def _told(self) -> Iterator[str]:
        yield wording.duration(self.ended.seconds)
        if not self.came:
            yield "the command never came to it"
        if self.ended.code:
            yield str(self.ended)
        yield f"lost {wording.listed([str(each) for each in self.lost])}" if self.lost else "no row lost"
        if self.locks:
            yield f"longest lock {self.locks[0]}"


def rehearsed(backup_id: str, ended: Ended, came: bool, lost: Sequence[Fewer]) -> Rehearsed:
    """What of it is judged. A command that never came to the copy says nothing of the release."""
    failure = str(ended) if ended.code else "" if came else _NEVER_CAME
    return Rehearsed(
        backup_id=backup_id, failure=failure, lost=tuple((each.table, str(each)) for each in lost)
    )


def lost_rows(before: State, after: State, rules: Rules) -> tuple[Fewer, ...]:
    """Tables that hold fewer rows: nobody else was in the copy, so that not one may be missing.

    A table that was renamed is compared with itself; one that may be empty is not looked at, nor is a
    materialized view.
    """
    stood = Baseline.of(_as_called_now(before, after))
    found = (each for each in fewer(stood, after, rules) if each.lost)
    return tuple(sorted(found, key=lambda each: -each.lost))


def refuse_copy(found: Identity) -> None:
    """Raise `Refused` for a database that was made for a rehearsal."""
    if found.marker is not None and found.marker.copy_of:
        raise Refused(
            "rehearsal-copy",
            f"{found.database_name} is a copy of {found.marker.copy_of}, made for a rehearsal and gone after "
            "it: it is nobody's production, and nothing was done",
            "check where the connection string leads",
        )


def _as_called_now(before: State, after: State) -> State:
    present, now = {table.name for table in after.tables}, {table.oid: table.name for table in after.tables}
    parents = {table.partition_of for table in before.tables}

    def renamed(table: Table) -> Table:
        if table.name in present or table.oid not in now:
            return table
        return replace(table, name=now[table.oid])

    holding = (table for table in before.tables if not table.derived or table.name in parents)
    return replace(before, tables=tuple(map(renamed, holding)))
