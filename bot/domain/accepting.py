"""When one person may say that a database is the right one, and what it would lower where it takes two."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from bot.domain.backup import Backup, Health
from bot.domain.binding import Facts
from bot.domain.counts import change
from bot.domain.lineage import may_go, volatile
from bot.domain.observation import Rules
from bot.domain.restoring.facts import target_of
from bot.domain.state import Baseline, Identity, State, TableName


@dataclass(frozen=True, kw_only=True)
class Fewer:
    """A table with fewer rows than it is compared with, or none of this name."""

    table: TableName
    before: int
    #: None where the table is gone
    now: int | None

    @property
    def lost(self) -> int:
        return self.before - (self.now or 0)

    def __str__(self) -> str:
        if self.now is None:
            return f"{self.table.short} is gone"
        return f"{self.table.short} {change(self.before, self.now)}"


@dataclass(frozen=True, kw_only=True)
class Lowered:
    """What accepting a state would lower; false where that is nothing, and one person may."""

    #: in words, why there was a baseline although none is there; empty where that is not so
    lost_baseline: str = ""
    #: the backup that stands in for a lost baseline; empty where there is none
    stand_in: str = ""
    #: of what it is compared with; None where there is nothing
    before: Identity | None = None
    #: in words, how the database is not the one of before
    pin: tuple[str, ...] = ()
    #: those that lost most first
    tables: tuple[Fewer, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost_baseline or self.pin or self.tables)

    @property
    def words(self) -> list[str]:
        """The worst first."""
        lost = [self.lost_baseline] if self.lost_baseline else []
        return [*lost, *self.pin, *map(str, self.tables)]


def lowered(
    before: Baseline | None,
    state: State,
    known: Sequence[Backup],
    rules: Rules = Rules(),
    unreadable: Sequence[str] = (),
) -> Lowered:
    """What accepting this state would lower of what is protected.

    `before` is the baseline in force, `known` are the database's backups, newest first, and `unreadable` the
    ids of those that cannot be trusted. A first accept lowers nothing, unless a backup was already judged by
    a baseline, or may have been: then that baseline was lost, not never there, and the newest healthy backup
    stands in for it.
    """
    if before is not None:
        return _compared(before, state, rules)
    lost = _lost_baseline(known, unreadable)
    healthy = next((backup for backup in known if backup.proof.health is Health.HEALTHY), None)
    if not lost or healthy is None:
        return Lowered(lost_baseline=lost)
    manifest = healthy.manifest
    stand_in = Baseline(state=manifest.state, pinned_at=manifest.created_at, pinned_by=healthy.id)
    return _compared(stand_in, state, rules, lost, healthy.id)


def facts(found: Lowered, state: State, rules: Rules = Rules()) -> Facts:
    """What two people approve: this very database, instead of which one, without which tables and rows.

    Where there is nothing to compare it with, no table of it may be empty that was not when they were asked.
    """
    present = {table.name: table for table in state.tables}
    empty = [str(name) for name in present if not present[name].rows and not volatile(name, present, rules)]
    return Facts(
        bound={
            "target": asdict(target_of(state.identity)),
            "instead of": found.before and asdict(target_of(found.before)),
            "lost baseline": found.lost_baseline,
            "stand-in": found.stand_in,
            "gone tables": sorted(str(each.table) for each in found.tables if each.now is None),
            "empty tables": [] if found.before else sorted(empty),
        },
        losses={str(each.table): each.lost for each in found.tables},
    )


def _compared(
    before: Baseline, state: State, rules: Rules, lost_baseline: str = "", stand_in: str = ""
) -> Lowered:
    return Lowered(
        lost_baseline=lost_baseline,
        stand_in=stand_in,
        before=before.state.identity,
        pin=tuple(_pin(before.state.identity, state.identity)),
        tables=tuple(sorted(fewer(before, state, rules), key=lambda each: -each.lost)),
    )


def _lost_baseline(known: Sequence[Backup], unreadable: Sequence[str]) -> str:
    judged = [backup for backup in known if backup.proof.health is not Health.UNKNOWN]
    if judged:
        return (
            f"the backup {judged[0].id} was judged by a baseline that is no longer there, "
            "so that this is not the first one"
        )
    if unreadable:
        return (
            f"the backup {unreadable[0]} cannot be trusted, so that nobody can say whether a baseline was "
            "there before; where that is known, its files may be moved out of the repository"
        )
    return ""


def fewer(before: Baseline, state: State, rules: Rules) -> Iterator[Fewer]:
    """The tables that hold less than they are expected to, and those that are gone and may not be."""
    present = {table.name: table for table in state.tables}
    known = {table.name: table for table in before.state.tables}
    expected = before.expected_rows()
    for name, table in known.items():
        if name not in present:
            if not may_go(table, known, present, rules):
                yield Fewer(table=name, before=expected.get(name, 0), now=None)
            continue
        rows = present[name].rows or 0
        if rows < expected.get(name, 0) and not volatile(name, present, rules):
            yield Fewer(table=name, before=expected[name], now=rows)


def _pin(pinned: Identity, found: Identity) -> Iterator[str]:
    if found.system_identifier != pinned.system_identifier:
        yield f"another server, {found.system_identifier} instead of {pinned.system_identifier}"
    elif found.database_oid != pinned.database_oid:
        yield f"another database, oid {found.database_oid} instead of {pinned.database_oid}"
    if found.database_name != pinned.database_name:
        yield f"another name, {found.database_name} instead of {pinned.database_name}"
    if pinned.marker is not None and found.marker != pinned.marker:
        yield "its marker is gone" if found.marker is None else "its marker is another one"
