"""The reactions below a message of the bot's own, as Slack says now, and the bot's own ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.slack.directory import Directory


@dataclass(frozen=True, kw_only=True)
class Reactions:
    #: emoji → who reacted with it; the bot itself is left out
    users: Mapping[str, frozenset[str]]
    #: emoji of which Slack counts more people than it names
    shortened: frozenset[str]


def read(directory: Directory, channel: str, ts: str) -> Reactions | None:
    """None where there is no such message, or it is not the bot's own. Raises what Slack does not do."""
    try:
        answer = directory.client.reactions_get(channel=channel, timestamp=ts, full=True)
    except SlackApiError as error:
        if error.response.get("error") == "message_not_found":
            return None
        raise
    message = answer.get("message") or {}
    if message.get("ts") != ts or message.get("user") != directory.bot_user_id:
        return None
    found = message.get("reactions") or []
    return Reactions(
        users={one["name"]: frozenset(one["users"]) - {directory.bot_user_id} for one in found},
        shortened=frozenset(one["name"] for one in found if one["count"] > len(set(one["users"]))),
    )


def add(directory: Directory, channel: str, ts: str, emoji: str) -> None:
    """React as the bot; nothing where it did already. Raises what Slack does not do."""
    try:
        directory.client.reactions_add(channel=channel, timestamp=ts, name=emoji)
    except SlackApiError as error:
        if error.response.get("error") != "already_reacted":
            raise
