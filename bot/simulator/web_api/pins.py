"""pins.*: what stands at the top of a channel."""

import re

from bot.simulator import messages
from bot.simulator.errors import SlackError
from bot.simulator.rate_limits import TIER_2
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel

_TS = re.compile(r"\d+\.\d+")


@method("pins.add", scope="pins:write", rate=TIER_2)
def add(call: Call) -> Answer:
    channel, ts = _message(call)
    messages.pin(call.world, channel, ts, call.world.app.id)
    return {}


@method("pins.remove", scope="pins:write", rate=TIER_2)
def remove(call: Call) -> Answer:
    channel, ts = _message(call)
    messages.unpin(call.world, channel, ts)
    return {}


@method("pins.list", scope="pins:read", rate=TIER_2)
def list_pins(call: Call) -> Answer:
    channel = call.joined_channel()
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "created": message["pinned_info"]["pinned_ts"],
            "created_by": message["pinned_info"]["pinned_by"],
            "message": message,
        }
        for message in messages.pinned(call.world, channel)
    ]
    return {"items": items}


def _message(call: Call) -> tuple[Channel, str]:
    channel, ts = call.joined_channel(), call.text("timestamp")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not ts:
        raise SlackError("no_item_specified")
    if not _TS.fullmatch(ts):
        raise SlackError("bad_timestamp")
    return channel, ts
