"""Response URLs: an answer to what a person did, without any membership; 5 uses, 30 minutes."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from bot.simulator import messages
from bot.simulator.content import read_content
from bot.simulator.errors import SlackError
from bot.simulator.workspace import Channel
from bot.simulator.world import World

USES = 5
#: in seconds
LIFE = 30 * 60
_KIND = "response_url"


def give(world: World, channel: Channel, person_id: str, *, ts: str = "", is_private: bool = False) -> str:
    """A new token; `ts` is the message that the person used, `is_private` where only they see it."""
    token = secrets.token_urlsafe(18)
    given = {
        "channel": channel.id,
        "person": person_id,
        "ts": ts,
        "is_private": is_private,
        "uses": USES,
        "ends": time.time() + LIFE,
    }
    world.store.put(_KIND, token, given)
    return token


def use(world: World, token: str, body: Mapping[str, Any]) -> None:
    """Do what the app's answer asks for; raises `SlackError`."""
    given = world.store.get(_KIND, token)
    if given is None or time.time() > given["ends"]:
        raise SlackError("expired_url")
    if given["uses"] < 1:
        raise SlackError("used_url")
    with world.transaction():
        world.store.put(_KIND, token, {**given, "uses": given["uses"] - 1})
        _answer(world, given, body)


def _answer(world: World, given: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    channel = world.channel(given["channel"])
    if body.get("delete_original"):
        _delete(world, channel, given)
    elif body.get("replace_original") and given["ts"]:
        _replace(world, channel, given, read_content(body))
    else:
        publish(world, channel, given["person"], body)


def publish(world: World, channel: Channel, person_id: str, body: Mapping[str, Any]) -> None:
    """Post what an answer carries: for everybody with `response_type` in_channel, else for the person."""
    author, content = messages.by_app(world), read_content(body)
    if body.get("response_type") == "in_channel":
        messages.post(world, channel, author, content)
    else:
        messages.post_privately(world, channel, person_id, author, content)


def _delete(world: World, channel: Channel, given: Mapping[str, Any]) -> None:
    if given["is_private"]:
        messages.delete_private(world, channel, given["person"], given["ts"])
    else:
        messages.delete(world, channel, given["ts"])


def _replace(world: World, channel: Channel, given: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    whole = {"text": "", "blocks": [], **content}
    if given["is_private"]:
        messages.change_private(world, channel, given["person"], given["ts"], whole)
    else:
        messages.change(world, channel, given["ts"], whole)
