"""Table by table: what comes back, and what goes aside."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.state import Baseline, ChangeCounters, Identity, State, Table, TableName


@dataclass(frozen=True, kw_only=True)
class Change:
    """One table in the live database and in what takes its place."""

    table: TableName
    #: rows in the live database, 0 where the table is not there; None where they could not be counted
    now: int | None
    #: rows in what is restored, likewise; None where they were not counted when it was made
    then: int | None
    #: of the live rows those that were written since; None where that is not known
    written: int | None
    #: why the live rows could not be counted
    problem: str = ""
    #: it is there now and not in what is restored
    dropped: bool = False

    @property
    def may_go(self) -> int | None:
        """At most so many live rows are in the set-aside database alone; None where nobody counted them."""
        if self.now is None or self.written is None:
            return self.now
        return max(self.now - (self.then or 0), self.written)

    @property
    def goes(self) -> int:
        """So many live rows are known to be in the set-aside database alone."""
        return max(0, -self.gain, self.written or 0)

    @property
    def gain(self) -> int:
        """How many rows more there will be; negative for a loss."""
        return (self.then or 0) - (self.now or 0)


class _Kinship(Enum):
    #: the very database that the copy was made of
    SAME = auto()
    #: somebody made it since: whatever it holds was written since
    ANOTHER = auto()
    #: a restore put it there, or nobody can tell: of its rows nobody knows when they were written
    UNKNOWN = auto()


def changes(live: State | None, then: State, baseline: Baseline | None) -> tuple[Change, ...]:
    """Every table that holds rows of its own in either of the two, by name; without `live` nothing goes."""
    before = {table.name: table for table in then.holders}
    present = {table.name: table for table in live.holders} if live else {}
    kinship = _kinship(live.identity, then.identity, baseline) if live else _Kinship.ANOTHER
    comparable = live is not None and live.stats_reset == then.stats_reset
    return tuple(
        _change(name, present.get(name), before.get(name), kinship, comparable)
        for name in sorted(before.keys() | present.keys())
    )


def worst_first(found: Iterable[Change]) -> tuple[Change, ...]:
    """The tables that change: first those from which most goes, then those that gain most."""
    moved = [each for each in found if each.gain or each.goes or each.now is None]
    # Rows that nobody could count weigh most.
    return tuple(
        sorted(moved, key=lambda each: (each.now is not None, -each.goes, -abs(each.gain), each.table))
    )


def elsewhere(found: Iterable[Change]) -> tuple[str, ...]:
    """Schemas of the live database in which tables of the same names hold as many rows as would come back."""
    changes = tuple(found)
    wanted = {each.table.name: each for each in changes if each.gain > 0}
    holding = (each for each in changes if each.dropped and each.table.name in wanted)
    return tuple(
        dict.fromkeys(
            each.table.schema for each in holding if (each.now or 0) >= (wanted[each.table.name].then or 0)
        )
    )


def written_since(live: State | None, then: State) -> ChangeCounters | None:
    """What the server counted since the copy was made, in the same database; None where it is not known."""
    if live is None or not live.identity.is_same_database(then.identity):
        return None
    if live.stats_reset != then.stats_reset:
        return None
    before = {table.name: table for table in then.holders}
    since = [_since(table, before.get(table.name)) for table in live.holders]
    known = [counters for counters in since if counters is not None]
    if len(known) < len(since):
        return None
    return ChangeCounters(
        inserted=sum(each.inserted for each in known),
        updated=sum(each.updated for each in known),
        deleted=sum(each.deleted for each in known),
    )


def _kinship(live: Identity, then: Identity, baseline: Baseline | None) -> _Kinship:
    if live.is_same_database(then):
        return _Kinship.SAME
    pinned = baseline.state.identity if baseline else None
    known = pinned is not None and not live.is_same_database(pinned)
    return _Kinship.ANOTHER if known else _Kinship.UNKNOWN


def _change(
    name: TableName, live: Table | None, before: Table | None, kinship: _Kinship, comparable: bool
) -> Change:
    return Change(
        table=name,
        now=live.rows if live else 0,
        then=before.rows if before else 0,
        written=_written(live, before, kinship, comparable) if live else 0,
        problem=live.problem if live else "",
        dropped=before is None,
    )


def _written(live: Table, before: Table | None, kinship: _Kinship, comparable: bool) -> int | None:
    """Of the rows that are there now those that were written since; None where that is not known."""
    if not live.rows:
        return live.rows
    if kinship is _Kinship.UNKNOWN:
        return None
    if kinship is _Kinship.ANOTHER or before is None or live.oid != before.oid:
        return live.rows
    since = _since(live, before) if comparable else None
    return None if since is None else min(live.rows, since.inserted)


def _since(live: Table, before: Table | None) -> ChangeCounters | None:
    """What was written to one table; None where its counters began anew."""
    if live.counters is None:
        return None
    if before is None or live.oid != before.oid:
        return live.counters
    if before.counters is None:
        return None
    since = ChangeCounters(
        inserted=live.counters.inserted - before.counters.inserted,
        updated=live.counters.updated - before.counters.updated,
        deleted=live.counters.deleted - before.counters.deleted,
    )
    return None if min(since.inserted, since.updated, since.deleted) < 0 else since
