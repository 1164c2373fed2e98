"""conversations.*: which channels there are, who is in them, and what was said."""

from dataclasses import replace

from bot.simulator import messages
from bot.simulator.errors import SlackError, invalid
from bot.simulator.messages import Message
from bot.simulator.rate_limits import TIER_2, TIER_3, TIER_4
from bot.simulator.web_api.channel_objects import SCOPES, kind_of, shown
from bot.simulator.web_api.pages import page
from bot.simulator.web_api.reactions import shortened
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel


@method("conversations.list", rate=TIER_2)
def list_channels(call: Call) -> Answer:
    types = call.text("types", "public_channel").replace(" ", "").split(",")
    if unknown := set(types) - set(SCOPES):
        raise invalid("invalid_types", [f"unknown type: {name}" for name in sorted(unknown)])
    for kind in types:
        call.need(f"{SCOPES[kind]}:read")
    skips_archived = call.flag("exclude_archived")
    found = [
        shown(call, channel)
        for channel in call.world.channels
        if kind_of(channel) in types
        and (kind_of(channel) == "public_channel" or call.world.app.id in channel.members)
        and not (skips_archived and channel.is_archived)
    ]
    return page(call, "channels", found, size=100)


@method("conversations.info", rate=TIER_3)
def info(call: Call) -> Answer:
    channel = _readable(call, "read")
    members = {"num_members": len(channel.members)} if call.flag("include_num_members") else {}
    return {"channel": {**shown(call, channel), **members}}


@method("conversations.members", rate=TIER_4)
def members(call: Call) -> Answer:
    return page(call, "members", _readable(call, "read").members, size=100)


@method("conversations.history", rate=TIER_3)
def history(call: Call) -> Answer:
    """Newest first, replies and ephemeral messages left out."""
    channel = _readable(call, "history")
    _refuse_outside(call, channel)
    found = [_read(call, one) for one in reversed(messages.roots(call.world, channel)) if _between(call, one)]
    answer = page(call, "messages", found, size=100, most=999)
    pins = len(messages.pinned(call.world, channel))
    return {**answer, "has_more": bool(answer["response_metadata"]["next_cursor"]), "pin_count": pins}


@method("conversations.replies", rate=TIER_3)
def replies(call: Call) -> Answer:
    """The thread's first message and its replies, oldest first."""
    channel = _readable(call, "history")
    _refuse_outside(call, channel)
    ts = call.required("ts")
    try:
        root = messages.find(call.world, channel, ts)
    except SlackError:
        raise SlackError("thread_not_found") from None
    found = [_read(call, one) for one in (root, *messages.replies(call.world, channel, ts))]
    answer = page(call, "messages", found, size=1000)
    return {**answer, "has_more": bool(answer["response_metadata"]["next_cursor"])}


@method("conversations.open", scope="im:write", rate=TIER_3)
def open_direct(call: Call) -> Answer:
    named = call.required("users").split(",")
    if len(named) > 1:
        raise invalid("invalid_arguments", ["the simulated Slack knows direct messages of one person only"])
    person = call.world.person(named[0])
    if "is_bot" in person.facts:
        raise SlackError("cannot_dm_bot")
    return {"channel": {"id": call.world.open_direct_channel(person).id}}


@method("conversations.join", scope="channels:join", rate=TIER_3)
def join(call: Call) -> Answer:
    channel = call.channel()
    if channel.is_private or channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    joined = replace(channel, members=tuple(dict.fromkeys((*channel.members, call.world.app.id))))
    call.world.put_channel(joined)
    call.world.changed(channel.id)
    return {"channel": shown(call, joined)}


def _readable(call: Call, what: str) -> Channel:
    channel = call.channel()
    call.need(f"{SCOPES[kind_of(channel)]}:{what}")
    return channel


def _refuse_outside(call: Call, channel: Channel) -> None:
    if call.world.app.id not in channel.members:
        raise SlackError("not_in_channel")


def _between(call: Call, message: Message) -> bool:
    """Whether it lies between `oldest` and `latest`, which count only with `inclusive`."""
    ts, oldest, latest = float(message["ts"]), _time(call, "oldest"), _time(call, "latest")
    if call.flag("inclusive") and ts in (oldest, latest):
        return True
    return (oldest is None or ts > oldest) and (latest is None or ts < latest)


def _time(call: Call, name: str) -> float | None:
    value = call.text(name)
    try:
        return float(value) if value else None
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _read(call: Call, message: Message) -> Message:
    kept = dict(message)
    if not call.flag("include_all_metadata"):
        kept.pop("metadata", None)
    return shortened(kept)
