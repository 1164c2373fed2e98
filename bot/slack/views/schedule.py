"""`/schedule`: what ran last and how it ended, what comes next, what was missed and made up for."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, islice

from bot import wording
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.scheduling.run import Run
from bot.domain.scheduling.standing import Standing
from bot.slack.blocks import (
    Block,
    Message,
    clip,
    code,
    context,
    date,
    escape,
    header,
    prose,
    section,
    sections,
)

#: How many times that were made up for are told of a schedule, the newest first.
TOLD = 3
#: How much is shown of why one failed, and of what to do.
TROUBLE = 300
_WHAT = {Kind.BACKUP: "Backup", Kind.DRILL: "Drill", Kind.RETENTION: "Retention"}


def standing(found: Sequence[Standing], now: datetime) -> Message:
    """Every schedule of some databases, as it stands."""
    wrong = [one for one in found if is_wrong(one)]
    well = "all is well" if any(one.last for one in found) else "nothing was due yet"
    title = f"Schedules: {wording.plural(len(wrong), 'problem') if wrong else well}"
    blocks: list[Block] = [
        block
        for database, each in groupby(found, key=lambda one: one.database)
        for block in sections(f"*{code(database)}*", *(line for one in each for line in lines(one)))
    ]
    if not blocks:
        title = "Nothing is scheduled"
        blocks = [section("`backup.schedule` and `drill.schedule` are off: nothing happens by itself.")]
    return Message(text=title, blocks=(header(title), *blocks, context(f"As of {date(now)}")))


def lines(one: Standing) -> list[str]:
    """One schedule, as Slack's markup."""
    what = _WHAT.get(one.kind, one.kind.value)
    return [
        f"{_light(one)} *{what}* · {code(one.times)} · next {date(one.next)}",
        *([f"⚠️ Due {date(one.missed)}, and nothing began"] if one.missed else []),
        *([_ran(one.last, one.operation)] if one.last else ["Not run yet"]),
        *([f"It is begun again {date(one.again)}"] if one.again else []),
        *map(_made_up, islice((run for run in one.runs if run.made_up), TOLD)),
    ]


def _light(one: Standing) -> str:
    if is_wrong(one):
        return "🔴"
    return "⏳" if _is_open(one.operation) else "🟢" if one.last else "⚪"


def is_wrong(one: Standing) -> bool:
    """What was due did not come to be."""
    failed = one.operation is not None and one.operation.progress is Progress.FAILED
    return failed or one.missed is not None or bool(one.last and one.last.begun.problem)


def _is_open(operation: Operation | None) -> bool:
    return operation is not None and operation.progress in {Progress.WAITING, Progress.RUNNING}


def _ran(run: Run, operation: Operation | None) -> str:
    joined = ", which was under way already" if run.begun.joined else ""
    again = f", begun again {wording.plural(run.again, 'time')}" if run.again else ""
    return f"Last {date(run.at)}{again}: {_outcome(run, operation)}{joined}"


def _outcome(run: Run, operation: Operation | None) -> str:
    if operation is None:
        return f"could not begin: {_trouble(run.begun.problem, run.begun.hint)}"
    if _is_open(operation):
        return f"{operation.id} is under way"
    if operation.progress is Progress.FAILED:
        return f"failed: {_trouble(operation.problem, operation.hint)}"
    made = operation.result.get("backup_id")
    return f"done, {code(made)}" if made else f"done, {operation.id}"


def _trouble(problem: str, hint: str) -> str:
    return " → ".join(prose(clip(said, TROUBLE)) for said in (problem, hint) if said)


def _made_up(run: Run) -> str:
    before = f"; {wording.plural(run.skipped, 'time')} before it stay missed" if run.skipped else ""
    seconds = (run.at - run.due).total_seconds()
    late = wording.duration(seconds // 60 * 60 if seconds >= 60 else seconds)
    return f"Made up for: due {date(run.due)}, begun {escape(late)} later{before}"
