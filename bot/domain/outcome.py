"""What a release's migration tool would do to a database right now, told before it runs.

The rules are each tool's own: tried on Prisma 6.19, Alembic 1.20 and Django 5.2; Flyway's are those of its
documentation. Nothing here decides; the verdict does.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bot import wording
from bot.domain.migrations import History, Release, Tool
from bot.domain.reconciling import flyway_version
from bot.domain.standing import Standing, lost, standing
from bot.domain.state import State, Table

_USUAL = "public"


class Kind(StrEnum):
    NOTHING = "nothing"
    #: what is new, and nothing else
    APPLIES = "applies"
    #: everything from the first one on, and it succeeds: there is no table in its way
    APPLIES_ALL = "applies-all"
    #: what was applied before, and it succeeds: it begins with dropping what is there
    DROPS = "drops"
    #: refuses before it has changed anything
    STOPS = "stops"
    #: begins, and fails at what is there already
    FAILS = "fails"
    #: the history or the release is not known, and so neither is this
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    kind: Kind
    #: for people, behind a colon: `applies 1: 20251020_add_vat`
    sentence: str
    #: how many migrations count as applied
    applied: int = 0
    #: what is not applied, in the tool's order
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Run:
    """All that decides how the tool's run would go."""

    tool: Tool
    found: Standing
    #: the history's table is there
    present: bool
    #: the application's tables in the schema that the tool would use
    tables: int
    #: the same in the schema of the history that there is, where that is another one; its name
    elsewhere: tuple[int, str]
    schema: str
    #: pending, although the baseline had it as applied, or it is applied under another name
    again: tuple[str, ...]
    #: the first pending migration drops the tables that it makes
    drops: bool


def outcome(
    history: History | None,
    release: Release | None,
    state: State,
    *,
    known: History | None = None,
    schema: str | None = None,
    dropping: Collection[str] = (),
) -> Outcome:
    """What the tool would do with this release in this state.

    `known` is the baseline's history: what was applied then would be applied again. `schema` is the one that
    the release's connection string names, where it names one. `dropping` are the migrations that drop tables.
    """
    problem = _problem(history, release)
    if problem or release is None:
        return Outcome(kind=Kind.UNKNOWN, sentence=f"not known: {problem}")
    if history is None:
        history = History(tool=release.tool, table=f"{schema or _USUAL}.", present=False)
    run = _run(history, release, state, known, schema or history.schema, dropping)
    kind, sentence = _told(run)
    return Outcome(kind=kind, sentence=sentence, applied=len(run.found.applied), pending=run.found.pending)


def _problem(history: History | None, release: Release | None) -> str:
    if release is None:
        return "no migrations folder of the release is named"
    if history is None:
        return release.problem
    return release.problem or history.problem or release.mismatch(history)


def _run(
    history: History,
    release: Release,
    state: State,
    known: History | None,
    schema: str,
    dropping: Collection[str],
) -> _Run:
    here, there = _tables(state, schema, history), _tables(state, history.schema, history)
    if history.schema != schema:
        history = replace(history, present=False, migrations=())
    found = standing(history, release)
    gone = {*lost(history, known, release), *map(found.renamed, found.unknown)}
    return _Run(
        tool=Tool(history.tool),
        found=found,
        present=history.present,
        tables=len(here),
        elsewhere=(0, "") if there == here else (len(there), there[0].name.schema if there else ""),
        schema=schema,
        again=tuple(name for name in found.pending if name in gone),
        drops=any(name in dropping for name in found.pending[:1]),
    )


def _tables(state: State, schema: str, history: History) -> list[Table]:
    """The application's; the history's own is none of them."""
    return [each for each in state.holders if each.name.schema == schema and str(each.name) != history.table]


def _told(run: _Run) -> tuple[Kind, str]:
    pending, again = run.found.pending, run.found.from_init or bool(run.again)
    refusal = next(_refusals(run), "")
    if refusal:
        return Kind.STOPS, f"would stop: {refusal}"
    if not pending:
        return Kind.NOTHING, f"nothing to do{_unnoticed(run)}"
    if again and run.tables and run.drops:
        return Kind.DROPS, f"would drop and recreate: {_how_many(run)}, and succeed"
    if again and run.tables:
        first = run.again[0] if run.again else pending[0]
        return Kind.FAILS, f"would stop at {first}, which is there already{_aftermath(run.tool)}"
    if run.found.from_init:
        return Kind.APPLIES_ALL, f"would re-apply {_how_many(run)}, and succeed {_where(run)}"
    return Kind.APPLIES, f"applies {len(pending)}: {wording.listed(list(pending))}{_unnoticed(run)}"


def _how_many(run: _Run) -> str:
    pending = run.found.pending
    if run.found.from_init:
        return f"all {len(pending)} from {pending[0]}"
    return f"{len(run.again)} that were applied before, from {pending[0]}"


def _where(run: _Run) -> str:
    tables, schema = run.elsewhere
    if not tables:
        return "on this empty database"
    lie = wording.plural(tables, "table")
    return f"in the empty schema {run.schema}; what lies in {schema} ({lie}) stays, and nobody looks there"


def _aftermath(tool: Tool) -> str:
    return ", and be wedged (P3009)" if tool is Tool.PRISMA else ", and leave it as it is"


def _unnoticed(run: _Run) -> str:
    """What the tool does not look at, and people should."""
    edited, unknown = len(run.found.edited), len(run.found.unknown)
    said = []
    if edited:
        said.append(f"{wording.plural(edited, 'file')} edited after being applied")
    if unknown:
        said.append(f"{wording.plural(unknown, 'migration')} in the database that the release lacks")
    return f"; {run.tool} would not notice {' and '.join(said)}" if said else ""


def _refusals(run: _Run) -> Iterator[str]:
    """Why the tool would refuse to begin, by its own rules."""
    match run.tool:
        case Tool.PRISMA:
            yield from (f"{each.name} is unfinished (P3009)" for each in run.found.unfinished)
            if run.tables and not run.present:
                yield "history missing (P3005)"
        case Tool.ALEMBIC:
            yield from (f"it cannot locate revision {each.name}" for each in run.found.unknown)
            yield from _forked(run.found.release.names(), run)
        case Tool.DJANGO:
            for name, later in run.found.overtaken.items():
                yield f"{later} is applied before {name}, which it needs"
            yield from _forked_applications(run)
        case Tool.FLYWAY:
            yield from _refusals_of_flyway(run)


def _refusals_of_flyway(run: _Run) -> Iterator[str]:
    """With its defaults: neither `baselineOnMigrate` nor `outOfOrder`."""
    found = run.found
    if run.tables and not run.present:
        yield "history missing"
    yield from (f"{each.name} has failed" for each in found.unfinished)
    yield from (f"checksum mismatch of {name}" for name in found.edited)
    yield from (f"{name} is older than what is applied" for name in found.overtaken)
    newest = max(filter(None, map(flyway_version, found.release.names())), default=())
    for each in found.unknown:
        # What is newer than the release is ignored.
        if (flyway_version(each.name) or ()) <= newest:
            yield f"{each.name} is applied, and not in the release"


def _forked_applications(run: _Run) -> Iterator[str]:
    names = run.found.release.names()
    for application in dict.fromkeys(name.partition(".")[0] for name in names):
        yield from _forked([name for name in names if name.partition(".")[0] == application], run)


def _forked(names: Collection[str], run: _Run) -> Iterator[str]:
    """Several that nothing follows: the tool does not know which one is meant."""
    followed = {
        before for each in run.found.release.migrations if each.name in names for before in each.after or ()
    }
    heads = [name for name in names if name not in followed]
    if len(heads) > 1:
        yield f"the release has {len(heads)} heads: {wording.listed(heads)}"
