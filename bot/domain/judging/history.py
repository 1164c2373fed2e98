"""The migration history against what it was, and against the migrations of the release.

A tool's own exit code cannot tell one pending migration from a full re-apply; these rules can.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.migrations import History, Migration, MigrationState, Release
from bot.domain.standing import Standing, applied_of, lost, standing
from bot.domain.state import Baseline

_RESOLVE = "look what it left behind, then resolve it with the migration tool"


def findings(
    database: str, history: History | None, baseline: Baseline | None, release: Release | None
) -> Iterator[Finding]:
    find_out = (
        f"do not run migrations before somebody knows why; `/backup emergency {database}` keeps what is there"
    )
    known = baseline.state.history if baseline else None
    if history is None and known is not None and known.present:
        # Nothing was configured and nothing was found: a loss only where there was something.
        history = replace(known, present=False, migrations=(), problem="")
    usable = release
    if release is not None and (unfit := _unfit(history, release)):
        usable = None
        yield unfit
    if history is None:
        return
    if history.problem:
        yield finding(
            Code.HISTORY_UNREADABLE,
            history.table or history.tool,
            history.problem,
            history.cure or "check `migrations.tool` in the configuration",
        )
        return
    yield from _lost(history, known, usable, find_out)
    yield from _unfinished(database, history)
    if usable is not None:
        yield from _against(standing(history, usable), find_out)


def _unfit(history: History | None, release: Release) -> Finding | None:
    """Why the release cannot be compared with this history."""
    problem = release.problem
    if history is not None and not history.problem:
        problem = problem or release.mismatch(history)
    if not problem:
        return None
    cure = release.cure or "check `migrations.directory` in the configuration"
    return finding(Code.HISTORY_UNREADABLE, release.directory, problem, cure)


def _lost(
    history: History, known: History | None, release: Release | None, find_out: str
) -> Iterator[Finding]:
    """The history as a whole, or single migrations that the baseline had as applied."""
    had = _known_before(known)
    if not history.present:
        yield finding(
            Code.HISTORY_MISSING,
            history.table or history.tool,
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
        for name in lost(history, known, release):
            yield finding(
                Code.HISTORY_MISSING, name, "was applied, and is no longer in the history", find_out
            )


def _known_before(known: History | None) -> str:
    applied = applied_of(known) if known else {}
    if not applied or known is None:
        return ""
    if known.heads_only:
        return f"the baseline knew {wording.listed(list(applied))}"
    return f"the baseline knew {wording.plural(len(applied), 'applied migration')}"


def _unfinished(database: str, history: History) -> Iterator[Finding]:
    applied = applied_of(history)
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


def _against(found: Standing, find_out: str) -> Iterator[Finding]:
    directory = found.release.directory
    for each in found.unknown:
        yield _unknown(each, found)
    for name in found.edited:
        yield finding(
            Code.HISTORY_EDITED,
            name,
            f"the file in {directory} is not the one that was applied",
            "bring back the file as it was; changes belong into a migration of their own",
        )
    yield from _pending(found, find_out)


def _unknown(migration: Migration, found: Standing) -> Finding:
    directory, renamed = found.release.directory, found.renamed(migration)
    if renamed:
        return finding(
            Code.HISTORY_UNKNOWN_MIGRATION,
            migration.name,
            f"is in the database; its file in {directory} is now called {renamed}",
            "give the file its name back: under the new one it would be applied again",
        )
    return finding(
        Code.HISTORY_UNKNOWN_MIGRATION,
        migration.name,
        f"is in the database, and not in {directory}",
        "an older release, or another application's database: find out which before you deploy",
    )


def _pending(found: Standing, find_out: str) -> Iterator[Finding]:
    """What a deployment would apply: everything, something too early, or simply what is new."""
    directory = found.release.directory
    if found.from_init:
        what = wording.plural(len(found.pending), "migration")
        yield finding(
            Code.HISTORY_ALL_PENDING,
            directory,
            f"all {what} would be applied, from {found.pending[0]} on",
            f"this is how an empty or wrong database looks: {find_out}",
        )
        return
    for name, later in found.overtaken.items():
        yield finding(
            Code.HISTORY_OUT_OF_ORDER,
            name,
            f"is not applied, although {later}, which comes later, is",
            "check the order of the release's migrations",
        )
    new = [name for name in found.pending if name not in found.overtaken]
    if new:
        yield finding(Code.HISTORY_PENDING, directory, f"{len(new)} pending: {wording.listed(new)}", "")
