"""The channels that the bot makes: who is in them, what they say they are for, what stands at their top."""

from collections.abc import Callable, Iterable
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import NotFound, SecondkeyError
from bot.slack.blocks import clip
from bot.slack.directory import Directory
from bot.slack.trouble import PASSING, trouble_of

#: How many people one call may invite.
INVITED = 100
#: Of a channel's topic and its purpose.
WORDS_CHARS = 250


class Declined(SecondkeyError):
    """Slack will not do it, however often it is asked: the reason in words, with the cure if it is known."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def create(directory: Directory, name: str, purpose: str, *, private: bool) -> str | None:
    """The id of a channel for this purpose; None where another one has the name.

    One that was made before, and is for the same, is found again. Raises `Declined`, and what is passing.
    """
    client = directory.client
    try:
        channel: str = asked(client.conversations_create, name=name, is_private=private)["channel"]["id"]
    except Declined as declined:
        if declined.code == "name_taken":
            return _made_before(directory.afresh(), name, purpose)
        raise
    _dedicate(client, channel, purpose)
    return channel


def _made_before(directory: Directory, name: str, purpose: str) -> str | None:
    """Also where whoever made it was cut off before it was said what it is for."""
    try:
        found = directory.channel(name).id
    except NotFound:
        return None
    there = asked(directory.client.conversations_info, channel=found)["channel"]
    said = there["purpose"]["value"]
    if not said and there.get("creator") == directory.bot_user_id:
        _dedicate(directory.client, found, purpose)
        return found
    return found if said == purpose else None


def _dedicate(client: WebClient, channel: str, purpose: str) -> None:
    asked(client.conversations_setPurpose, channel=channel, purpose=clip(purpose, WORDS_CHARS))


def invite(client: WebClient, channel: str, people: Iterable[str]) -> None:
    """Those who are in it stay; raises `Declined` where nobody of some hundred could be invited."""
    wanted = sorted(people)
    for first in range(0, len(wanted), INVITED):
        some = wanted[first : first + INVITED]
        _asked_once(
            "already_in_channel",
            client.conversations_invite,
            channel=channel,
            users=some,
            force=True,
        )


def describe(client: WebClient, channel: str, topic: str) -> None:
    """What it is about, in one line; raises `Declined`."""
    asked(client.conversations_setTopic, channel=channel, topic=clip(topic, WORDS_CHARS))


def pin(client: WebClient, channel: str, ts: str) -> None:
    """Raises `Declined`."""
    _asked_once("already_pinned", client.pins_add, channel=channel, timestamp=ts)


def bookmark(client: WebClient, channel: str, title: str, link: str) -> None:
    """Above the messages; raises `Declined`."""
    asked(client.bookmarks_add, channel_id=channel, title=title, type="link", link=link)


def _asked_once(done: str, ask: Callable[..., Any], **arguments: Any) -> None:
    """The same, where `done` is how Slack says that it was done before."""
    try:
        asked(ask, **arguments)
    except Declined as declined:
        if declined.code != done:
            raise


def asked(ask: Callable[..., Any], **arguments: object) -> Any:
    """What Slack answers; raises `Declined` where it never will, and what is passing as it came."""
    try:
        return ask(**arguments)
    except SlackApiError as error:
        trouble = trouble_of(error)
        if trouble.kind in PASSING:
            raise
        raise Declined(str(error.response.get("error")), trouble.reason) from error
