"""What people send, in one shape: a slash command, a mention, a tap on a button, a look at the App Home."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_bolt.context.respond import Respond
from slack_sdk import WebClient

from bot.slack.blocks import Message, unescape
from bot.slack.commands import with_prefix
from bot.slack.views import home

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One thing that one person asked for, in one place."""

    user: str
    #: the workspace that the payload names; Bolt never compares it with the token's
    team: str
    #: the channel's id; the person's own where it was asked in the App Home
    channel: str
    #: what follows the command's name, or a button's value
    text: str
    #: the same for every delivery of the same act
    key: str
    #: answers the person alone
    reply: Callable[[Message], object]
    #: lays a form before them; None where Slack offers no way to
    open: Callable[[dict[str, Any]], object] | None = None

    def saying(self, text: str) -> "Call":
        """The same call with other words."""
        return replace(self, text=text)

    def naming(self, prefix: str) -> "Call":
        """The same call, answered with the commands' names as they are in this workspace."""
        return replace(self, reply=lambda message: self.reply(with_prefix(message, prefix)))


def from_command(body: dict[str, Any], respond: Respond, client: WebClient) -> Call:
    return Call(
        user=body["user_id"],
        team=body["team_id"],
        channel=body["channel_id"],
        text=unescape(body.get("text") or ""),
        key=f"command:{body['trigger_id']}",
        reply=_through(respond),
        open=_opening(body, client),
    )


def from_mention(body: dict[str, Any], client: WebClient, bot: str) -> Call:
    """`@Secondkey verify` is read like a command, in threads too; `bot` is the bot's own user id.

    A bot that has no account can be answered by nobody: its call is under the bot's id.
    """
    event = body["event"]
    user = event.get("user") or ""
    return Call(
        user=user or event.get("bot_id") or "unknown",
        team=body["team_id"],
        channel=event["channel"],
        text=_said_to(bot, event.get("text") or ""),
        key=f"event:{body['event_id']}",
        reply=_beside(event, client) if user else _not_heard,
    )


def from_button(body: dict[str, Any], respond: Respond, client: WebClient) -> Call:
    """A tap below a message, or in the App Home, where Slack gives nothing to answer through."""
    action, user = body["actions"][0], body["user"]["id"]
    return Call(
        user=user,
        team=(body.get("team") or {}).get("id") or body["user"].get("team_id") or "",
        channel=(body.get("channel") or {}).get("id") or user,
        text=action.get("value") or "",
        key=f"action:{action['action_id']}:{action['action_ts']}:{user}",
        reply=_through(respond)
        if body.get("response_url")
        else lambda message: client.chat_postMessage(channel=user, **_content(message)),
        open=_opening(body, client),
    )


def from_form(body: dict[str, Any], client: WebClient) -> Call:
    """A form that was filled in and sent: read like the command that it completes."""
    view, user = body["view"], body["user"]["id"]
    asked = json.loads(view["private_metadata"])
    (given,) = (element for block in view["state"]["values"].values() for element in block.values())
    return Call(
        user=user,
        team=(body.get("team") or {}).get("id") or body["user"].get("team_id") or "",
        channel=asked["channel"],
        text=f"{asked['words']} {given['value'] or ''}",
        key=f"form:{view['id']}",
        reply=_alone(asked["channel"], user, client),
    )


def from_home(body: dict[str, Any], client: WebClient) -> Call:
    """A look at the App Home: what is answered is the home."""
    user = body["event"]["user"]
    return Call(
        user=user,
        team=body["team_id"],
        channel=user,
        text="",
        key=f"event:{body['event_id']}",
        reply=lambda message: client.views_publish(user_id=user, view=home.published(message)),
    )


def _said_to(bot: str, text: str) -> str:
    """What follows the bot's mention; what stands before it where nothing follows."""
    before, *after = re.split(rf"<@{re.escape(bot)}(?:\|[^>]*)?>", text, maxsplit=1)
    return unescape(" ".join(after).strip() or before)


def _beside(event: dict[str, Any], client: WebClient) -> Callable[[Message], object]:
    """An answer in the channel or thread of a message that its author alone sees."""
    place = {name: event[name] for name in ("channel", "user", "thread_ts") if name in event}
    return lambda message: client.chat_postEphemeral(**_content(message), **place)


def _alone(channel: str, user: str, client: WebClient) -> Callable[[Message], object]:
    """An answer to one person: where they asked, or in the direct message that they asked in."""
    if channel[:1] not in "CG":
        return lambda message: client.chat_postMessage(channel=user, **_content(message))
    return lambda message: client.chat_postEphemeral(channel=channel, user=user, **_content(message))


def _opening(body: dict[str, Any], client: WebClient) -> Callable[[dict[str, Any]], object]:
    return lambda view: client.views_open(trigger_id=body["trigger_id"], view=view)


def _not_heard(message: Message) -> None:
    log.info("there is nobody to answer", answer=message.text)


def _content(message: Message) -> dict[str, Any]:
    limited = message.limited()
    return {"text": limited.text, "blocks": list(limited.blocks)}


def _through(respond: Respond) -> Callable[[Message], object]:
    """An ephemeral answer that leaves the message with the button as it is."""

    def reply(message: Message) -> None:
        taken = respond(**_content(message), response_type="ephemeral", replace_original=False)
        if taken.status_code != 200:
            log.error("Slack did not take an answer", status=taken.status_code, reason=taken.body)

    return reply
