"""chat.*: posting, changing, taking back."""

import re

from bot.simulator import messages
from bot.simulator.content import read_content, read_update
from bot.simulator.errors import SlackError
from bot.simulator.messages import Message
from bot.simulator.rate_limits import POSTING, TIER_3
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel

_PERSON = re.compile(r"[UW][A-Z0-9]+")


@method("chat.postMessage", scope="chat:write", rate=POSTING, rate_by="channel")
def post_message(call: Call) -> Answer:
    channel = _open_channel(call)
    message = messages.post(call.world, channel, messages.by_app(call.world), read_content(call.arguments))
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.postEphemeral", scope="chat:write", rate=POSTING, rate_by="channel")
def post_ephemeral(call: Call) -> Answer:
    channel = _open_channel(call)
    person = call.world.person(call.required("user"))
    if person.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(call.arguments)
    message = messages.post_privately(call.world, channel, person.id, messages.by_app(call.world), content)
    return {"message_ts": message["ts"]}


@method("chat.update", scope="chat:write", rate=TIER_3)
def update(call: Call) -> Answer:
    channel = call.channel()
    old = _own_message(call, channel, "cant_update_message")
    content = read_update(call.arguments, old)
    content["edited"] = {"user": call.world.app.id, "ts": call.world.next_ts()}
    message = messages.change(call.world, channel, old["ts"], content)
    return {"channel": channel.id, "ts": old["ts"], "text": message["text"], "message": message}


@method("chat.delete", scope="chat:write", rate=TIER_3)
def delete(call: Call) -> Answer:
    channel = call.channel()
    message = _own_message(call, channel, "cant_delete_message")
    messages.delete(call.world, channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.getPermalink", rate=TIER_3)
def get_permalink(call: Call) -> Answer:
    channel = call.channel()
    message = messages.find(call.world, channel, call.required("message_ts"))
    place = f"p{message['ts'].replace('.', '')}"
    thread = message.get("thread_ts")
    query = f"?thread_ts={thread}&cid={channel.id}" if thread else ""
    return {"channel": channel.id, "permalink": f"{call.core.url}/archives/{channel.id}/{place}{query}"}


def _open_channel(call: Call) -> Channel:
    """Where to post: a channel's id or name, or a person, whose direct messages are opened."""
    named = call.required("channel")
    world = call.world
    if _PERSON.fullmatch(named):
        return _direct_channel(call, named)
    found = next((one for one in world.channels if named in (one.id, one.name, f"#{one.name}")), None)
    if found is None or ((found.is_private or found.is_direct) and world.app.id not in found.members):
        raise SlackError("channel_not_found")
    if found.is_archived:
        raise SlackError("is_archived")
    if world.app.id not in found.members:
        raise SlackError("not_in_channel")
    return found


def _direct_channel(call: Call, person_id: str) -> Channel:
    if person_id not in {person.id for person in call.world.people}:
        raise SlackError("channel_not_found")
    person = call.world.person(person_id)
    if "is_bot" in person.facts:
        raise SlackError("cannot_dm_bot")
    return call.world.open_direct_channel(person)


def _own_message(call: Call, channel: Channel, refusal: str) -> Message:
    message = messages.find(call.world, channel, call.required("ts"))
    if message.get("bot_id") != call.core.workspace.bot_id:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived")
    return message
