"""Long answers in pages, by cursor."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.web_api.registry import Answer, Call


def page(call: Call, name: str, items: Sequence[Any], *, size: int, most: int = 1000) -> Answer:
    """The asked-for page of `items` under `name`, and the cursor of the next; an empty cursor ends it."""
    start = _read_cursor(call.text("cursor"))
    end = start + call.number("limit", size, most)
    following = _cursor(end) if end < len(items) else ""
    return {name: list(items[start:end]), "response_metadata": {"next_cursor": following}}


def _cursor(start: int) -> str:
    return base64.b64encode(f"start:{start}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        name, _, start = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as unreadable:
        raise SlackError("invalid_cursor") from unreadable
    if name != "start" or not start.isdecimal():
        raise SlackError("invalid_cursor")
    return int(start)
