"""Canvases: documents in a channel's tab, of the markdown that Slack takes."""

import re
from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.workspace import Channel
from bot.simulator.world import World

_KIND = "canvas"
#: The characters of a canvas.
MOST_CHARS = 1_048_576
#: The cells of one table.
MOST_CELLS = 300
_TOO_DEEP = re.compile(r"^(#{4,})\s", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*\n?)+", re.MULTILINE)


def create(world: World, channel: Channel | None, title: str, markdown: str, *, is_main: bool) -> str:
    """Its id. `is_main`: the one canvas that belongs to the channel itself."""
    _refuse_bad_markdown(markdown, "canvas_creation_failed")
    canvas_id = world.next_id("F")
    place = channel.id if channel else ""
    canvas = {"id": canvas_id, "channel_id": place, "title": title, "markdown": markdown, "is_main": is_main}
    world.store.put(_KIND, canvas_id, canvas)
    if channel:
        world.changed(channel.id)
    return canvas_id


def replace(world: World, canvas_id: str, markdown: str) -> None:
    """Put other text in the place of all of it."""
    canvas = world.store.get(_KIND, canvas_id)
    if canvas is None:
        raise SlackError("canvas_not_found")
    _refuse_bad_markdown(markdown, "canvas_editing_failed")
    world.store.put(_KIND, canvas_id, {**canvas, "markdown": markdown})
    if canvas["channel_id"]:
        world.changed(canvas["channel_id"])


def of_channel(world: World, channel: Channel) -> list[Mapping[str, Any]]:
    """`{id, title, markdown, is_main}`, oldest first."""
    return [found for found in world.store.all(_KIND) if found["channel_id"] == channel.id]


def place_of(world: World, canvas_id: str) -> str | None:
    """The channel whose tab it is; None where there is no such canvas, or it stands nowhere."""
    canvas = world.store.get(_KIND, canvas_id)
    return str(canvas["channel_id"]) or None if canvas else None


def _refuse_bad_markdown(markdown: str, code: str) -> None:
    if len(markdown) > MOST_CHARS:
        raise SlackError(code, detail="markdown is too long")
    if deep := _TOO_DEEP.search(markdown):
        raise SlackError(code, detail=f"Unsupported heading depth ({len(deep[1])})")
    for table in _TABLE.findall(markdown):
        if sum(line.count("|") - 1 for line in table.splitlines() if "---" not in line) > MOST_CELLS:
            raise SlackError(code, detail=f"a table has more than {MOST_CELLS} cells")
