"""Slack's message blocks with Slack's limits in them: what is built here is never refused as too long.

Text from people and databases goes through `escape`: it never becomes a mention, a link or markup.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import wording

Block = dict[str, Any]

SECTION_CHARS = 3000
HEADER_CHARS = 150
BUTTON_CHARS = 75
#: Of a form's title, and of the words on its buttons.
TITLE_CHARS = 24
VALUE_CHARS = 2000
CONTEXT_ELEMENTS = 10
MESSAGE_BLOCKS = 50
#: Slack refuses a message whose blocks, taken together, are longer than about 10,000 characters.
MESSAGE_CHARS = 9_800
_FENCE = "```"
_ARROW = " → "
#: Between a name and its figure.
_GAP = "  "
#: What would begin markup; a zero-width space behind it keeps it as it is. Behind a letter or digit nothing
#: begins: names such as `invoice_items` stay free of what would be copied with them.
_MARKUP = re.compile(r"`|(?<![^\W_])[*_~]")
#: A time, a person, a channel or a link; and what it is shown as where Slack does not know it.
_REFERENCE = re.compile(r"<(?P<what>[^<>|]+)(?:\|(?P<shown>[^<>]*))?>")
#: A fence, a code span, bold words; and what `escape` puts behind others' signs, which stay.
_DECORATION = re.compile(
    "```|`(?!\u200b)(?P<code>[^`\n]*)`|(?<![^\\W_])[*](?!\u200b)(?P<bold>(?:[^*\n]|[*]\u200b)+)[*](?!\u200b)|\u200b"
)
_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
#: What calls many people. Whoever is to be called is called in the blocks: never by the words of a
#: notification, in which names of tables and words of others stand.
_CALL = re.compile(r"<(?=!(?:channel|here|everyone|subteam))", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent: the blocks, and the plain text for notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...] = ()

    def limited(self) -> "Message":
        """The same message within Slack's limits: what had to be left out is said, the buttons stay, and the
        plain text calls nobody."""
        text = clip(_MENTION.sub("@\u200b", _CALL.sub("&lt;", self.text)), SECTION_CHARS)
        if len(self.blocks) <= MESSAGE_BLOCKS and _length(list(self.blocks)) <= MESSAGE_CHARS:
            return Message(text=text, blocks=self.blocks)
        end = [_LEFT_OUT, *(block for block in self.blocks[-1:] if block["type"] == "actions")]
        room = MESSAGE_CHARS - _length(end)
        kept: list[Block] = []
        for block in self.blocks[: MESSAGE_BLOCKS - len(end)]:
            room -= _length(block)
            if room < 0:
                break
            kept.append(block)
        return Message(text=text, blocks=(*kept, *end))


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button: it may ask, it never approves."""

    label: str
    action: str
    #: what the listener gets; never trusted, only looked up
    value: str
    primary: bool = False
    #: a question to be answered with yes first
    confirm: str = ""


def escape(text: object) -> str:
    """Prose of others as it is, on one line: no mention, no markup. What is to be copied goes into `code`."""
    shown = "".join(map(_visible, str(text)))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub("@\u200b", _MARKUP.sub("\\g<0>\u200b", shown))


def escape_lines(text: str) -> str:
    """Several lines as they are, without markup."""
    return "\n".join(map(escape, text.split("\n")))


def unescape(text: str) -> str:
    """What a person typed, from the text that Slack sends: it escapes three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(markup: str) -> list[str]:
    """Lines of markup for a reader who has no Slack."""
    text = _REFERENCE.sub(lambda found: found["shown"] or found["what"].lstrip("#!"), markup)
    return unescape(_undecorated(text)).split("\n")


def in_lines(message: Message) -> list[str]:
    """All that a message says, for a reader who has no Slack."""
    said = (
        text["text"]
        for block in message.blocks
        for text in (block.get("text"), *(block["elements"] if block["type"] == "context" else ()))
        if text
    )
    return [line for text in said for line in plain(text)]


def _undecorated(markup: str) -> str:
    return _DECORATION.sub(lambda found: found["code"] or _undecorated(found["bold"] or ""), markup)


def code(text: object) -> str:
    """Text of others in a code span."""
    shown = "".join(map(_visible, str(text))).replace("`", "ˋ") or " "
    return "`" + shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "`"


def prose(text: str) -> str:
    """Secondkey's own words, in which others' may stand: code spans stay, they hold what is to be copied."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(code(part) if n % 2 else escape(part) for n, part in enumerate(parts))


def date(at: datetime) -> str:
    """A time in the reader's own time zone, with UTC as the fallback."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{wording.moment(at)}>"


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": clip(text, HEADER_CHARS), "emoji": True}}


def section(*lines: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": clip("\n".join(lines), SECTION_CHARS)}}


def sections(*lines: str) -> list[Block]:
    """Lines in as many sections as they need: none is torn, and none gets lost."""
    pages: list[list[str]] = [[]]
    for line in lines:
        if pages[-1] and len("\n".join([*pages[-1], line])) > SECTION_CHARS:
            pages.append([])
        pages[-1].append(line)
    return [section(*page) for page in pages]


def paragraphs(text: str) -> list[Block]:
    """What a person wrote, line by line and without markup, on as many sections as it needs."""
    shown = escape_lines(text)
    if len(shown) <= SECTION_CHARS:
        return [section(shown)] if shown.strip() else []
    half = len(text) // 2
    cut = max(text.rfind("\n", 1, half), text.rfind(" ", 1, half)) + 1 or half
    return [*paragraphs(text[:cut]), *paragraphs(text[cut:])]


def context(*lines: str) -> Block:
    elements = [{"type": "mrkdwn", "text": clip(line, SECTION_CHARS)} for line in lines[:CONTEXT_ELEMENTS]]
    return {"type": "context", "elements": elements}


#: Takes the place of what does not fit.
_LEFT_OUT = context("_The rest is left out here: the command line shows all of it._")


def divider() -> Block:
    return {"type": "divider"}


def columns(rows: Sequence[tuple[str, str]]) -> str:
    """Names and their figures in a fixed-width block, as `lined_up` has them."""
    body = "\n".join(lined_up(rows))
    return _FENCE + body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + _FENCE


def fenced(text: str) -> Block:
    """Lines of a program as they came, the last of them where there are more than fit."""
    shown = "\n".join(map(_plain, text.split("\n"))).replace("&", "&amp;").replace("<", "&lt;")
    return section(_FENCE + shown.replace(">", "&gt;")[-(SECTION_CHARS - 10) :] + _FENCE)


def lined_up(rows: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each name with its figure; numbers end below each other, and so do arrows between two."""
    if not rows:
        return []
    cells = list(map(_cells, rows))
    names, numbers = (max(len(cell[column]) for cell in cells) for column in (0, 1))
    return [
        f"{name.ljust(names)}{_GAP}{before.rjust(numbers)}{arrow}{after}"
        for name, before, arrow, after in cells
    ]


def widths(row: tuple[str, str]) -> tuple[int, int, int]:
    """How wide the parts of a line are that stand below each other: its name, its number, the rest."""
    name, before, arrow, after = _cells(row)
    return len(name) + len(_GAP), len(before), len(arrow) + len(after)


def _cells(row: tuple[str, str]) -> tuple[str, str, str, str]:
    name, figure = row
    return _plain(name), *_plain(figure).partition(_ARROW)


def actions(*buttons: Button) -> Block:
    return {"type": "actions", "elements": [_button(button) for button in buttons]}


def form(callback_id: str, title: str, label: str, *, submit: str, most: int, private: str) -> Block:
    """A form with one text to fill in; `private` comes back with it."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private,
        "title": {"type": "plain_text", "text": clip(title, TITLE_CHARS)},
        "submit": {"type": "plain_text", "text": clip(submit, TITLE_CHARS)},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": "text",
                "label": {"type": "plain_text", "text": label},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "max_length": most,
                },
            }
        ],
    }


def _button(button: Button) -> Block:
    element: Block = {
        "type": "button",
        "action_id": button.action,
        "value": clip(button.value, VALUE_CHARS),
        "text": {"type": "plain_text", "text": clip(button.label, BUTTON_CHARS), "emoji": True},
    }
    if button.primary:
        element["style"] = "primary"
    if button.confirm:
        element["confirm"] = _confirm(button)
    return element


def _confirm(button: Button) -> Block:
    return {
        "title": {"type": "plain_text", "text": clip(button.label, 100)},
        "text": {"type": "mrkdwn", "text": clip(button.confirm, 300)},
        "confirm": {"type": "plain_text", "text": "Yes"},
        "deny": {"type": "plain_text", "text": "No"},
    }


def _plain(cell: str) -> str:
    """A cell of a fixed-width block: code blocks know no markup, but they end at three backticks."""
    return "".join(map(_visible, cell)).replace("`", "ˋ")


def _visible(character: str) -> str:
    """Line breaks become a sign; other control and direction characters are left out."""
    if character in "\n\r\u2028\u2029":
        return "⏎"
    if character == "\t":
        return " "
    return (
        "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character != "\u200d" else character
    )


def _length(part: object) -> int:
    """The characters of a block, all its texts taken together."""
    if isinstance(part, dict):
        return sum(map(_length, part.values()))
    return sum(map(_length, part)) if isinstance(part, list) else len(str(part))
