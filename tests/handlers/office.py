"""The desk with somebody who delivers and decides; nobody carries anything out."""

from dataclasses import dataclass, field

from slack_sdk import WebClient

from bot.domain.approval import Choice, Plan, Request, State
from bot.operations import approval
from bot.operations.services import Services
from bot.simulator.server import Simulator
from bot.store import audit, requests
from tests.domain.ballots import plan
from tests.e2e.people import Message, Slack, text_of
from tests.waiting import until

MARA, JONAS, PRIYA, LEO, IRENE, DEPLOYBOT = (f"U0000000{n}" for n in (1, 2, 3, 4, 5, 6))
BOT, OPS = "U00000009", "C00000002"
YES, NO = Choice.APPROVE, Choice.DENY
_ACCEPT = "/verify accept projectledger REASON"
PLAN: Plan = plan(database="projectledger", again=_ACCEPT, undo=_ACCEPT)


@dataclass(frozen=True, kw_only=True)
class Office:
    """Bolt, delivery and decisions over a simulated Slack, and the people before it."""

    slack: Slack
    simulator: Simulator
    client: WebClient
    services: Services
    handed_over: list[str] = field(default_factory=list)

    def ask(self, by: str = PRIYA, reason: str = "it is empty") -> Request:
        """A request whose message is posted, with both emoji below it."""
        asked = approval.ask(self.services, PLAN, by, reason)
        until(lambda: len(self.reactions(self.now(asked))) == 2)
        return self.now(asked)

    def now(self, request: Request) -> Request:
        return approval.load(self.services, request.id)

    def message(self, request: Request) -> Message | None:
        return next((one for one in self.slack.messages("ops") if one["ts"] == request.ts), None)

    def reactions(self, request: Request) -> dict[str, list[str]]:
        found = self.message(request) or {}
        return {one["name"]: one["users"] for one in found.get("reactions", ())}

    def react(self, request: Request, user: str, name: str = YES, *, remove: bool = False) -> None:
        self.slack.post("reaction", user=user, channel="ops", ts=request.ts, name=str(name), remove=remove)

    def becomes(self, request: Request, state: State) -> Request:
        until(lambda: self.now(request).state is state)
        return self.now(request)

    def stays_pending(self, request: Request, user: str, because: str) -> None:
        """The vote of `user` does not count, for this reason."""
        until(lambda: any(vote.user == user for vote in self.now(request).uncounted))
        assert self.now(request).state is State.PENDING
        assert because in str(self.now(request).uncounted)
        assert request.id not in self.handed_over

    def told(self, user: str, request: Request) -> list[str]:
        texts = map(text_of, self.slack.messages(user, as_user=user))
        return [text for text in texts if request.id in text]

    def confirm(self, request: Request) -> Request:
        return approval.confirm(self.services, request.id, PLAN.facts)

    def use_up(self, request: Request) -> Request:
        return approval.use_up(self.services, request.id, PLAN.facts)

    def group(self, *members: str) -> None:
        self.slack.post("group", handle="dba", members=members)

    def logged(self) -> list[tuple[str, str]]:
        with self.services.store.transaction() as connection:
            return [(entry.actor, entry.action) for entry in audit.entries(connection, 30)]

    def look(self) -> None:
        """What is open is looked at as it is after a while, or when a connection comes back."""
        with self.services.store.transaction() as connection:
            requests.look_at_all(connection)

    def hear_nothing(self) -> None:
        """From now on the events of reactions are lost, until the test ends."""
        self.simulator.faults.lost_events = True
