"""Bookmarks: links above a channel's messages."""

from collections.abc import Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.workspace import Channel
from bot.simulator.world import World

_KIND = "bookmark"
#: of one channel
MOST = 100


def add(world: World, channel: Channel, title: str, link: str, emoji: str) -> Mapping[str, Any]:
    """Slack's bookmark object."""
    if len(of_channel(world, channel)) >= MOST:
        raise SlackError("too_many_bookmarks")
    bookmark = {
        "id": world.next_id("Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": emoji,
        "type": "link",
    }
    world.store.put(_KIND, bookmark["id"], bookmark)
    world.changed(channel.id)
    return bookmark


def of_channel(world: World, channel: Channel) -> list[Mapping[str, Any]]:
    """Oldest first."""
    return [found for found in world.store.all(_KIND) if found["channel_id"] == channel.id]
