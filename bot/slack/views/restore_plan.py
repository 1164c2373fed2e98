"""The plan of a restore, as people decide by it on a phone: what must not be overlooked first."""

from collections.abc import Sequence
from datetime import datetime

from bot import wording
from bot.domain.restoring.changes import Change, elsewhere
from bot.domain.restoring.plan import Origin, Plan, Source, Surroundings
from bot.domain.restoring.schema import Schema
from bot.domain.restoring.traffic import Traffic
from bot.slack.blocks import clip, code, escape
from bot.slack.views.common import HEALTH, LEVELS, figures

#: How many tables are named.
TABLES = 5
#: How many things of one sort are named before the rest is only counted.
SOME = 3
#: How much of somebody's words is shown.
WORDS = 120

Lines = tuple[str, ...]


def title(plan: Plan) -> str:
    """Plain text: what is asked, of what."""
    what = "Restore" if plan.source.origin is Origin.BACKUP else "Undo"
    return f"{what} requested · {plan.database} ({plan.environment})"


def plan_lines(plan: Plan, now: datetime) -> tuple[Lines, ...]:
    """The plan as paragraphs, as Slack's markup: what must not be overlooked first."""
    return tuple(
        paragraph
        for paragraph in (
            _first(plan, now),
            _tables(plan),
            (*_aside(plan), *_written(plan)),
            (_traffic(plan.traffic), _outage(plan), _undo(plan), *_room(plan)),
            (*_schema(plan.schema), *_left_out(plan), *_passed_over(plan)),
            _surroundings(plan.surroundings),
        )
        if paragraph
    )


def _first(plan: Plan, now: datetime) -> Lines:
    return (
        *(f"⚠️ {escape(warning)}" for warning in plan.source.warnings),
        *_elsewhere(plan),
        f"Target: {escape(plan.target.words)}",
        _source(plan.source, now),
    )


def _elsewhere(plan: Plan) -> Lines:
    """A wrong schema in a connection string looks like a loss, and is none."""
    schemas = [code(schema) for schema in elsewhere(plan.changes)]
    if not schemas:
        return ()
    return (f"⚠️ Such rows are in this very database, in {wording.listed(schemas, SOME)}: look there first",)


def _source(source: Source, now: datetime) -> str:
    reason = f" · {escape(clip(source.reason, WORDS))}" if source.reason else ""
    proof = [LEVELS[source.level]] if source.level else []
    health = [HEALTH[source.health]] if source.health else []
    facts = (f"*{escape(source.name)}*{reason}", wording.size(source.bytes), *proof, *health)
    return " · ".join((*facts, wording.ago(source.at, now)))


def _tables(plan: Plan) -> Lines:
    """Rows now and afterwards: the worst first."""
    shown, rest = plan.worst[:TABLES], plan.worst[TABLES:]
    lines = ["*Rows now → afterwards*", *figures([(each.table.short, counts(each)) for each in shown])]
    if not shown:
        lines = ["*Rows now → afterwards*: the same in every table, as far as counts can tell"]
    if rest:
        lines.append(f"({wording.plural(len(rest), 'more table')}: {_net(rest)})")
    if shown and plan.unchanged:
        lines.append(f"({wording.plural(plan.unchanged, 'table')}: same count)")
    return tuple(lines)


def counts(change: Change) -> str:
    now = "?" if change.now is None else wording.count(change.now)
    then = "?" if change.then is None else wording.count(change.then)
    return f"{now} → {'gone' if change.dropped else then}"


def _net(changes: Sequence[Change]) -> str:
    back = sum(max(0, each.gain) for each in changes)
    gone = sum(max(0, -each.gain) for each in changes)
    return f"+{wording.count(back)}, −{wording.count(gone)} rows"


def _aside(plan: Plan) -> Lines:
    """What is in the live database alone, and only kept in the set-aside one."""
    known = [each for each in plan.changes if each.written]
    lines = []
    if known:
        rows = sum(each.written or 0 for each in known)
        names = wording.listed([each.table.short for each in known], SOME)
        lines.append(f"Goes aside: {wording.plural(rows, 'row')} written since, in {escape(names)}")
    uncounted = [each for each in plan.changes if each.now is None]
    lines += [
        f"⚠️ {code(each.table.short)} could not be counted: {escape(each.problem)}"
        for each in uncounted[:SOME]
    ]
    return tuple(lines)


def _written(plan: Plan) -> Lines:
    if plan.target.absent:
        return ()
    if plan.written is None and all(each.written is not None for each in plan.changes):
        return ("All that is there was written since then, and is kept in the set-aside database",)
    if plan.written is None:
        return ("Written since then: not known; all of it is kept in the set-aside database",)
    rows = plan.written
    inserted = wording.plural(rows.inserted, "row")
    counted = f"{inserted} inserted, {rows.updated:,} updated, {rows.deleted:,} deleted"
    return (f"Since then: {counted}, by the server's counters",)


def _traffic(traffic: Traffic) -> str:
    if not traffic.stop:
        return (
            "Traffic: no command is configured; the fence keeps clients out, and they come back by themselves"
        )
    commands = "; ".join(code(clip(" ".join(command), WORDS)) for command in traffic.stop[:SOME])
    more = len(traffic.stop) - SOME
    return f"Traffic: stopped by {commands}{f' and {more:,} more' if more > 0 else ''}, started afterwards"


def _outage(plan: Plan) -> str:
    beside = plan.source.restore_seconds
    length = f" (about {wording.duration(beside)})" if beside else ""
    made = "" if plan.source.origin is Origin.ASIDE else f"; the restore{length} runs beside, without outage"
    commands = " and what the traffic commands take" if plan.traffic.stop else ""
    return f"Outage: about {wording.duration(plan.outage)}{commands}{made}"


def _undo(plan: Plan) -> str:
    if plan.target.absent:
        return "Undo: none, there is nothing to set aside"
    days = wording.duration(plan.keep_aside)
    return f"Undo: the present database is kept as {code(plan.aside)} for {days}"


def _room(plan: Plan) -> Lines:
    if plan.room is None:
        return ()
    needs = f"Room: needs about {wording.size(plan.room.needed)} on the server"
    if plan.room.free is None:
        return (f"{needs}; what is free there is not known: {escape(plan.room.problem)}",)
    return (f"{needs}, where {wording.size(plan.room.free)} are free",)


def _schema(schema: Schema | None) -> Lines:
    if schema is None:
        return ()
    counts = f"Schema: afterwards {wording.plural(schema.then, 'migration')}, now {schema.now:,}"
    if schema.heads_only:
        at = escape(wording.listed(list(schema.missing), SOME)) or "the same migration as now"
        counts = f"Schema: afterwards at {at}"
    if schema.newer:
        newer = escape(wording.listed(list(schema.newer), SOME))
        return (f"{counts} · {newer} would be gone: roll the application back before traffic",)
    return (counts,)


def _left_out(plan: Plan) -> Lines:
    return tuple(f"Not restored: {escape(what)}" for what in _some(plan.left_out))


def _passed_over(plan: Plan) -> Lines:
    return tuple(f"Passed over: {escape(what)}" for what in _some(plan.passed_over))


def _surroundings(found: Surroundings) -> Lines:
    """What people will have to do themselves; the statements are told again when it is live."""
    lines = []
    if found.publications:
        names = escape(wording.listed(list(found.publications)))
        lines.append(f"Publications go aside with the present database: {names}; make them anew")
    if found.subscriptions:
        names = escape(wording.listed(list(found.subscriptions)))
        lines.append(
            f"Disabled subscriptions go aside with the present database: {names}; make them anew, "
            "and drop them there: until then it cannot be dropped"
        )
    if found.unendable:
        names = escape(wording.listed(list(found.unendable)))
        lines.append(f"In there now, and not to be ended by the restoring login: {names}; end them first")
    if found.by_hand:
        lines.append("By hand once it is live, as superuser: the restoring login may not")
        lines += [code(statement) for statement in found.by_hand]
    return tuple(lines)


def _some(what: Sequence[str]) -> list[str]:
    more = len(what) - SOME
    return [*what[:SOME], *([f"{more:,} more"] if more > 0 else [])]


def copy_progress(what: str) -> Lines:
    """Below the plan, while people decide."""
    return (f"Copy: {escape(what)}",)


def copy_ready(seconds: float | None, tables: int) -> Lines:
    made = "was there already" if seconds is None else f"restored beside in {wording.duration(seconds)}"
    verified = f"verified: {wording.plural(tables, 'table')} equal to the manifest"
    return (f"Copy: ready, {made}, {verified}. Once approved it is live in moments.",)


def copy_failed(reason: str) -> Lines:
    return (f"Copy: 🔴 could not be made ready: {escape(reason)}", "Once approved, it is tried again.")
