"""The commands as people of this workspace type them: messages name them without the configured prefix.

Every message passes here on its way out; nothing else that names a command needs to know the prefix.
"""

import re
from dataclasses import replace
from typing import Any

from bot.slack.blocks import SECTION_CHARS, Message, clip
from bot.slack.manifest import RENAMED

#: A command at the beginning of a code span. People's own backticks have a zero-width space behind them.
_NAMED = re.compile(rf"(?<=`/)(?=(?:{'|'.join(RENAMED)})[ `])")


def with_prefix(message: Message, prefix: str) -> Message:
    """The same message with the commands' names as they are in this workspace."""
    if not prefix:
        return message
    text, blocks = _named(message.text, prefix), tuple(_named(block, prefix) for block in message.blocks)
    return replace(message, text=text, blocks=blocks)


def _named(part: Any, prefix: str) -> Any:
    match part:
        case str():
            named = _NAMED.sub(prefix, part)
            return part if named == part else clip(named, SECTION_CHARS)
        case dict():
            return {key: _named(value, prefix) for key, value in part.items()}
        case list():
            return [_named(each, prefix) for each in part]
        case _:
            return part
