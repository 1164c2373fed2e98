"""What people do among themselves: write, edit and react. The app hears of it where it subscribed."""

import re
from typing import Any

from bot.simulator import messages
from bot.simulator.core import Core
from bot.simulator.emoji import is_emoji
from bot.simulator.errors import SlackError
from bot.simulator.messages import Message
from bot.simulator.workspace import Channel, Person

#: What an event repeats of the message.
_TOLD = ("user", "text", "ts", "team", "thread_ts", "bot_id")


async def say(core: Core, person: Person, channel: Channel, text: str, thread_ts: str = "") -> Message:
    """Post a person's message; mentions of the app reach it where it is a member."""
    content = {"text": _with_mention(core, text)} | ({"thread_ts": thread_ts} if thread_ts else {})
    with core.world.transaction():
        place = core.world.open_direct_channel(person) if channel.is_direct else channel
        message = messages.post(core.world, place, messages.by_person(person), content)
    if person.id != core.world.app.id:
        await _tell(core, place, message)
    return message


async def react(core: Core, person: Person, channel: Channel, ts: str, name: str, *, remove: bool) -> Message:
    """Add or take back a reaction; raises `SlackError`."""
    if not is_emoji(name):
        raise SlackError("invalid_name")
    with core.world.transaction():
        act = messages.unreact if remove else messages.react
        message = act(core.world, channel, ts, person.id, name)
        event_ts = core.world.next_ts()
    kind = "reaction_removed" if remove else "reaction_added"
    event = messages.reaction_event(kind, channel, message, person.id, name, event_ts)
    await core.events.send(kind, event, channel)
    return message


async def edit(core: Core, person: Person, channel: Channel, ts: str, text: str) -> Message:
    """Put other words into one's own message."""
    with core.world.transaction():
        before = _own(core, person, channel, ts, "cant_update_message")
        edited = {"user": person.id, "ts": core.world.next_ts()}
        message = messages.change(
            core.world, channel, ts, {"text": _with_mention(core, text), "edited": edited}
        )
    told = {"subtype": "message_changed", "ts": edited["ts"], "message": message, "previous_message": before}
    await _tell_of_change(core, channel, told)
    return message


async def take_back(core: Core, person: Person, channel: Channel, ts: str) -> None:
    """Delete one's own message."""
    with core.world.transaction():
        before = _own(core, person, channel, ts, "cant_delete_message")
        messages.take_back(core.world, channel, ts)
        at = core.world.next_ts()
    told = {"subtype": "message_deleted", "ts": at, "deleted_ts": ts, "previous_message": before}
    await _tell_of_change(core, channel, told)


def _own(core: Core, person: Person, channel: Channel, ts: str, refusal: str) -> Message:
    message = messages.find(core.world, channel, ts)
    if message["user"] != person.id:
        raise SlackError(refusal)
    return message


async def _tell_of_change(core: Core, channel: Channel, told: dict[str, Any]) -> None:
    subscription, kind = _kind(channel)
    event = {"type": "message", "hidden": True, "channel": channel.id, "channel_type": kind, **told}
    await core.events.send(subscription, {**event, "event_ts": told["ts"]}, channel)


async def _tell(core: Core, channel: Channel, message: Message) -> None:
    event: dict[str, Any] = {name: message[name] for name in _TOLD if name in message}
    event |= {"channel": channel.id, "event_ts": message["ts"]}
    subscription, kind = _kind(channel)
    said = {**event, "type": "message", "channel_type": kind}
    await core.events.send(subscription, said, channel)
    if f"<@{core.world.app.id}" in message["text"] and not channel.is_direct:
        await core.events.send("app_mention", {**event, "type": "app_mention"}, channel)


def _kind(channel: Channel) -> tuple[str, str]:
    """The subscription that covers a channel's messages, and Slack's word for the channel."""
    if channel.is_direct:
        return "message.im", "im"
    return ("message.groups", "group") if channel.is_private else ("message.channels", "channel")


def _with_mention(core: Core, text: str) -> str:
    """The app's name behind an @ becomes a mention, as Slack's own client makes it one."""
    app = core.world.app
    return re.sub(rf"(?<![\w<@])@{re.escape(app.name)}\b", f"<@{app.id}>", text, flags=re.IGNORECASE)
