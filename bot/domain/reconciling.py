"""A history and a release made comparable name by name, by the rules of the tool that keeps them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.domain.migrations import History, Migration, MigrationState, Release, ReleaseMigration

_VERSIONED = re.compile(r"V(\d+(?:[._]\d+)*)__.*\.sql")
_BASELINE = "baseline "


def in_full(history: History, release: Release) -> History:
    """With every migration that counts as applied, where the tool keeps the heads alone.

    Of those only what the release knows can be told.
    """
    if not history.heads_only or not history.migrations:
        return history
    heads = {each.name: each for each in history.migrations}
    before = release.before(frozenset(heads))
    names = release.names()
    strangers = (each for each in history.migrations if each.name not in names)
    known = (name for name in names if name in heads or name in before)
    return replace(history, migrations=(*strangers, *map(_applied, known)))


def reconcile(history: History, release: Release) -> tuple[History, Release]:
    """Both as if there were no heads, squashed or repeatable migrations, and no baseline of the tool's."""
    history = _without_baseline(_without_outdated(in_full(history, release), release), release)
    return _squashed(history, release)


def flyway_version(file: str) -> tuple[int, ...] | None:
    """The version of a file, as numbers to be compared: `V1_10__add_vat.sql`; None where it has none."""
    named = _VERSIONED.fullmatch(file)
    return _numbers(named[1]) if named else None


def flyway_baseline(version: str) -> str:
    """The name of a migration that stands for all up to this version."""
    return f"{_BASELINE}{version}"


def _numbers(version: str) -> tuple[int, ...]:
    """1.2 and 1.2.0 are the same version."""
    numbers = [int(part) for part in re.split(r"[._]", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _applied(name: str) -> Migration:
    return Migration(name=name, checksum=None, state=MigrationState.APPLIED, applied_at=None)


def _names(history: History, *states: MigrationState) -> frozenset[str]:
    return frozenset(each.name for each in history.migrations if each.state in states)


def _without_outdated(history: History, release: Release) -> History:
    """A repeatable migration whose file has changed is as good as never applied: that is its way."""
    checksums = {each.name: each.checksums for each in release.migrations if each.repeatable}
    current = (
        each
        for each in history.migrations
        if each.name not in checksums
        or each.state is not MigrationState.APPLIED
        or each.checksum in checksums[each.name]
    )
    return replace(history, migrations=tuple(current))


def _without_baseline(history: History, release: Release) -> History:
    """What Flyway's baseline stands for counts as applied, as far as the release has it."""
    baselines = [each.name for each in history.migrations if each.name.startswith(_BASELINE)]
    if not baselines:
        return history
    rows = {each.name: each for each in history.migrations if each.name not in baselines}
    highest = max(_numbers(name.removeprefix(_BASELINE)) for name in baselines)
    covered = (
        name
        for name in release.names()
        if name not in rows and (version := flyway_version(name)) is not None and version <= highest
    )
    return replace(history, migrations=(*map(_applied, covered), *rows.values()))


def _squashed(history: History, release: Release) -> tuple[History, Release]:
    """As Django: the squashed one counts where all that it was made of is applied, or none of it.

    Source: django/db/migrations/loader.py, `build_graph`.
    """
    applied = _names(history, MigrationState.APPLIED)
    instead: dict[str, str] = {}
    unusable: dict[str, tuple[str, ...]] = {}
    for each in release.migrations:
        if len(applied.intersection(each.replaces)) in (0, len(each.replaces)):
            instead |= dict.fromkeys(each.replaces, each.name)
        else:
            unusable[each.name] = each.replaces
    if not instead and not unusable:
        return history, release
    return _history_with(history, instead, frozenset(unusable)), _release_with(release, instead, unusable)


def _history_with(history: History, instead: dict[str, str], unusable: frozenset[str]) -> History:
    complete = dict.fromkeys(instead[each.name] for each in history.migrations if each.name in instead)
    others = (
        each for each in history.migrations if each.name not in {*instead, *unusable, *instead.values()}
    )
    return replace(history, migrations=(*map(_applied, complete), *others))


def _release_with(release: Release, instead: dict[str, str], unusable: dict[str, tuple[str, ...]]) -> Release:
    def followed(each: ReleaseMigration) -> Iterator[str]:
        for name in each.after or ():
            yield from unusable.get(name, (instead.get(name, name),))

    left = (
        replace(each, after=tuple(dict.fromkeys(followed(each))))
        for each in release.migrations
        if each.name not in instead and each.name not in unusable
    )
    return replace(release, migrations=tuple(left))
