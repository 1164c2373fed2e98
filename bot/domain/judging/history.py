"""The migration history against what it was, and against the migrations of the release.

A tool's own exit code cannot tell one pending migration from a full re-apply; these rules can.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.migrations import History, Migration, MigrationState, Release
from bot.domain.state import Baseline

_RESOLVE = "look what it left behind, then resolve it with the migration tool"


def findings(
    database: str, history: History | None, baseline: Baseline | None, release: Release | None
) -> Iterator[Finding]:
    find_out = (
        f"do not run migrations before somebody knows why; `/backup emergency {database}` keeps what is there"
    )
    known = baseline.state.history if baseline else None
    usable = release
    if release is not None and release.problem:
        yield finding(
            Code.HISTORY_UNREADABLE,
            release.directory,
            release.problem,
            "check `migrations.directory` in the configuration",
        )
        usable = None
    if history is None:
        # Nothing was configured and nothing was found: a loss only where there was something.
        if known is None or not known.present:
            return
        history = replace(known, present=False, migrations=(), problem="")
    if history.problem:
        yield finding(
            Code.HISTORY_UNREADABLE,
            history.table or history.tool,
            history.problem,
            history.cure or "check `migrations.tool` in the configuration",
        )
        return
    yield from _lost(history, known, find_out)
    yield from _unfinished(database, history)
    if usable is not None:
        yield from _against(history, usable, find_out)


def _applied(history: History) -> dict[str, Migration]:
    """By name; of several rows for one name, the last that was applied."""
    return {each.name: each for each in history.migrations if each.state is MigrationState.APPLIED}


def _lost(history: History, known: History | None, find_out: str) -> Iterator[Finding]:
    """The history as a whole, or single migrations that the baseline had as applied."""
    before = _applied(known) if known else {}
    had = f"the baseline knew {wording.plural(len(before), 'applied migration')}" if before else ""
    if not history.present:
        yield finding(
            Code.HISTORY_MISSING,
            history.table,
            f"there is no such table; {had or f'{history.tool} would begin from init'}",
            find_out,
        )
    elif not history.migrations:
        yield finding(
            Code.HISTORY_EMPTY,
            history.table,
            f"the table holds no migration; {had or f'{history.tool} would begin from init'}",
            find_out,
        )
    else:
        present = {each.name for each in history.migrations}
        for name in before:
            if name not in present:
                yield finding(
                    Code.HISTORY_MISSING, name, "was applied, and is no longer in the history", find_out
                )


def _unfinished(database: str, history: History) -> Iterator[Finding]:
    applied = _applied(history)
    for each in history.migrations:
        match each.state:
            case MigrationState.APPLIED:
                continue
            case MigrationState.FAILED:
                yield finding(Code.HISTORY_FAILED, each.name, "began and never finished", _RESOLVE)
            case MigrationState.RUNNING:
                yield finding(
                    Code.HISTORY_RUNNING,
                    each.name,
                    "began and has not finished: it is at work, or its tool was killed",
                    f"wait for its end, then `/verify {database}`; if nothing runs, {_RESOLVE}",
                )
            case MigrationState.ROLLED_BACK:
                if each.name not in applied:
                    yield finding(
                        Code.HISTORY_ROLLED_BACK,
                        each.name,
                        "was rolled back and not applied again",
                        "the next deployment would apply it",
                    )


def _against(history: History, release: Release, find_out: str) -> Iterator[Finding]:
    checksums = {each.name: each.checksums for each in release.migrations}
    for name, each in _applied(history).items():
        if name not in checksums:
            yield finding(
                Code.HISTORY_UNKNOWN_MIGRATION,
                name,
                f"is in the database, and not in {release.directory}",
                "an older release, or another application's database: find out which before you deploy",
            )
        elif each.checksum is not None and each.checksum not in checksums[name]:
            yield finding(
                Code.HISTORY_EDITED,
                name,
                f"the file in {release.directory} is not the one that was applied",
                "bring back the file as it was; changes belong into a migration of their own",
            )
    yield from _pending(history, release, find_out)


def _pending(history: History, release: Release, find_out: str) -> Iterator[Finding]:
    """What a deployment would apply: everything, something too early, or simply what is new."""
    names = [each.name for each in release.migrations]
    begun = {each.name for each in history.migrations if each.state is not MigrationState.ROLLED_BACK}
    pending = [name for name in names if name not in begun]
    if not pending:
        return
    if len(pending) == len(names):
        what = wording.plural(len(names), "migration")
        yield finding(
            Code.HISTORY_ALL_PENDING,
            release.directory,
            f"all {what} would be applied, from {names[0]} on",
            f"this is how an empty or wrong database looks: {find_out}",
        )
        return
    last = max(place for place, name in enumerate(names) if name in begun)
    for name in pending:
        if names.index(name) < last:
            yield finding(
                Code.HISTORY_OUT_OF_ORDER,
                name,
                f"is not applied, although {names[last]}, which comes later, is",
                "check the order of the release's migrations",
            )
    new = [name for name in pending if names.index(name) > last]
    if new:
        yield finding(
            Code.HISTORY_PENDING, release.directory, f"{len(new)} pending: {wording.listed(new)}", ""
        )
