"""Messages about a restore: the plan that people decide by, its steps, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import wording
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.changes import Change
from bot.domain.restoring.plan import Origin, Plan, Source
from bot.domain.restoring.schema import Schema
from bot.domain.restoring.traffic import Traffic
from bot.slack.blocks import Message, clip, code, context, date, escape, header, section
from bot.slack.views import steps
from bot.slack.views.common import HEALTH, LEVELS, figures, who
from bot.slack.views.steps import Step

#: How many tables are named; what is needed to decide fits on a phone.
TABLES = 5
#: How many things of one sort are named before the rest is only counted.
SOME = 3
#: How much of somebody's words is shown.
WORDS = 120

Lines = tuple[str, ...]


def title(plan: Plan) -> str:
    """Plain text: what is asked, of what."""
    what = "Restore" if plan.source.origin is Origin.BACKUP else "Undo of the last restore"
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
        )
        if paragraph
    )


def _first(plan: Plan, now: datetime) -> Lines:
    return (
        *(f"⚠️ {escape(warning)}" for warning in plan.source.warnings),
        f"Target: {escape(plan.target.words)}",
        _source(plan.source, now),
    )


def _source(source: Source, now: datetime) -> str:
    reason = f" · {escape(clip(source.reason, WORDS))}" if source.reason else ""
    proof = [LEVELS[source.level]] if source.level else []
    health = [HEALTH[source.health]] if source.health else []
    facts = (f"*{escape(source.name)}*{reason}", wording.size(source.bytes), *proof, *health)
    return " · ".join((*facts, wording.ago(source.at, now)))


def _tables(plan: Plan) -> Lines:
    """Rows now and afterwards: the worst first."""
    shown, rest = plan.worst[:TABLES], plan.worst[TABLES:]
    lines = ["*Rows now → afterwards*", *figures([(each.table.short, _counts(each)) for each in shown])]
    if not shown:
        lines = ["*Rows now → afterwards*: the same in every table, as far as counts can tell"]
    if rest:
        lines.append(f"({wording.plural(len(rest), 'more table')}: {_net(rest)})")
    if shown and plan.unchanged:
        lines.append(f"({wording.plural(plan.unchanged, 'table')}: same count)")
    return tuple(lines)


def _counts(change: Change) -> str:
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
    if not plan.room:
        return ()
    return (f"Room: needs about {wording.size(plan.room)} on the server; what is free there is not known",)


def _schema(schema: Schema | None) -> Lines:
    if schema is None:
        return ()
    counts = f"Schema: afterwards {wording.plural(schema.then, 'migration')}, now {schema.now:,}"
    if schema.newer:
        newer = escape(wording.listed(list(schema.newer), SOME))
        return (f"{counts} · {newer} would be gone: roll the application back before traffic",)
    return (counts,)


def _left_out(plan: Plan) -> Lines:
    return tuple(f"Not restored: {escape(what)}" for what in _some(plan.left_out))


def _passed_over(plan: Plan) -> Lines:
    return tuple(f"Passed over: {escape(what)}" for what in _some(plan.passed_over))


def _some(what: Sequence[str]) -> list[str]:
    more = len(what) - SOME
    return [*what[:SOME], *([f"{more:,} more"] if more > 0 else [])]


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What the message keeps saying of the request, while its operation runs and afterwards."""

    reason: str
    by: tuple[str, ...]
    at: datetime | None
    digest: str


def running(operation: Operation, approved: Approved, source: str, done: Sequence[Step]) -> Message:
    """The steps, each ticking."""
    act = _doing(operation)
    now = done[-1].name if done else "beginning"
    return Message(
        text=f"⏳ {act} · {operation.database} · {now}",
        blocks=(
            header(f"⏳ {act} · {operation.database}"),
            section(f"From *{escape(source)}*", _approved(approved)),
            section(*(steps.lines(done) or ["beginning"])),
            _footer(operation, approved),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a restore came to."""

    source: str
    tables: int
    rows: int
    #: rows more than there were before; negative where there are fewer
    back: int
    #: from the stop of traffic, or the fence, until the live name was open again
    outage: timedelta
    #: the database that was swapped out; empty where there was none
    aside: str
    keep_until: datetime | None
    #: what is in the set-aside database alone: `3 rows in User`
    stayed_behind: tuple[str, ...] = ()
    #: what people should know or do: traffic, the schema, statements for a DBA
    notes: tuple[str, ...] = ()


def done(operation: Operation, approved: Approved, outcome: Outcome, ticked: Sequence[Step]) -> Message:
    """The result: what is live now, how long it was away, and the way back."""
    act = "Undone" if operation.kind is Kind.UNDO else "Restored"
    heading = f"🟢 {act} · {operation.database}"
    rows = wording.plural(outcome.rows, "row")
    return Message(
        text=f"{heading}: {outcome.source} is live, {rows}, outage {wording.duration(outcome.outage)}",
        blocks=(
            header(heading),
            section(
                f"*{escape(outcome.source)}* is live: {wording.plural(outcome.tables, 'table')}, {rows} "
                f"({outcome.back:+,} rows)",
                f"Outage {wording.duration(outcome.outage)}",
                *_stayed(outcome),
                *map(escape, outcome.notes),
            ),
            section(*steps.lines(ticked)),
            section(_approved(approved)),
            *([section(*_way_back(operation, outcome))] if outcome.aside else []),
            _footer(operation, approved),
        ),
    )


def _stayed(outcome: Outcome) -> Lines:
    if not outcome.stayed_behind:
        return ()
    return (f"Only in the set-aside database: {escape(wording.listed(list(outcome.stayed_behind)))}",)


def _way_back(operation: Operation, outcome: Outcome) -> Lines:
    until = f" until {date(outcome.keep_until)}" if outcome.keep_until else ""
    undo = f"/restore undo {operation.database} REASON"
    return (f"The former database is kept as {code(outcome.aside)}{until}.", f"→ To go back: {code(undo)}")


def _doing(operation: Operation) -> str:
    return "Undoing the last restore" if operation.kind is Kind.UNDO else "Restoring"


def _approved(approved: Approved) -> str:
    people = ", ".join(who(user) for user in approved.by) or "nobody"
    return f"Approved by {people}{f' {date(approved.at)}' if approved.at else ''}"


def _footer(operation: Operation, approved: Approved) -> dict[str, object]:
    short = f"{approved.digest[:4]} {approved.digest[4:8]}"
    reason = [f"Reason: {escape(clip(approved.reason, WORDS))}"] if approved.reason else []
    return context(f"Asked by {who(operation.requested_by)}", *reason, f"plan {short} · {operation.id}")


def planning(database: str, channel: str) -> Message:
    """The private answer: where people will decide."""
    text = f"Planning a restore of {database}: the request appears in <#{channel}>"
    return Message(
        text=text,
        blocks=(
            section(
                f"Planning a restore of {code(database)}: the request appears in <#{channel}>.",
                "What stands in its way is told to you alone.",
            ),
        ),
    )


def copy_progress(what: str) -> Lines:
    """Below the plan, while people decide."""
    return (f"Copy: {escape(what)}",)


def copy_ready(seconds: float | None, tables: int) -> Lines:
    made = "was there already" if seconds is None else f"restored beside in {wording.duration(seconds)}"
    verified = f"verified: {wording.plural(tables, 'table')} equal to the manifest"
    return (f"Copy: ready, {made}, {verified}. Once approved it is live in moments.",)


def copy_failed(reason: str) -> Lines:
    return (f"Copy: 🔴 could not be made ready: {escape(reason)}", "Once approved, it is tried again.")
