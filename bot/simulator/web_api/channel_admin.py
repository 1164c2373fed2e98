"""conversations.*: making channels, inviting, naming what they are for, and archiving them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.simulator.errors import SlackError, invalid
from bot.simulator.rate_limits import TIER_2, TIER_3
from bot.simulator.web_api.channel_objects import shown
from bot.simulator.web_api.registry import Answer, Call, method
from bot.simulator.workspace import Channel

#: The characters of a channel's name, and of its topic and its purpose.
NAME_CHARS, WORDS_CHARS = 80, 250
#: How many people one call may invite.
INVITED = 100
_NAME = re.compile(r"[\w-]+")


@method("conversations.create", rate=TIER_2)
def create(call: Call) -> Answer:
    is_private = call.flag("is_private")
    call.need("groups:write" if is_private else "channels:manage")
    name = call.text("name")
    _refuse_bad_name(name)
    if any(name == channel.name for channel in call.world.channels if not channel.is_direct):
        raise SlackError("name_taken")
    # The workspace begins with channels of its own numbers: these cannot meet them.
    app = call.world.app.id
    channel = Channel(
        id=call.world.next_id("C1"), name=name, members=(app,), creator=app, is_private=is_private
    )
    return _changed(call, channel)


@method("conversations.invite", rate=TIER_3)
def invite(call: Call) -> Answer:
    """All of them, or nobody; with `force` those who can be."""
    channel = _manageable(call)
    users = [one for one in call.required("users").replace(" ", "").split(",") if one]
    if len(users) > INVITED:
        raise SlackError("too_many_users")
    problems = {user: problem for user in users if (problem := _uninvited(call, channel, user))}
    if problems and not (call.flag("force") and len(problems) < len(users)):
        failed = [{"user": user, "ok": False, "error": problem} for user, problem in problems.items()]
        raise SlackError(next(iter(problems.values())), errors=failed)
    invited = [user for user in users if user not in problems]
    return _changed(call, replace(channel, members=_together(channel.members, invited)))


@method("conversations.setTopic", rate=TIER_2)
def set_topic(call: Call) -> Answer:
    return _changed(call, replace(_manageable(call), topic=_words(call, "topic")))


@method("conversations.setPurpose", rate=TIER_2)
def set_purpose(call: Call) -> Answer:
    return _changed(call, replace(_manageable(call), purpose=_words(call, "purpose")))


@method("conversations.archive", rate=TIER_2)
def archive(call: Call) -> Answer:
    channel = _manageable(call, archived="already_archived")
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    _changed(call, replace(channel, is_archived=True))
    return {}


def _manageable(call: Call, archived: str = "is_archived") -> Channel:
    """A channel that the app is in, not archived, of a kind that it may manage."""
    channel = call.channel()
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    call.need("groups:write" if channel.is_private else "channels:manage")
    if channel.is_archived:
        raise SlackError(archived)
    if call.world.app.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _refuse_bad_name(name: str) -> None:
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_CHARS:
        raise SlackError("invalid_name_maxlength")
    if not _NAME.fullmatch(name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if not any(character.isalnum() for character in name):
        raise SlackError("invalid_name_punctuation")


def _uninvited(call: Call, channel: Channel, user: str) -> str:
    """Why this user cannot be invited; empty where they can."""
    if user == call.world.app.id:
        return "cant_invite_self"
    try:
        person = call.world.person(user)
    except SlackError:
        return "user_not_found"
    if user in channel.members:
        return "already_in_channel"
    if "deleted" in person.facts or person.team_id != call.core.workspace.id:
        return "cant_invite"
    return ""


def _words(call: Call, name: str) -> str:
    words = call.arguments.get(name)
    if words is None:
        raise invalid("invalid_arguments", [f"missing required field: {name}"])
    if len(str(words)) > WORDS_CHARS:
        raise SlackError("too_long")
    return str(words)


def _together(members: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*members, *more)))


def _changed(call: Call, channel: Channel) -> Answer:
    call.world.put_channel(channel)
    call.world.changed(channel.id)
    return {"channel": shown(call, channel)}
