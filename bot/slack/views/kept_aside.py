"""Databases that were set aside: what is said of them, and of their end."""

from bot import wording
from bot.domain.approval import Request
from bot.domain.operation import Operation
from bot.domain.restoring.made import Made
from bot.domain.state import State
from bot.slack.blocks import Message, code, context, date, escape, header, section
from bot.slack.views.common import contents, figures, who

#: How many tables are named.
TABLES = 5


def going(aside: Made) -> Message:
    """A day before it is dropped."""
    when = wording.moment(aside.keep_until)
    text = f"{aside.database}: what was set aside is dropped at {when} ({escape(aside.name)})"
    return Message(
        text=text,
        blocks=(
            section(
                f"*{code(aside.name)} is dropped at {date(aside.keep_until)}.*",
                f"It is what {code(aside.database)} was before {code(aside.source)} took its place.",
                f"→ To go back to it: {code(f'/restore undo {aside.database} REASON')}",
            ),
        ),
    )


def gone(operation: Operation, name: str) -> Message:
    """What could not be dropped before."""
    text = f"🟢 Dropped · {operation.database}: {escape(name)} is gone"
    return Message(text=text, blocks=(section(f"🟢 {code(name)} is dropped now."), context(operation.id)))


def planning(database: str, name: str, channel: str) -> Message:
    """The private answer: where people will decide."""
    return Message(
        text=f"Asking whether {escape(name)} may be dropped: the request appears in <#{channel}>",
        blocks=(
            section(
                f"Asking whether {code(name)} of {code(database)} may be dropped: the request appears in "
                f"<#{channel}>.",
                "What stands in its way is told to you alone.",
            ),
        ),
    )


def plan_lines(aside: Made, held: State) -> tuple[tuple[str, ...], ...]:
    """What two people decide about an end that cannot be taken back."""
    most = sorted(held.holders, key=lambda table: table.rows or 0, reverse=True)[:TABLES]
    counts = [(table.name.short, "?" if table.rows is None else wording.count(table.rows)) for table in most]
    more = len(held.holders) - len(most)
    return (
        (
            f"⚠️ There is no way back: with it the undo of {code(aside.source)} is gone",
            f"Goes: {code(aside.name)} · {wording.size(held.size_bytes)} · {contents(held)}",
            f"It is what {code(aside.database)} was until {date(aside.made_at)}",
            f"Else it is dropped at {date(aside.keep_until)}",
        ),
        (
            "*Rows that go with it*",
            *figures(counts),
            *([f"({wording.plural(more, 'more table')})"] if more else []),
        ),
    )


def dropped(operation: Operation, aside: Made, request: Request) -> Message:
    """It is gone, and who said so."""
    heading = f"🟢 Dropped early · {aside.database}"
    by = ", ".join(who(user) for user in request.approved_by)
    return Message(
        text=f"{heading}: {escape(aside.name)} is gone",
        blocks=(
            header(heading),
            section(
                f"{code(aside.name)} is gone: what took its place, {code(aside.source)}, cannot be undone "
                "any more.",
                f"{code(aside.database)} was not touched.",
            ),
            context(
                f"Asked by {who(operation.requested_by)}: {escape(request.reason)}",
                f"Approved by {by} · {operation.id}",
            ),
        ),
    )
