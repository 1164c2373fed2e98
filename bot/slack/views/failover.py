"""Another server of the same cluster answers: information, and no alarm."""

from bot.domain.watching.glance import Place
from bot.slack.blocks import Message, code, section


def failed_over(database: str, place: Place, *, standby: bool) -> Message:
    title = f"ℹ️ {database}: another server of its cluster answers"
    what = "a standby, which takes no writes" if standby else "the primary"
    timeline = f", timeline {place.timeline}" if place.timeline else ""
    told = f"Now it is {code(place.host)}{timeline}: {what}."
    same = "The same database by its system identifier, oid and marker: a fail-over, and no loss by itself."
    return Message(text=title, blocks=(section(f"*{title}*", told, same),))
