"""How a database's history stands to a release's migrations: findings and outcome are told from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.migrations import History, Migration, MigrationState, Release
from bot.domain.reconciling import in_full, reconcile


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Name by name, in the order of the release."""

    #: the release's, as the tool would use them in this database
    release: Release
    #: counted as applied; of several rows for one name, the last
    applied: tuple[Migration, ...]
    #: failed, or at work
    unfinished: tuple[Migration, ...]
    #: what the tool would apply
    pending: tuple[str, ...]
    #: pending ones that must come before something that is not pending any more, each with the last of these
    overtaken: Mapping[str, str]
    #: applied from another file than the release's
    edited: tuple[str, ...]
    #: applied, and not in the release although it would lie there
    unknown: tuple[Migration, ...]

    @property
    def from_init(self) -> bool:
        return bool(self.pending) and self.pending == self.release.names()

    def renamed(self, migration: Migration) -> str:
        """What an unknown migration is called in the release; empty where its file is not there."""
        same = (each.name for each in self.release.migrations if migration.checksum in each.checksums)
        return next(same, "")


def standing(history: History, release: Release) -> Standing:
    history, release = reconcile(history, release)
    applied, names = applied_of(history), release.names()
    begun = {each.name for each in history.migrations if each.state is not MigrationState.ROLLED_BACK}
    pending = tuple(name for name in names if name not in begun)
    return Standing(
        release=release,
        applied=tuple(applied.values()),
        unfinished=unfinished_of(history),
        pending=pending,
        overtaken=_overtaken(release, pending, frozenset(begun)),
        edited=tuple(
            each.name
            for each in release.migrations
            if each.checksums and each.name in applied and _differs(applied[each.name], each.checksums)
        ),
        unknown=tuple(
            each for each in applied.values() if each.name not in names and release.should_have(each.name)
        ),
    )


def applied_of(history: History) -> dict[str, Migration]:
    """By name; of several rows for one name, the last that was applied."""
    return {each.name: each for each in history.migrations if each.state is MigrationState.APPLIED}


def unfinished_of(history: History) -> tuple[Migration, ...]:
    states = (MigrationState.FAILED, MigrationState.RUNNING)
    return tuple(each for each in history.migrations if each.state in states)


def lost(history: History, known: History | None, release: Release | None) -> tuple[str, ...]:
    """What the baseline's history had as applied, and this one does not know any more.

    Where the tool keeps the heads alone, only the release can tell what became of those that are none now.
    """
    if known is None or known.tool != history.tool:
        return ()
    before = applied_of(known)
    if known.heads_only:
        if release is None:
            return ()
        history, before = in_full(history, release), applied_of(in_full(known, release))
        before = {name: before[name] for name in release.names() if name in before}
    present = {each.name for each in history.migrations}
    return tuple(name for name in before if name not in present)


def _overtaken(release: Release, pending: tuple[str, ...], begun: frozenset[str]) -> dict[str, str]:
    before = release.before(begun)
    overtakers = dict.fromkeys((name for name in pending if name in before), "")
    left = set(overtakers)
    for later in reversed(release.names()):
        if not left:
            break
        if later in begun:
            overtakers |= dict.fromkeys(left & release.before(frozenset({later})), later)
            left = {name for name in left if not overtakers[name]}
    return overtakers


def _differs(applied: Migration, checksums: frozenset[str]) -> bool:
    return applied.checksum is not None and applied.checksum not in checksums
