"""reactions.*: whose list of people is shortened unless all of it is asked for."""

from bot.simulator import messages
from bot.simulator.emoji import is_emoji
from bot.simulator.errors import SlackError
from bot.simulator.messages import Message
from bot.simulator.rate_limits import TIER_2, TIER_3
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel

#: How many people Slack names of each reaction where not all are asked for.
NAMED = 5


@method("reactions.add", scope="reactions:write", rate=TIER_3)
def add(call: Call) -> Answer:
    channel, ts, name = _arguments(call)
    message = messages.react(call.world, channel, ts, call.world.app.id, name)
    _tell(call, "reaction_added", channel, message, name)
    return {}


@method("reactions.remove", scope="reactions:write", rate=TIER_2)
def remove(call: Call) -> Answer:
    channel, ts, name = _arguments(call)
    message = messages.unreact(call.world, channel, ts, call.world.app.id, name)
    _tell(call, "reaction_removed", channel, message, name)
    return {}


@method("reactions.get", scope="reactions:read", rate=TIER_3)
def get(call: Call) -> Answer:
    channel = call.channel()
    message = messages.find(call.world, channel, call.required("timestamp"))
    shown = message if call.flag("full") and not call.core.faults.shortened else shortened(message)
    return {"type": "message", "channel": channel.id, "message": shown}


def shortened(message: Message) -> Message:
    """The message as Slack shows it elsewhere: `count` may exceed `users`."""
    if "reactions" not in message:
        return message
    reactions = [{**one, "users": one["users"][:NAMED]} for one in message["reactions"]]
    return {**message, "reactions": reactions}


def _arguments(call: Call) -> tuple[Channel, str, str]:
    name = call.required("name").strip(":")
    if not is_emoji(name):
        raise SlackError("invalid_name")
    channel = call.joined_channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel, call.required("timestamp"), name


def _tell(call: Call, kind: str, channel: Channel, message: Message, name: str) -> None:
    """What the app did itself comes back to it as an event too."""
    ts = call.world.next_ts()
    event = messages.reaction_event(kind, channel, message, call.world.app.id, name, ts)
    call.core.events.soon(kind, event, channel)
