"""Where the report of an incident is found, and the report itself where there is no better place."""

from collections.abc import Sequence

from bot.domain.incidents.incident import Incident
from bot.slack.blocks import SECTION_CHARS, Message, context, escape, fenced, section

#: Room for the fence around a part of the report, and for signs that become longer when they are escaped.
PART = SECTION_CHARS - 400
#: Parts in one message.
PARTS = 3


def published(incident: Incident, where: str, refused: Sequence[str]) -> Message:
    """`where` are our own words; `refused` says why it is in no better place."""
    return Message(
        text=f"The report of the incident of {incident.database}",
        blocks=(
            section(
                f"*Report* {where}",
                "What stands in [brackets] nobody recorded: people answer it, causes and actions too.",
                *(f"⚠️ {escape(each)}" for each in refused),
            ),
            context(f"`secondkey incident report {incident.id}` prints it"),
        ),
    )


def in_messages(markdown: str) -> list[Message]:
    """The report as it is, to be copied: in as many messages as Slack's limits want."""
    parts = _parts(markdown)
    return [
        Message(text="Report", blocks=tuple(fenced(part) for part in parts[first : first + PARTS]))
        for first in range(0, len(parts), PARTS)
    ]


def _parts(markdown: str) -> list[str]:
    """Cut between lines; a line that is longer than a part is cut wherever it is full."""
    parts, part = [], ""
    for line in markdown.splitlines(keepends=True):
        for piece in (line[at : at + PART] for at in range(0, len(line), PART)):
            if len(part) + len(piece) > PART:
                parts.append(part)
                part = ""
            part += piece
    return [*parts, part]
