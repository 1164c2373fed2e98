"""Messages about drills: on their way, done, and what they say about a restore."""

from collections.abc import Sequence

from bot import wording
from bot.domain.backup import Backup
from bot.domain.drill import Drill
from bot.domain.operation import Operation
from bot.slack.blocks import Message, clip, code, context, date, escape, header, prose, section, sections
from bot.slack.views.common import who

#: How many of the last drills one list shows of a database.
LISTED = 8
#: How much of the reason why one failed is shown.
PROBLEM = 300


def waiting(operation: Operation) -> Message:
    return drilling(operation, None, "waiting for its turn")


def drilling(operation: Operation, backup: Backup | None, what: str) -> Message:
    """How far it is; without a backup where none was begun yet."""
    title = f"Drill of {operation.database}"
    which = f" · {code(backup.id)}" if backup else ""
    return Message(
        text=f"{title} · {what}",
        blocks=(
            section(f"⏳ *{title}*{which}", escape(what)),
            context(f"Asked by {who(operation.requested_by)}"),
        ),
    )


def result(operation: Operation, held: Sequence[Drill]) -> Message:
    failed = [drill for drill in held if not drill.ok]
    title = f"{'🔴 Drill failed' if failed else '🟢 Drill passed'} · {operation.database}"
    return Message(
        text=f"{title}: {'; '.join(map(in_short, held))}",
        blocks=(
            header(title),
            section(*map(_outcome, held), *map(_loss, held[:1])),
            *([section(*_moves(operation, failed))] if failed else []),
            context(
                f"As of {date(max(drill.at for drill in held))} · asked by {who(operation.requested_by)}",
                operation.id,
            ),
        ),
    )


def listed(found: Sequence[tuple[str, Sequence[Drill]]]) -> Message:
    """`/drill list`: the last ones of each database."""
    return Message(
        text=f"Drills of {wording.listed([name for name, _ in found])}",
        blocks=(
            header("Drills"),
            *(
                block
                for name, drills in found
                for block in sections(
                    f"*{code(name)}*", *([_line(drill) for drill in drills[:LISTED]] or [_none(name)])
                )
            ),
        ),
    )


def standing(found: Sequence[tuple[str, Drill | None, Operation | None]]) -> Message:
    """`/drill status`: of each database its last drill, and the one that is under way."""
    return Message(
        text=f"Drills of {wording.listed([name for name, _, _ in found])}",
        blocks=(
            header("Drills"),
            *(
                section(
                    f"*{code(name)}*",
                    *([f"⏳ under way: {open_now.id}"] if open_now else []),
                    *([_outcome(drill), _loss(drill)] if drill else [_none(name)]),
                )
                for name, drill, open_now in found
            ),
        ),
    )


def in_short(drill: Drill) -> str:
    """`B-… restored in 6.1 s`."""
    if drill.seconds is None:
        return f"{drill.backup_id} not restored"
    return f"{drill.backup_id} restored in {wording.duration(drill.seconds)}"


def _outcome(drill: Drill) -> str:
    """What it took: a number that a plan can use."""
    size, place = wording.size(drill.bytes), escape(drill.place) or "a throw-away cluster"
    if drill.seconds is None:
        return f"🔴 {code(drill.backup_id)} · {size} · not restored on {place}: {_problem(drill)}"
    took = wording.duration(drill.seconds)
    return f"🟢 {code(drill.backup_id)} · {size} restored in *{took}* on {place}, equal to its manifest"


def _loss(drill: Drill) -> str:
    """What would have been lost with it."""
    gap = f"; {drill.widest}" if drill.widest else ""
    return f"Loss window: it was {wording.duration(drill.age)} old at {date(drill.at)}{gap}"


def _line(drill: Drill) -> str:
    outcome = wording.duration(drill.seconds) if drill.seconds is not None else _problem(drill)
    return f"{'🟢' if drill.ok else '🔴'} {date(drill.at)} · {code(drill.backup_id)} · {outcome}"


def _problem(drill: Drill) -> str:
    return prose(clip(drill.problem, PROBLEM))


def _moves(operation: Operation, failed: Sequence[Drill]) -> list[str]:
    return [
        f"→ {code(f'/backup {operation.database}')} makes a new backup, and proves it",
        f"→ {code(f'/drill {failed[0].backup_id}')} tries this one again",
    ]


def _none(database: str) -> str:
    return f"no drill yet: {code(f'/drill {database}')}"
