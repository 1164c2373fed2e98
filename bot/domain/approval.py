"""The two-person rule: what a request and its votes amount to. One function decides for every door.

Source of the rules: docs/approvals.md; their numbers are named where they are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from bot.domain.binding import Facts, digest
from bot.domain.operation import Kind
from bot.domain.people import Person, in_slack, ineligible


class Choice(StrEnum):
    """The two emoji that count, by their exact names (rule 12): neither has skin tones or variations."""

    APPROVE = "white_check_mark"
    DENY = "no_entry"


class State(StrEnum):
    PENDING = "pending"
    #: enough people said yes; the operation was handed over and has not started
    APPROVED = "approved"
    #: the operation has started, and has not touched anything yet
    BEGUN = "begun"
    #: used up: the operation acts, or has acted
    USED = "used"
    DENIED = "denied"
    VOID = "void"
    EXPIRED = "expired"


#: A veto still stops these, and another request for the database has to wait.
OPEN = frozenset({State.PENDING, State.APPROVED, State.BEGUN})
STOPPED = frozenset({State.DENIED, State.VOID, State.EXPIRED})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Exactly what an operation will do, as it is put before people."""

    #: of the operation that an approval creates
    kind: Kind
    database: str
    #: plain text
    title: str
    #: paragraphs of lines, as Slack's markup
    lines: tuple[tuple[str, ...], ...]
    facts: Facts
    #: what the operation is told, as JSON
    act: Mapping[str, Any]
    #: the command that asks for it again
    again: str
    #: the command that takes it back afterwards; empty where there is none
    undo: str = ""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One reaction that is there, or a veto that was read before."""

    choice: Choice
    #: what Slack says of the person now
    person: Person


@dataclass(frozen=True, kw_only=True)
class Uncounted:
    """A vote that does not count, and why."""

    user: str
    choice: Choice
    #: continues "your reaction does not count: this account …"
    because: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request for a second person, as it is recorded."""

    #: also that of the operation, once approved
    id: str
    plan: Plan
    #: every fact that must still hold, as canonical JSON
    bound: str
    #: of `bound`, when it was put before people
    digest: str
    state: State
    #: a Slack user id, `cli:<login>` or `schedule:<name>`
    requested_by: str
    reason: str
    #: how many people besides the requester must approve
    needed: int
    #: the user ids behind the configured approvers when it was posted (rule 9)
    approvers: frozenset[str]
    #: how people are told who may approve, as Slack's markup
    approvers_shown: tuple[str, ...]
    #: the id of the database's channel
    channel: str
    #: of the bot's message; None until it is posted
    ts: str | None = None
    created_at: datetime
    decide_by: datetime
    #: until when the approved operation must have started
    start_by: datetime | None = None
    decided_at: datetime | None = None
    #: whose vetoes were read from Slack, taken back since or not (rule 8)
    vetoes: frozenset[str] = frozenset()
    #: whose approvals counted when votes were read last
    approved_by: tuple[str, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()
    #: who denied it
    denied_by: str | None = None
    #: why it is void
    problem: str = ""
    #: what the operation says of its progress while people decide, as Slack's markup
    notes: tuple[str, ...] = ()
    #: who was told already why their reaction does not count (rule 14)
    told: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def stopped(self) -> bool:
        """It will never be carried out."""
        return self.state in STOPPED

    @property
    def deadline(self) -> datetime | None:
        """When it expires (rule 7); None where it no longer does: the run itself does not expire."""
        match self.state:
            case State.PENDING:
                return self.decide_by
            case State.APPROVED:
                return self.start_by
            case _:
                return None

    def overdue(self, now: datetime) -> bool:
        return self.deadline is not None and now >= self.deadline


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """Everything that a decision hangs on, as Slack said it just now."""

    #: why the message or its channel is no longer fit; empty where it is
    unfit: str = ""
    #: Slack named everybody who reacted
    complete: bool = True
    #: the bot's own reactions are left out
    votes: tuple[Vote, ...] = ()
    #: the user ids behind the configured approvers now
    approvers: frozenset[str] = frozenset()
    #: some configured approvers could not be read, for good: nobody knows who else is among them
    unreadable: tuple[str, ...] = ()
    #: whoever asked; None where nobody is proven to have
    requester: Person | None = None
    #: of the workspace that the bot belongs to
    team_id: str
    #: as configured now
    needed: int = 1


@dataclass(frozen=True, kw_only=True)
class Pending:
    #: so many approvals are missing; 0 where Slack did not name everybody who reacted
    missing: int


@dataclass(frozen=True, kw_only=True)
class Approved:
    """Enough people said yes: `Decision.approved_by`."""


@dataclass(frozen=True, kw_only=True)
class Denied:
    by: str


@dataclass(frozen=True, kw_only=True)
class Void:
    #: continues "void: …"
    reason: str


@dataclass(frozen=True, kw_only=True)
class Expired:
    """Silence never approves."""


Outcome = Pending | Approved | Denied | Void | Expired


@dataclass(frozen=True, kw_only=True)
class Decision:
    outcome: Outcome
    #: whose approvals count, in the order of their ids
    approved_by: tuple[str, ...]
    #: the votes that do not, each with its reason
    uncounted: tuple[Uncounted, ...] = ()


@dataclass
class _Tally:
    """Votes as they are counted: one for each person, however many accounts they have (rule 5)."""

    request: Request
    ballot: Ballot
    counted: list[Person] = field(default_factory=list)
    vetoes: list[str] = field(default_factory=list)
    uncounted: list[Uncounted] = field(default_factory=list)

    def add(self, vote: Vote) -> None:
        match vote.choice:
            case Choice.DENY:
                because = self._no_veto(vote.person)
            case Choice.APPROVE:
                because = self._no_approval(vote.person)
            case unknown:
                assert_never(unknown)
        if because:
            self.uncounted.append(Uncounted(user=vote.person.id, choice=vote.choice, because=because))
        elif vote.choice is Choice.DENY:
            self.vetoes.append(vote.person.id)
        else:
            self.counted.append(vote.person)

    def _no_veto(self, person: Person) -> str:
        if person.id == self.request.requested_by:
            return ""
        return ineligible(person, team_id=self.ballot.team_id) or self._no_approver(person, unknown="")

    def _no_approval(self, person: Person) -> str:
        if because := ineligible(person, team_id=self.ballot.team_id):
            return because
        if person.id == self.request.requested_by:
            return "asked for it: another person turns the second key"
        requester = self.ballot.requester
        if requester is not None and same_person(person, requester):
            return "has the e-mail address of whoever asked: another person turns the second key"
        if any(same_person(person, other) for other in self.counted):
            return "has the e-mail address of somebody who approved already: both count as one person"
        return self._no_approver(person, unknown="is among approvers that cannot be read now")

    def _no_approver(self, person: Person, *, unknown: str) -> str:
        """Why this is no approver of the request (rules 3 and 9); `unknown` where nobody can know."""
        then, now = person.id in self.request.approvers, person.id in self.ballot.approvers
        if then and now:
            return ""
        if then:
            return unknown if self.ballot.unreadable else "is no longer among the approvers"
        return "became an approver after this was asked for" if now else "is not among the approvers"


def decide(request: Request, ballot: Ballot, now: datetime) -> Decision:
    """What the request amounts to at this moment, by the clock of the bot's own database.

    The same function decides when votes come in, when the operation starts and right before it acts
    (rule 9); only the request's state differs. A used or stopped request is not to be decided.
    """
    tally = _Tally(request, ballot)
    for vote in sorted(ballot.votes, key=lambda vote: (vote.person.id, vote.choice)):
        tally.add(vote)
    return Decision(
        outcome=_outcome(request, ballot, now, tally),
        approved_by=tuple(person.id for person in tally.counted),
        uncounted=tuple(tally.uncounted),
    )


def _outcome(request: Request, ballot: Ballot, now: datetime, tally: _Tally) -> Outcome:
    if tally.vetoes:
        return Denied(by=tally.vetoes[0])
    if request.overdue(now):
        return Expired()
    if reason := _unfit(request, ballot):
        return Void(reason=reason)
    if not ballot.complete:
        return Pending(missing=0)
    missing = max(request.needed, ballot.needed) - len(tally.counted)
    if missing <= 0:
        return Approved()
    if request.state is State.PENDING:
        return Pending(missing=missing)
    return Void(reason="the approvals that it had no longer stand")


def _unfit(request: Request, ballot: Ballot) -> str:
    """Why the request cannot be decided any more (rules 6, 9 and 11), or nothing."""
    if request.digest != digest(request.bound):
        return "the recorded plan is not the one that was put before people"
    if ballot.unfit:
        return ballot.unfit
    if not in_slack(request.requested_by):
        return ""
    if ballot.requester is None:
        return "whoever asked is not known in this workspace any more"
    reason = ineligible(ballot.requester, team_id=ballot.team_id)
    return f"the account of whoever asked {reason}" if reason else ""


def approvals_needed(configured: int, requested_by: str) -> int:
    """How many must approve: one more where nobody is proven to have asked (rules 1 and 2)."""
    return configured if in_slack(requested_by) else configured + 1


def same_person(one: Person, other: Person) -> bool:
    """Whether two accounts are of one person (rule 5), as far as their addresses may be read."""
    if one.id == other.id:
        return True
    return bool(one.email and other.email) and str(one.email).casefold() == str(other.email).casefold()


def distinct(people: Sequence[Person], besides: Person | None) -> list[Person]:
    """One account of each person, without those of `besides`."""
    found: list[Person] = []
    for person in people:
        known = [*found, besides] if besides else found
        if not any(same_person(person, other) for other in known):
            found.append(person)
    return found
