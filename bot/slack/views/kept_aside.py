"""Notices about databases that were set aside."""

from bot.domain.restoring.made import Made
from bot.slack.blocks import Message, code, date, section


def going(aside: Made) -> Message:
    """A day before it is dropped."""
    text = f"{aside.name} is dropped soon: the database that was set aside of {aside.database}"
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
