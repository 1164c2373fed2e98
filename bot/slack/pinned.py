"""Single messages as Slack has them now, for a timeline: what they say, and whether 📌 is on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain.incidents.account import PERSON
from bot.errors import NotFound
from bot.slack.blocks import plain
from bot.slack.directory import Directory

#: The reaction that puts a message into the timeline.
PIN = "pushpin"
#: How many messages of a channel are read at once, and how often.
PAGE = 200
PAGES = 10
_GONE = {"message_not_found", "thread_not_found"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message."""

    ts: str
    #: of the message whose thread it is in; its own where it is in none
    thread_ts: str
    #: the user id of whoever wrote it
    by: str
    #: in plain words, people by their names
    text: str
    #: who put 📌 on it, as far as Slack names them; `pinned` says whether anybody did
    pinned_by: tuple[str, ...]
    pinned: bool

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(float(self.ts), UTC)


def read(directory: Directory, channel: str, ts: str) -> Said | None:
    """The message, in a thread too; None where it was deleted. Raises what Slack does not do."""
    try:
        found = directory.client.conversations_replies(
            channel=channel, ts=ts, latest=ts, oldest=ts, inclusive=True, limit=1
        )["messages"]
    except SlackApiError as error:
        if error.response.get("error") in _GONE:
            return None
        raise
    return next((said for each in found if (said := _said(directory, each)) and said.ts == ts), None)


def channel(directory: Directory, channel_id: str, since: datetime) -> Iterator[Said]:
    """What was said in a channel since then, threads left out, the newest first. Raises what Slack does not
    do."""
    cursor = ""
    for _ in range(PAGES):
        answer = directory.client.conversations_history(
            channel=channel_id, oldest=str(since.timestamp()), limit=PAGE, cursor=cursor
        )
        for each in answer["messages"]:
            if (said := _said(directory, each)) is not None:
                yield said
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _said(directory: Directory, message: Mapping[str, Any]) -> Said | None:
    """None of what stands in the place of a deleted message."""
    if message.get("subtype") == "tombstone":
        return None
    pins = [each for each in message.get("reactions") or () if each["name"] == PIN and each["count"] > 0]
    return Said(
        ts=message["ts"],
        thread_ts=message.get("thread_ts") or message["ts"],
        by=str(message.get("user") or message.get("bot_id") or ""),
        text=_words(directory, message),
        pinned_by=tuple(user for each in pins for user in each["users"]),
        pinned=bool(pins),
    )


def _words(directory: Directory, message: Mapping[str, Any]) -> str:
    named = PERSON.sub(lambda found: f"@{name(directory, found[1])}", message.get("text") or "")
    files = [f"(file: {each.get('title') or each.get('name')})" for each in message.get("files") or ()]
    return " ".join([*plain(named), *files]).strip()


def name(directory: Directory, user: str) -> str:
    """The name that people know; the id of whoever Slack does not know."""
    try:
        return directory.person(user).name
    except NotFound:
        return user
