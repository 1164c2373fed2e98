"""Who a person in Slack is, and whether they may ask. Unknown means no."""

from collections.abc import Collection
from dataclasses import dataclass

#: The actor of what the bot does by itself.
BOT = "secondkey"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A Slack account, as `users.info` tells of it. What Slack did not say denies."""

    id: str
    name: str
    team_id: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    is_invited: bool = False
    email: str | None = None


def in_slack(actor: str) -> bool:
    """Whether this is a Slack user id: others who ask are named `cli:…` and `schedule:…`."""
    return actor[:1] in "UW" and actor.isalnum() and actor.isupper()


def ineligible(person: Person, *, team_id: str) -> str | None:
    """Why this account may neither ask nor approve (docs/approvals.md, rules 4 and 11), or None."""
    if person.team_id != team_id or person.is_stranger:
        return "is not a member of this workspace"
    if person.deleted:
        return "is deactivated"
    if person.is_bot:
        return "is a bot"
    if person.is_guest:
        return "is a guest"
    if person.is_invited:
        return "has not accepted the invitation yet"
    return None


def may_not_ask(person: Person, *, team_id: str, requesters: Collection[str]) -> str | None:
    """Why this person may not use the commands of a database, or None.

    `requesters` holds the user ids behind the configured entries, or the channel's members by default.
    """
    reason = ineligible(person, team_id=team_id)
    if reason is None and person.id not in requesters:
        reason = "is not among the database's requesters"
    return reason
