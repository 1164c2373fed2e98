"""Requests, people and ballots for tests of the two-person rule: a test says what matters of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.approval import Ballot, Choice, Plan, Request, State, Vote
from bot.domain.binding import Facts, Margin, Terms, bind, digest
from bot.domain.operation import Kind
from bot.domain.people import Person

TEAM = "T00000001"
NOW = datetime(2025, 10, 8, 20, 15, tzinfo=UTC)
#: who asks, two approvers, and somebody who is none
MARA, JONAS, PRIYA, OUTSIDER = "U00000001", "U00000002", "U00000003", "U00000004"
FACTS = Facts(bound={"target": {"oid": 16384}, "sha256": "00"}, losses={"public.User": 3})
TERMS = Terms(action="accept", database="ledger", team=TEAM, approvals=1, approvers=("@dba",), channel="ops")


def person(user: str, **facts: Any) -> Person:
    return Person(**{"id": user, "name": user.lower(), "team_id": TEAM, **facts})


def plan(**other: Any) -> Plan:
    return Plan(
        **{
            "kind": Kind.ACCEPT,
            "database": "ledger",
            "title": "Accept requested · ledger (production)",
            "lines": (("User  1,204 → 0",),),
            "facts": FACTS,
            "act": {},
            "again": "/verify accept ledger",
            **other,
        }
    )


def request(**other: Any) -> Request:
    """Asked by Mara a minute ago, to be approved by one of Jonas and Priya within the hour."""
    bound = bind(TERMS, FACTS, Margin())
    return Request(
        **{
            "id": "op-aaaaaaaa",
            "plan": plan(),
            "bound": bound,
            "digest": digest(bound),
            "state": State.PENDING,
            "requested_by": MARA,
            "reason": "it is empty",
            "needed": 1,
            "approvers": frozenset({MARA, JONAS, PRIYA}),
            "approvers_shown": ("<!subteam^S1>",),
            "channel": "C00000002",
            "ts": "1.0",
            "created_at": NOW - timedelta(minutes=1),
            "decide_by": NOW + timedelta(minutes=59),
            **other,
        }
    )


def approve(user: str, **facts: Any) -> Vote:
    return Vote(choice=Choice.APPROVE, person=person(user, **facts))


def deny(user: str, **facts: Any) -> Vote:
    return Vote(choice=Choice.DENY, person=person(user, **facts))


def ballot(votes: Iterable[Vote] = (), **other: Any) -> Ballot:
    return Ballot(
        **{
            "votes": tuple(votes),
            "approvers": frozenset({MARA, JONAS, PRIYA}),
            "requester": person(MARA),
            "team_id": TEAM,
            **other,
        }
    )
