"""What the data looks like beside its counts: baseline, columns, freshness, the team's own checks."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Elsewhere, Expectation, Observation, Rules, Unreadable
from bot.domain.state import Baseline, Newest, State, Table, TableName


def baseline_findings(observation: Observation) -> Iterator[Finding]:
    """No baseline is a failure, never a pass."""
    if observation.baseline is None:
        readable, name = not isinstance(observation.state, Unreadable), observation.database
        yield finding(
            Code.BASELINE_MISSING,
            name,
            "nobody has said yet that this is the right database; there is nothing to compare it with",
            f"look at it closely, then `/verify accept {name}`"
            if readable
            else f"make it readable, then `/verify {name}`",
        )


def findings(state: State, baseline: Baseline | None, rules: Rules) -> Iterator[Finding]:
    return chain(
        _changes(state, baseline),
        chain.from_iterable(_freshness(state, expectation) for expectation in rules.expectations),
        _checks(state, rules),
    )


def elsewhere_findings(places: Iterable[Elsewhere], rules: Rules) -> Iterator[Finding]:
    """One for each table: those that the configuration expects something of, then where most rows lie."""
    found: dict[TableName, list[Elsewhere]] = {}
    for place in places:
        found.setdefault(place.table, []).append(place)
    for table in sorted(found, key=lambda each: (rules.expectation(each) is None, -found[each][0].rows)):
        fullest, *others = found[table]
        also = f"; also in {wording.listed([other.place for other in others], 2)}" if others else ""
        yield finding(
            Code.DATA_ELSEWHERE,
            table.short,
            f"{wording.plural(fullest.rows, 'row')} in {fullest.place}{also}",
            "look there before anything is restored: `search_path`, or the schema in the connection string, "
            "may lead past the data",
        )


def _changes(state: State, baseline: Baseline | None) -> Iterator[Finding]:
    if baseline is None:
        return
    before = {table.name: table for table in baseline.state.tables}
    # Known tables that changed say more than new ones.
    for table in sorted(state.tables, key=lambda each: each.name not in before):
        detail = _change(before.get(table.name), table)
        if detail:
            yield finding(
                Code.SCHEMA_CHANGED,
                table.name.short,
                detail,
                "fine after a migration; otherwise find out who changed it",
            )


def _change(before: Table | None, after: Table) -> str:
    if before is None:
        return "new table"
    gone = [column for column in before.columns if column not in after.columns]
    new = [column for column in after.columns if column not in before.columns]
    if not gone and not new:
        return "" if before.columns == after.columns else "the columns stand in another order"
    told = (("gone", gone), ("new", new))
    return "; ".join(f"{what}: {wording.listed(columns)}" for what, columns in told if columns)


def _freshness(state: State, expectation: Expectation) -> Iterator[Finding]:
    """A backup's state is judged by the time of its snapshot, not by the present."""
    if expectation.max_age is None or state.counts().get(expectation.table) is None:
        return
    newest = next((found for found in state.newest if found.table == expectation.table), None)
    if newest is None or newest.problem:
        because = f"could not be read: {newest.problem}" if newest else "was not read"
        yield _stale(
            expectation,
            f"the newest {expectation.newest} {because}",
            "check `newest` under `expect` in the configuration, and what the bot's login may read",
        )
    elif detail := _old(expectation, expectation.max_age, newest, state.taken_at):
        yield _stale(
            expectation, detail, "look whether the application still writes, and whether it writes here"
        )


def _old(expectation: Expectation, limit: timedelta, newest: Newest, now: datetime) -> str:
    """How old the newest row is, where that is too old; only a volatile table may have none."""
    if newest.at is None:
        return "" if expectation.volatile else f"no row has a {newest.column}"
    age = now - newest.at
    if age <= limit:
        return ""
    allowed = wording.duration(limit)
    return f"the newest {newest.column} is {wording.duration(age)} old; at most {allowed} is expected"


def _stale(expectation: Expectation, detail: str, hint: str) -> Finding:
    return finding(Code.DATA_STALE, expectation.table.short, detail, hint)


def _checks(state: State, rules: Rules) -> Iterator[Finding]:
    results = {result.name: result for result in state.checks}
    for check in rules.checks:
        result = results.get(check.name)
        if result is not None and result.passed:
            continue
        if result is None:
            detail = "it was not run"
        elif result.passed is None:
            detail = f"it could not be run: {result.problem}"
        else:
            detail = "the answer is no"
        yield finding(
            Code.CHECK_FAILED, check.name, detail, f"your own check: `{' '.join(check.sql.split())}`"
        )
