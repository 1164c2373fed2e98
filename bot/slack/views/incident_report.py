"""Where the report of an incident is found, and the report itself where there is no better place."""

from collections.abc import Sequence

from bot.domain.incidents.incident import Incident
from bot.slack.blocks import SECTION_CHARS, Message, context, escape, fenced, sections

#: Of a part of the report: there is room for the fence around it.
PART = SECTION_CHARS - 10
#: So much of a line stays together, whatever is in it.
PIECE = PART // 5
#: Parts in one message.
PARTS = 3


def published(incident: Incident, where: str, refused: Sequence[str]) -> Message:
    """`where` are our own words; `refused` says why it is in no better place."""
    return Message(
        text=_title(incident),
        blocks=(
            *sections(
                f"*Report* {where}",
                "What stands in [brackets] nobody recorded: people answer it, causes and actions too.",
                *(f"⚠️ {escape(each)}" for each in refused),
            ),
            context(f"`secondkey incident report {incident.id}` prints it"),
        ),
    )


def in_messages(incident: Incident, markdown: str) -> list[Message]:
    """The report as it is, to be copied: in as many messages as Slack's limits want."""
    parts = _parts(markdown)
    messages = [parts[first : first + PARTS] for first in range(0, len(parts), PARTS)]
    return [
        Message(text=f"{_title(incident)}, {number} of {len(messages)}", blocks=tuple(map(fenced, some)))
        for number, some in enumerate(messages, 1)
    ]


def _title(incident: Incident) -> str:
    return f"The report of the incident of {incident.database}"


def _parts(markdown: str) -> list[str]:
    """Cut between lines where they are short enough."""
    parts, part = [], ""
    for line in markdown.splitlines(keepends=True):
        for piece in (line[at : at + PIECE] for at in range(0, len(line), PIECE)):
            if part and _length(part + piece) > PART:
                parts.append(part)
                part = ""
            part += piece
    return [*parts, part]


def _length(text: str) -> int:
    """As Slack counts it: `&`, `<` and `>` are escaped."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
