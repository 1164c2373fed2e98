"""What there is to see: people, channels, commands, and a channel's messages as one person has them."""

from typing import Any

from bot.simulator import messages
from bot.simulator.bookmarks import of_channel as _bookmarks
from bot.simulator.canvases import of_channel as _canvases
from bot.simulator.messages import Message
from bot.simulator.workspace import Channel, Person, Workspace
from bot.simulator.world import World


def people(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": person.id,
            "name": person.name,
            "kind": person.kind,
            "groups": [group.handle for group in world.groups if person.id in group.members],
        }
        for person in world.people
    ]


def groups(world: World) -> list[dict[str, Any]]:
    return [{"id": group.id, "handle": group.handle} for group in world.groups]


def channels(world: World) -> list[dict[str, Any]]:
    return [
        {
            "id": channel.id,
            "name": channel.name,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_shared": channel.is_shared,
            "members": list(channel.members),
            "topic": channel.topic,
            "purpose": channel.purpose,
            "bookmarks": [{"title": one["title"], "link": one["link"]} for one in _bookmarks(world, channel)],
            "canvases": [{"id": one["id"], "title": one["title"]} for one in _canvases(world, channel)],
        }
        for channel in world.channels
        if not channel.is_direct
    ]


def commands(workspace: Workspace) -> list[dict[str, str]]:
    return [
        {name: command.get(name, "") for name in ("command", "description", "usage_hint")}
        for command in workspace.commands
    ]


def timeline(world: World, channel: Channel, person: Person | None) -> list[Message]:
    """Oldest first, replies inside their thread's root; with a person, what only they see as well."""
    alone = messages.private(world, channel, person.id) if person else []
    roots = messages.roots(world, channel)
    threads = {root["ts"] for root in roots}
    shown = [_shown(root) | _replies(world, channel, root["ts"], alone) for root in roots]
    own = [_shown(message) for message in alone if message.get("thread_ts") not in threads]
    return sorted([*shown, *own], key=_time)


def _replies(world: World, channel: Channel, ts: str, alone: list[Message]) -> dict[str, list[Message]]:
    """The replies under a root, and nothing where there are none."""
    own = [message for message in alone if message.get("thread_ts") == ts]
    found = sorted([*messages.replies(world, channel, ts), *own], key=_time)
    return {"replies": [_shown(message) for message in found]} if found else {}


def _shown(message: Message) -> Message:
    return {"reactions": [], **message}


def _time(message: Message) -> float:
    return float(message["ts"])
