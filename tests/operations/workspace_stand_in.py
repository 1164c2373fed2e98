"""A workspace in memory, as the bot's directory sees it: for events in orders that no clock brings about."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.people import Person
from bot.slack.directory import Channel, Named, Resolved

TEAM, BOT, CHANNEL, TS = "T1", "U0BOT", "C0001", "1700000000.000100"


class Workspace:
    """Stands in for `Directory`, and for the client behind it."""

    team_id, bot_user_id = TEAM, BOT

    def __init__(self, *people: str) -> None:
        self.people = {user: Person(id=user, name=user, team_id=TEAM) for user in people}
        self.approvers: set[str] = set()
        #: emoji → who reacted with it
        self.reactions: dict[str, set[str]] = {}
        #: how many people more Slack counts of each emoji than it names
        self.hidden = 0
        self.posted = True
        self.archived = False
        self.shared = False
        self.readable = True
        #: the channel of the bot itself, where it is another
        self.own: Channel | None = None
        #: what Slack does not answer: nothing, everything, or who is in a group
        self.away = ""
        #: how often it was asked, and what the bot reacted with
        self.asked = 0
        self.added: list[str] = []

    @property
    def client(self) -> "Workspace":
        return self

    def afresh(self) -> "Workspace":
        return self

    def person(self, user: str) -> Person:
        return self.people[user]

    def channel(self, name: str) -> Channel:
        self._answer()
        if self.own and self.own.name == name:
            return self.own
        return Channel(id=CHANNEL, name="ops", joined=True, archived=self.archived, shared=self.shared)

    def link(self, channel: str, ts: str) -> str:
        return f"https://acme.slack.com/archives/{channel}/p{ts.replace('.', '')}"

    def members(self, _channel: Channel) -> frozenset[str]:
        return frozenset(self.people)

    def named(self, _entries: object) -> Named:
        self._answer("groups")
        if not self.readable:
            return Named(ids=frozenset(), shown=(), problems=("@dba: lacks a scope",))
        return Named(ids=frozenset(self.approvers), shown=("<!subteam^S1>",))

    def resolve(self, entries: Sequence[str]) -> Resolved:
        self._answer("groups")
        behind = tuple(self.people[user] for user in sorted(self.approvers))
        return Resolved(people=tuple((entry, behind) for entry in entries))

    def reactions_get(self, **_arguments: Any) -> dict[str, Any]:
        self._answer()
        if not self.posted:
            raise _refusal("message_not_found")
        reactions = [
            {"name": name, "users": sorted(users), "count": len(users) + self.hidden}
            for name, users in self.reactions.items()
        ]
        return {"message": {"ts": TS, "user": BOT, "reactions": reactions}}

    def reactions_add(self, *, name: str, **_arguments: Any) -> None:
        self._answer()
        self.added.append(name)

    def _answer(self, what: str = "everything") -> None:
        self.asked += 1
        if self.away in ("everything", what):
            raise _refusal("ratelimited")


def _refusal(code: str) -> SlackApiError:
    response = SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": code},
        headers={}, status_code=200,
    )  # fmt: skip
    return SlackApiError(code, response)  # type: ignore[no-untyped-call]
