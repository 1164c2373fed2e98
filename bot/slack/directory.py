"""Who is who in the workspace: people, user groups and channels, as Slack says now."""

import copy
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeVar

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.people import Person, ineligible
from bot.errors import NotFound, SecondkeyError
from bot.slack.trouble import Kind, trouble_of

log = structlog.get_logger()

#: How long an answer of Slack is used again, in seconds. No destructive act hangs on these.
REMEMBERED = 30.0
#: How long the list of all channels is used again to find the id behind a name, in seconds.
NAMES_REMEMBERED = 600.0
#: Slack wants fewer than 1,000 at once.
PAGE = 999
#: Channel names are in lower case; ids never are.
_ID = re.compile(r"[CDGUW][A-Z0-9]{4,}")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Channel:
    id: str
    name: str
    #: the bot is in it
    joined: bool
    archived: bool
    #: outsiders are, or may be, in it
    shared: bool

    @property
    def problem(self) -> str:
        """Why the channel is unfit for requests and counts; empty where it is fine."""
        if self.archived:
            return "is archived"
        if self.shared:
            return "is shared with another workspace"
        return "" if self.joined else "does not have the bot in it"


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The people behind a list of configured entries."""

    #: entry → the people that it stands for
    people: tuple[tuple[str, tuple[Person, ...]], ...]
    #: what could not be resolved, and why
    problems: tuple[str, ...] = ()

    def eligible(self, team_id: str) -> frozenset[str]:
        """The ids of those who could ask or approve."""
        everybody = [person for _, people in self.people for person in people]
        return frozenset(person.id for person in everybody if ineligible(person, team_id=team_id) is None)


@dataclass(frozen=True, kw_only=True)
class Named:
    """Whom a list of configured entries names, whoever they are."""

    ids: frozenset[str]
    #: how each entry is shown in a message: groups and people as mentions
    shown: tuple[str, ...]
    #: what stands for nobody, and why
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Behind:
    """One entry's people, and its mention."""

    users: tuple[str, ...]
    shown: str


class Directory:
    """Reads people, groups and channels; safe to use from many threads."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._remembered: dict[tuple[str, str], tuple[float, Any]] = {}
        self._lock = Lock()
        answer = client.auth_test()
        self.team_id: str = answer["team_id"]
        self.team: str = answer["team"]
        self.bot_user_id: str = answer["user_id"]
        #: where browsers find the workspace, with a / at its end
        self.url: str = answer["url"]

    @property
    def client(self) -> WebClient:
        """The bot's own client."""
        return self._client

    def afresh(self) -> "Directory":
        """The same workspace, of which nothing is remembered yet: for what a decision hangs on."""
        fresh = copy.copy(self)
        fresh._remembered, fresh._lock = {}, Lock()
        return fresh

    def person(self, user_id: str) -> Person:
        """Raises `NotFound` where Slack knows no such person."""
        return self._remember("person", user_id, lambda: _person(self._ask_user(user_id)))

    def channel(self, name_or_id: str) -> Channel:
        """Raises `NotFound` for a channel that is not there, or that the bot cannot see."""
        if is_id(name_or_id):
            return self._channel_behind(name_or_id)
        for age in (NAMES_REMEMBERED, REMEMBERED):
            # A channel that was renamed since keeps its id, and its name may be another's by now.
            found = self._channel_called(name_or_id, age)
            if found is not None:
                return found
        raise _no_channel(name_or_id)

    def forget_channel(self, channel_id: str) -> None:
        """Something about the channel changed: Slack is asked again."""
        with self._lock:
            self._remembered.pop(("channel", channel_id), None)

    def members(self, channel: Channel) -> frozenset[str]:
        return self._remember(
            "members", channel.id,
            lambda: frozenset(self._all("conversations_members", "members", channel=channel.id)),
        )  # fmt: skip

    def address(self, channel_id: str, ts: str) -> str:
        """Where a browser shows a message; empty where Slack has it no more."""
        try:
            found: str = self._client.chat_getPermalink(channel=channel_id, message_ts=ts)["permalink"]
        except SlackApiError as error:
            if error.response.get("error") in {"message_not_found", "channel_not_found"}:
                return ""
            raise
        return found

    def link(self, channel_id: str, ts: str) -> str:
        """As `address`, without asking whether Slack still has it."""
        return f"{self.url}archives/{channel_id}/p{ts.replace('.', '')}"

    def canvas_address(self, canvas_id: str) -> str:
        """Where a browser shows a canvas."""
        return f"{self.url}docs/{self.team_id}/{canvas_id}"

    def resolve(self, entries: Sequence[str]) -> Resolved:
        """The people behind `@group`, user ids and e-mail addresses; the unknown stands for nobody.

        Each of them is asked for: for a large group that is more than Slack answers at once. Raises what
        kept Slack from answering.
        """
        people, problems = [], []
        for entry in entries:
            try:
                people.append((entry, tuple(self.person(one) for one in self._ids_behind(entry).users)))
            except (SecondkeyError, SlackApiError) as error:
                people.append((entry, ()))
                problems.append(f"{entry}: {_why(error)}")
        return Resolved(people=tuple(people), problems=tuple(problems))

    def ids(self, entries: Sequence[str]) -> frozenset[str]:
        """The user ids behind these entries, whoever they are: whether somebody may ask is judged of them.

        What is not there stands for nobody. Raises what kept Slack from answering.
        """
        return self.named(entries).ids

    def named(self, entries: Sequence[str]) -> Named:
        """As `ids`, with how the entries are shown and what could not be resolved."""
        found, shown, problems = set[str](), [], []
        for entry in entries:
            try:
                behind = self._ids_behind(entry)
            except (SecondkeyError, SlackApiError) as error:
                log.warning(
                    "an entry of the configuration stands for nobody", entry=entry, reason=_why(error)
                )
                problems.append(f"{entry}: {_why(error)}")
                continue
            found.update(behind.users)
            shown.append(behind.shown)
        return Named(ids=frozenset(found), shown=tuple(shown), problems=tuple(problems))

    def _ids_behind(self, entry: str) -> _Behind:
        return self._remember("entry", entry, partial(self._ask_ids, entry))

    def _ask_ids(self, entry: str) -> _Behind:
        if entry.startswith("@"):
            return self._ask_group(entry[1:])
        user: str = self._client.users_lookupByEmail(email=entry)["user"]["id"] if "@" in entry else entry
        return _Behind(users=(user,), shown=f"<@{user}>")

    def _ask_group(self, handle: str) -> _Behind:
        groups = self._remember(
            "groups", "", lambda: self._client.usergroups_list(include_disabled=False)["usergroups"]
        )
        group = next((group for group in groups if group["handle"].casefold() == handle.casefold()), None)
        if group is None:
            raise NotFound(
                f"there is no user group @{handle}", "user groups need a paid plan; user ids always work"
            )
        members: Sequence[str] = self._client.usergroups_users_list(usergroup=group["id"])["users"]
        return _Behind(users=tuple(members), shown=f"<!subteam^{group['id']}>")

    def _ask_user(self, user_id: str) -> dict[str, Any]:
        try:
            user: dict[str, Any] = self._client.users_info(user=user_id)["user"]
        except SlackApiError as error:
            if error.response.get("error") in {"user_not_found", "user_not_visible"}:
                raise NotFound(f"Slack knows no person {user_id} in this workspace") from error
            raise
        return user

    def _channel_behind(self, channel_id: str) -> Channel:
        return self._remember("channel", channel_id, lambda: self._ask_channel(channel_id))

    def _channel_called(self, name: str, age: float) -> Channel | None:
        """The channel that the list, as it was so many seconds ago at most, has under this name."""
        channel_id = self._remember("names", "", self._ask_names, age).get(name)
        if channel_id is None:
            return None
        try:
            found = self._channel_behind(channel_id)
        except NotFound:
            return None
        return found if found.name == name else None

    def _ask_names(self) -> dict[str, str]:
        channels = self._all("conversations_list", "channels", types="public_channel,private_channel")
        return {channel["name"]: channel["id"] for channel in channels}

    def _ask_channel(self, channel_id: str) -> Channel:
        try:
            return _channel(self._client.conversations_info(channel=channel_id)["channel"])
        except SlackApiError as error:
            if error.response.get("error") == "channel_not_found":
                raise _no_channel(channel_id) from error
            raise

    def _all(self, method: str, key: str, **arguments: str) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            answer = getattr(self._client, method)(limit=PAGE, cursor=cursor, **arguments)
            found += answer[key]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    def _remember(self, kind: str, key: str, ask: Callable[[], T], age: float = REMEMBERED) -> T:
        with self._lock:
            at, known = self._remembered.get((kind, key), (0.0, None))
        if time.monotonic() - at < age and at:
            remembered: T = known
            return remembered
        answer = ask()
        with self._lock:
            self._remembered[kind, key] = (time.monotonic(), answer)
        return answer


def is_id(name_or_id: str) -> bool:
    """Whether this is Slack's id of a channel or a person, and no name."""
    return _ID.fullmatch(name_or_id) is not None


def why_unfit(directory: Directory, channel: str) -> str:
    """Why requests and counts do not belong into a channel, or cannot come there; empty where they may.

    Raises what kept Slack from answering.
    """
    try:
        found = directory.channel(channel)
    except NotFound as missing:
        return missing.reason
    return f"#{found.name} {found.problem}" if found.problem else ""


def _no_channel(name_or_id: str) -> NotFound:
    shown = name_or_id if is_id(name_or_id) else f"#{name_or_id}"
    return NotFound(
        f"there is no channel {shown}, or the bot cannot see it",
        "a private channel is seen once the bot was invited: /invite @Secondkey",
    )


def _person(user: dict[str, Any]) -> Person:
    """What Slack says of an account; a field that denies counts as soon as it is there and true."""
    profile = user.get("profile") or {}
    return Person(
        id=user["id"],
        name=profile.get("display_name") or user.get("real_name") or user.get("name") or user["id"],
        team_id=user.get("team_id") or "",
        deleted=bool(user.get("deleted")),
        is_bot=any(
            user.get(field) for field in ("is_bot", "is_app_user", "is_workflow_bot", "is_connector_bot")
        ),
        is_guest=any(user.get(field) for field in ("is_restricted", "is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        is_invited=bool(user.get("is_invited_user")),
        email=profile.get("email"),
    )


def _channel(found: dict[str, Any]) -> Channel:
    shared = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared", "is_shared")
    return Channel(
        id=found["id"],
        name=found["name"],
        joined=bool(found.get("is_member")),
        archived=bool(found.get("is_archived")),
        shared=any(found.get(field) for field in shared),
    )


def _why(error: SecondkeyError | SlackApiError) -> str:
    """Why there is nobody behind an entry. Raises an error that says nothing about the entry."""
    if isinstance(error, SecondkeyError):
        return f"{error.reason} ({error.hint})" if error.hint else error.reason
    code, trouble = error.response.get("error"), trouble_of(error)
    if trouble.kind is not Kind.REFUSED and code != "missing_scope":
        raise error
    return "nobody in this workspace has this address" if code == "users_not_found" else trouble.reason
