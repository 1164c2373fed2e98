"""Who is who in the workspace: people, user groups and channels, as Slack says now."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.people import Person, ineligible
from bot.errors import NotFound, SecondkeyError

#: How long an answer of Slack is used again, in seconds. No destructive act hangs on these.
REMEMBERED = 30.0
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

    def person(self, user_id: str) -> Person:
        """Raises `NotFound` where Slack knows no such person."""
        return self._remember("person", user_id, lambda: _person(self._ask_user(user_id)))

    def channel(self, name_or_id: str) -> Channel:
        """Raises `NotFound` for a channel that is not there, or that the bot cannot see."""
        return self._remember("channel", name_or_id, lambda: self._find_channel(name_or_id))

    def members(self, channel: Channel) -> frozenset[str]:
        return self._remember(
            "members", channel.id,
            lambda: frozenset(self._all("conversations_members", "members", channel=channel.id)),
        )  # fmt: skip

    def resolve(self, entries: Sequence[str]) -> Resolved:
        """The people behind `@group`, user ids and e-mail addresses; the unknown stands for nobody."""
        people, problems = [], []
        for entry in entries:
            try:
                people.append((entry, self._remember("entry", entry, partial(self._people_of, entry))))
            except (SecondkeyError, SlackApiError) as error:
                people.append((entry, ()))
                problems.append(f"{entry}: {_why(error)}")
        return Resolved(people=tuple(people), problems=tuple(problems))

    def _people_of(self, entry: str) -> tuple[Person, ...]:
        if entry.startswith("@"):
            return tuple(self.person(member) for member in self._group_members(entry[1:]))
        if "@" in entry:
            return (_person(self._client.users_lookupByEmail(email=entry)["user"]),)
        return (self.person(entry),)

    def _group_members(self, handle: str) -> Sequence[str]:
        groups = self._client.usergroups_list(include_disabled=False)["usergroups"]
        group = next((group for group in groups if group["handle"].casefold() == handle.casefold()), None)
        if group is None:
            raise NotFound(
                f"there is no user group @{handle}", "user groups need a paid plan; user ids always work"
            )
        members: Sequence[str] = self._client.usergroups_users_list(usergroup=group["id"])["users"]
        return members

    def _ask_user(self, user_id: str) -> dict[str, Any]:
        try:
            user: dict[str, Any] = self._client.users_info(user=user_id)["user"]
        except SlackApiError as error:
            if error.response.get("error") in {"user_not_found", "user_not_visible"}:
                raise NotFound(f"Slack knows no person {user_id} in this workspace") from error
            raise
        return user

    def _find_channel(self, name_or_id: str) -> Channel:
        for found in self._all("conversations_list", "channels", types="public_channel,private_channel"):
            if name_or_id in (found["id"], found["name"]):
                return _channel(found)
        raise NotFound(
            f"there is no channel #{name_or_id}, or the bot cannot see it",
            "a private channel is seen once the bot was invited: /invite @Secondkey",
        )

    def _all(self, method: str, key: str, **arguments: str) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            answer = getattr(self._client, method)(limit=200, cursor=cursor, **arguments)
            found += answer[key]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    def _remember(self, kind: str, key: str, ask: Callable[[], T]) -> T:
        with self._lock:
            at, known = self._remembered.get((kind, key), (0.0, None))
        if time.monotonic() - at < REMEMBERED and at:
            remembered: T = known
            return remembered
        answer = ask()
        with self._lock:
            self._remembered[kind, key] = (time.monotonic(), answer)
        return answer


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
    if isinstance(error, SecondkeyError):
        return f"{error.reason} ({error.hint})" if error.hint else error.reason
    code = str(error.response.get("error"))
    if code == "missing_scope":
        return f"the app lacks the scope {error.response.get('needed')}: add it and install the app again"
    return {"users_not_found": "nobody in this workspace has this address"}.get(code, f"Slack says {code}")
