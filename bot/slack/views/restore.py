"""Messages of a restore that was approved: its steps, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot import wording
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.changes import Change
from bot.slack.blocks import Block, Message, clip, code, context, date, escape, header, prose, section
from bot.slack.views import steps
from bot.slack.views.common import figures, who
from bot.slack.views.restore_plan import TABLES, WORDS, Lines, counts
from bot.slack.views.steps import Step


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


class Traffic(Enum):
    """What starting it came to."""

    BACK = "back"
    #: it was started; the check that asks the application failed
    UNANSWERED = "unanswered"
    #: a command that starts it failed, so that the outage lasts
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a restore came to."""

    source: str
    tables: int
    rows: int
    #: from the set-aside database to what is live, the worst first
    changes: tuple[Change, ...]
    #: from the stop of traffic, or the fence, until the live name was open again
    outage: timedelta
    #: the database that was swapped out; empty where there was none
    aside: str
    keep_until: datetime | None
    #: what people should know or do: traffic, statements for a DBA
    notes: tuple[str, ...] = ()
    #: what is live was found equal to what was approved, before anybody wrote to it
    compared: bool = True
    traffic: Traffic = Traffic.BACK


def done(operation: Operation, approved: Approved, outcome: Outcome, ticked: Sequence[Step]) -> Message:
    """The result: what is live now, how long it was away, and the way back."""
    act = "Undone" if operation.kind is Kind.UNDO else "Restored"
    good = outcome.compared and outcome.traffic is Traffic.BACK
    heading = f"{'🟢' if good else '🟠'} {act} · {operation.database}"
    held = f"{wording.plural(outcome.tables, 'table')}, {wording.plural(outcome.rows, 'row')}"
    away = _away(outcome)
    return Message(
        text=f"{heading}: {outcome.source} is live, {held}, {away}",
        blocks=(
            header(heading),
            section(f"*{escape(outcome.source)}* is live: {held} · {away}", *map(prose, outcome.notes)),
            *([section(*_moved(outcome))] if outcome.changes else []),
            section(*steps.lines(ticked), _approved(approved)),
            *([section(*_way_back(operation, outcome))] if outcome.aside else []),
            _footer(operation, approved),
        ),
    )


def _away(outcome: Outcome) -> str:
    if outcome.traffic is Traffic.STOPPED:
        return "traffic is still stopped"
    return f"outage {'' if outcome.compared else 'at most '}{wording.duration(outcome.outage)}"


def _moved(outcome: Outcome) -> Lines:
    """What came back, and what is in the set-aside database alone, as far as anybody knows."""
    shown = outcome.changes[:TABLES]
    gone = [each for each in outcome.changes if each.goes]
    left = [f"{wording.plural(each.goes, 'row')} of {each.table.short}" for each in gone]
    return (
        "*Rows before → now*",
        *figures([(each.table.short, counts(each)) for each in shown]),
        *([f"({len(outcome.changes) - TABLES:,} more tables)"] if len(outcome.changes) > TABLES else []),
        *([f"Only in the set-aside database: {escape(wording.listed(left))}"] if left else []),
    )


def _way_back(operation: Operation, outcome: Outcome) -> Lines:
    until = f" until {date(outcome.keep_until)}" if outcome.keep_until else ""
    undo = f"/restore undo {operation.database} REASON"
    return (f"The former database is kept as {code(outcome.aside)}{until}.", f"→ To go back: {code(undo)}")


def _doing(operation: Operation) -> str:
    return "Undoing" if operation.kind is Kind.UNDO else "Restoring"


def _approved(approved: Approved) -> str:
    people = ", ".join(who(user) for user in approved.by) or "nobody"
    return f"Approved by {people}{f' {date(approved.at)}' if approved.at else ''}"


def _footer(operation: Operation, approved: Approved) -> Block:
    short = f"{approved.digest[:4]} {approved.digest[4:8]}"
    reason = [f"Reason: {escape(clip(approved.reason, WORDS))}"] if approved.reason else []
    return context(f"Asked by {who(operation.requested_by)}", *reason, f"plan {short} · {operation.id}")
