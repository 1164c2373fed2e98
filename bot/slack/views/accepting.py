"""Accepting what lowers protection: what a second person decides by."""

from collections.abc import Sequence

from bot import wording
from bot.domain.accepting import Fewer, Lowered
from bot.domain.approval import Request
from bot.domain.counts import change
from bot.domain.operation import Operation
from bot.domain.state import State
from bot.slack.blocks import Message, code, context, escape, section
from bot.slack.views.common import contents, figures, place, who

#: How many tables are named.
TABLES = 5
_UNTOUCHED = "Backups keep what they hold; in the database nothing is changed but Secondkey's own marker."
Lines = tuple[str, ...]


def plan_lines(found: Lowered, state: State) -> tuple[Lines, ...]:
    """What counts as good from then on, and what nobody is warned of any more: the worst first."""
    first = (
        f"Counts as good from then on: {code(state.identity.database_name)} as it is now, {contents(state)}",
        *(f"⚠️ {line}" for line in _before(found)),
        *place(state.identity),
    )
    paragraphs = (
        first,
        _tables(found),
        (_UNTOUCHED,),
    )
    return tuple(paragraph for paragraph in paragraphs if paragraph)


def asked(operation: Operation, request: Request) -> Message:
    """Where people decide."""
    title = f"Accepting {operation.database} takes a second person"
    return Message(
        text=f"⚠️ {title}: asked in <#{request.channel}>",
        blocks=(
            section(
                f"⚠️ *{escape(title)}*",
                f"It would lower what is protected: the request is in <#{request.channel}>.",
            ),
            context(f"Asked by {who(operation.requested_by)} · {request.id}"),
        ),
    )


def _before(found: Lowered) -> list[str]:
    """That another database was pinned, or that nobody knows what was."""
    lost = [f"The baseline was lost: {escape(found.lost_baseline)}"] if found.lost_baseline else []
    known = [f"Compared with the backup {code(found.stand_in)}"] if found.stand_in else []
    if lost and not known:
        known = ["No healthy backup says what was there before: look closely"]
    pin = [f"Not what was pinned: {escape(wording.listed(list(found.pin)))}"] if found.pin else []
    return [*lost, *known, *pin]


def _tables(found: Lowered) -> Lines:
    """Rows before and now; of tables that are not named, how many there are and what they lost."""
    if not found.tables:
        return ("*Rows before → now*: no table has fewer",) if found.before else ()
    shown, rest = found.tables[:TABLES], found.tables[TABLES:]
    lines = [
        "⚠️ *Rows before → now*: nobody is warned of these any more",
        *figures([(each.table.short, _change(each)) for each in shown]),
    ]
    if rest:
        lines.append(f"({wording.plural(len(rest), 'more table')}: {_lost(rest)})")
    return tuple(lines)


def _change(fewer: Fewer) -> str:
    if fewer.now is None:
        return f"{wording.count(fewer.before)} → gone"
    return change(fewer.before, fewer.now)


def _lost(tables: Sequence[Fewer]) -> str:
    return f"{wording.plural(sum(each.lost for each in tables), 'row')} fewer"
