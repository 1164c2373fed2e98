"""Messages, threads, reactions, and what only one person sees."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from bot.simulator.errors import SlackError
from bot.simulator.workspace import Channel, Person
from bot.simulator.world import World

#: One of Slack's message objects.
Message = dict[str, Any]
_PRIVATE = "ephemeral"


def by_app(world: World) -> Message:
    """What every message of the app has in common."""
    workspace = world.workspace
    return {
        "user": world.app.id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "team": workspace.id,
        "bot_profile": {
            "id": workspace.bot_id,
            "app_id": workspace.app_id,
            "name": workspace.app_name,
            "team_id": workspace.id,
            "deleted": False,
        },
    }


def by_person(person: Person) -> Message:
    author: Message = {"user": person.id, "team": person.team_id}
    return {**author, "bot_id": f"B{person.id[1:]}"} if person.kind == "bot" else author


def by_slackbot() -> Message:
    return {"user": "USLACKBOT", "username": "Slackbot"}


def post(world: World, channel: Channel, author: Mapping[str, Any], content: Mapping[str, Any]) -> Message:
    """Post a message to a channel; `content` has text, blocks, thread_ts, metadata."""
    message = _message(world, author, content)
    thread_ts = message.get("thread_ts")
    if thread_ts is not None:
        message["thread_ts"] = find(world, channel, thread_ts).get("thread_ts", thread_ts)
    world.store.put(channel.id, message["ts"], message)
    world.changed(channel.id)
    return message


def post_privately(
    world: World, channel: Channel, person_id: str, author: Mapping[str, Any], content: Mapping[str, Any]
) -> Message:
    """Post what only one person sees, and no history keeps."""
    message = _message(world, author, content) | {"is_ephemeral": True}
    world.store.put(_PRIVATE, message["ts"], {"channel": channel.id, "to": person_id, "message": message})
    world.changed(channel.id, frozenset({person_id}))
    return message


def find(world: World, channel: Channel, ts: str) -> Message:
    found = world.store.get(channel.id, ts)
    if found is None:
        raise SlackError("message_not_found")
    return dict(found)


def find_private(world: World, channel: Channel, person_id: str, ts: str) -> Message:
    found = world.store.get(_PRIVATE, ts)
    if found is None or (found["channel"], found["to"]) != (channel.id, person_id):
        raise SlackError("message_not_found")
    return dict(found["message"])


def change(world: World, channel: Channel, ts: str, content: Mapping[str, Any]) -> Message:
    """Put other text and blocks into a message."""
    message = {**find(world, channel, ts), **with_ids(content)}
    world.store.put(channel.id, ts, message)
    world.changed(channel.id)
    return message


def change_private(
    world: World, channel: Channel, person_id: str, ts: str, content: Mapping[str, Any]
) -> Message:
    message = {**find_private(world, channel, person_id, ts), **with_ids(content)}
    world.store.put(_PRIVATE, ts, {"channel": channel.id, "to": person_id, "message": message})
    world.changed(channel.id, frozenset({person_id}))
    return message


def delete(world: World, channel: Channel, ts: str) -> None:
    find(world, channel, ts)
    world.store.delete(channel.id, ts)
    world.changed(channel.id)


def take_back(world: World, channel: Channel, ts: str) -> None:
    """Delete a message; of one with replies a stone is left, under which they stay."""
    if not replies(world, channel, ts):
        delete(world, channel, ts)
        return
    stone = {"type": "message", "subtype": "tombstone", "text": "This message was deleted.", "hidden": True}
    world.store.put(channel.id, ts, {**stone, **by_slackbot(), "ts": ts, "thread_ts": ts})
    world.changed(channel.id)


def delete_private(world: World, channel: Channel, person_id: str, ts: str) -> None:
    find_private(world, channel, person_id, ts)
    world.store.delete(_PRIVATE, ts)
    world.changed(channel.id, frozenset({person_id}))


def everything(world: World, channel: Channel) -> list[Message]:
    """All messages of a channel, replies too, oldest first."""
    return [dict(found) for found in world.store.all(channel.id)]


def roots(world: World, channel: Channel) -> list[Message]:
    """The messages that are no replies, oldest first."""
    return [
        found for found in everything(world, channel) if found.get("thread_ts", found["ts"]) == found["ts"]
    ]


def replies(world: World, channel: Channel, root_ts: str) -> list[Message]:
    return [
        found
        for found in everything(world, channel)
        if found.get("thread_ts") == root_ts and found["ts"] != root_ts
    ]


def private(world: World, channel: Channel, person_id: str) -> list[Message]:
    """What only this person sees in a channel, oldest first."""
    return [
        dict(found["message"])
        for found in world.store.all(_PRIVATE)
        if (found["channel"], found["to"]) == (channel.id, person_id)
    ]


def react(world: World, channel: Channel, ts: str, person_id: str, name: str) -> Message:
    message = find(world, channel, ts)
    if person_id in _reactions(message).get(name, ()):
        raise SlackError("already_reacted")
    return _set_reactions(world, channel, message, name, [*_reactions(message).get(name, ()), person_id])


def unreact(world: World, channel: Channel, ts: str, person_id: str, name: str) -> Message:
    message = find(world, channel, ts)
    users = _reactions(message).get(name, [])
    if person_id not in users:
        raise SlackError("no_reaction")
    return _set_reactions(world, channel, message, name, [user for user in users if user != person_id])


def pin(world: World, channel: Channel, ts: str, person_id: str) -> None:
    message = find(world, channel, ts)
    if "pinned_to" in message:
        raise SlackError("already_pinned")
    pinned = {"channel": channel.id, "pinned_by": person_id, "pinned_ts": int(float(world.next_ts()))}
    change(world, channel, ts, {"pinned_to": [channel.id], "pinned_info": pinned})


def unpin(world: World, channel: Channel, ts: str) -> None:
    message = find(world, channel, ts)
    if "pinned_to" not in message:
        raise SlackError("no_pin")
    bare = {name: value for name, value in message.items() if name not in ("pinned_to", "pinned_info")}
    world.store.put(channel.id, ts, bare)
    world.changed(channel.id)


def pinned(world: World, channel: Channel) -> list[Message]:
    """Newest pin first."""
    found = [one for one in everything(world, channel) if "pinned_to" in one]
    return sorted(found, key=lambda one: int(one["pinned_info"]["pinned_ts"]), reverse=True)


def reaction_event(
    kind: str, channel: Channel, message: Message, person_id: str, name: str, event_ts: str
) -> dict[str, Any]:
    """What Slack tells of a reaction that somebody added or took back."""
    return {
        "type": kind,
        "user": person_id,
        "reaction": name,
        "item_user": message["user"],
        "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
        "event_ts": event_ts,
    }


def _reactions(message: Message) -> dict[str, list[str]]:
    return {reaction["name"]: reaction["users"] for reaction in message.get("reactions", ())}


def _set_reactions(world: World, channel: Channel, message: Message, name: str, users: list[str]) -> Message:
    reactions = {**_reactions(message), name: users}
    message["reactions"] = [
        {"name": name, "users": users, "count": len(users)} for name, users in reactions.items() if users
    ]
    world.store.put(channel.id, message["ts"], message)
    world.changed(channel.id)
    return message


def _message(world: World, author: Mapping[str, Any], content: Mapping[str, Any]) -> Message:
    return {"type": "message", "ts": world.next_ts(), **author, **with_ids(content)}


def with_ids(content: Mapping[str, Any]) -> Message:
    """The content as Slack keeps it: every block and every element has an id."""
    blocks = content.get("blocks")
    return (
        dict(content) if blocks is None else {**content, "blocks": [_identified(block) for block in blocks]}
    )


def _identified(block: Mapping[str, Any]) -> dict[str, Any]:
    known = dict(block)
    known.setdefault("block_id", secrets.token_urlsafe(4))
    if "elements" in known and known["type"] == "actions":
        known["elements"] = [_named(element) for element in known["elements"]]
    for place in ("accessory", "element"):
        if place in known:
            known[place] = _named(known[place])
    return known


def _named(element: Mapping[str, Any]) -> dict[str, Any]:
    return dict(element) if element["type"] == "image" else {"action_id": secrets.token_urlsafe(4), **element}


def interactive(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each block with each of its elements that a person can use."""
    for block in blocks:
        elements = [*block.get("elements", ())] if block["type"] == "actions" else []
        elements += [block[place] for place in ("accessory", "element") if place in block]
        for element in elements:
            if "action_id" in element:
                yield block, element
