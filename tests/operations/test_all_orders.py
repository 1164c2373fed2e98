"""All orders of votes, withdrawals, vetoes, expiries, group changes and duplicates, on the real store."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from slack_sdk.errors import SlackApiError

from bot.domain.approval import Choice, Request, State, approvals_needed
from bot.domain.binding import Facts
from bot.errors import SecondkeyError
from bot.operations import approval, deciding
from bot.operations.services import Services
from tests.domain import ballots
from tests.operations.workspace_stand_in import TS, Workspace

MARA, JONAS, PRIYA, LEO = "U00000001", "U00000002", "U00000003", "U00000004"
EVERYBODY = [MARA, JONAS, PRIYA, LEO]
PERSON = st.sampled_from(EVERYBODY)
PLAN = ballots.plan()
CHOICE = st.sampled_from([Choice.APPROVE, Choice.APPROVE, Choice.APPROVE, Choice.DENY])
THEN = st.sampled_from(["look", "look", "start", "act", ""])


class Orders(RuleBasedStateMachine):
    """One request, and whatever happens around it; what the bot knows, it knows from looking."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.workspace = Workspace(*EVERYBODY)
        self.deferred: list[str] = []
        self.services = replace(
            services,
            directory=self.workspace,  # type: ignore[arg-type]
            defer=lambda _connection, operation: self.deferred.append(operation.id),
        )
        self.used = 0
        #: whose vetoes were read
        self.remembered: set[str] = set()
        #: the bot read a veto of somebody who had one, or saw the time run out
        self.over = False

    @initialize(
        asker=st.sampled_from([MARA, JONAS, "cli:root"]),
        approvals=st.integers(1, 2),
        yes=st.sampled_from([set(), {JONAS}, {MARA, JONAS}, {JONAS, PRIYA, LEO}]),
    )
    def ask(self, asker: str, approvals: int, yes: set[str]) -> None:
        self.needed = approvals_needed(approvals, asker)
        self.workspace.approvers = {MARA, JONAS, PRIYA}
        self.workspace.reactions[Choice.APPROVE] = set(yes)
        self.asker, self.at_posting = asker, frozenset(self.workspace.approvers)
        configured = self.services.settings
        database = configured.databases["ledger"].model_copy(update={"approvals": approvals})
        changed = configured.model_copy(update={"databases": {"ledger": database}})
        self.services = replace(self.services, settings=changed)
        with self.services.store.transaction() as connection:
            connection.execute("UPDATE requests SET state = 'void'")
        self.id = approval.ask(self.services, PLAN, asker, "because").id
        with self.services.store.transaction() as connection:
            connection.execute("UPDATE requests SET ts = %s WHERE id = %s", (TS, self.id))

    @rule(users=st.sets(PERSON, min_size=1), choice=CHOICE, then=THEN)
    def react(self, users: set[str], choice: Choice, then: str) -> None:
        self.workspace.reactions.setdefault(choice, set()).update(users)
        self.go_on(then)

    @rule(users=st.sets(PERSON, min_size=1), choice=CHOICE, then=THEN)
    def take_back(self, users: set[str], choice: Choice, then: str) -> None:
        self.workspace.reactions.setdefault(choice, set()).difference_update(users)
        self.go_on(then)

    @rule(user=PERSON, deactivated=st.booleans(), then=THEN)
    def somebody_changes(self, user: str, deactivated: bool, then: str) -> None:
        """They join or leave the group, are deactivated or come back."""
        if deactivated:
            person = self.workspace.people[user]
            self.workspace.people[user] = replace(person, deleted=not person.deleted)
        else:
            self.workspace.approvers ^= {user}
        self.go_on(then)

    @rule(trouble=st.sampled_from(["", "", "", "everything", "groups", "hidden", "unreadable"]), then=THEN)
    def slack_changes(self, trouble: str, then: str) -> None:
        """It does not answer, names fewer people than it counts, keeps a group to itself; or all is well."""
        self.workspace.hidden = int(trouble == "hidden")
        self.workspace.readable = trouble != "unreadable"
        self.workspace.away = trouble if trouble in ("everything", "groups") else ""
        self.go_on(then)

    @rule(sweep=st.booleans(), then=THEN)
    @precondition(lambda self: self.request.state in (State.PENDING, State.APPROVED))
    def time_runs_out(self, sweep: bool, then: str) -> None:
        with self.services.store.transaction() as connection:
            connection.execute(
                "UPDATE requests SET decide_by = clock_timestamp(), start_by = clock_timestamp() "
                "WHERE id = %s",
                (self.id,),
            )
        self.over = True
        if sweep:
            deciding.expire_overdue(self.services)
            assert self.request.state is State.EXPIRED
        self.go_on(then)

    def go_on(self, then: str) -> None:
        """What the bot does next."""
        match then:
            case "look":
                self.look()
            case "start":
                self._pass(approval.confirm)
            case "act":
                self.used += self._pass(approval.use_up)
            case _:
                pass

    @rule()
    def look(self) -> None:
        before, quorum, over = self.request, self.quorum, self.read_votes()
        try:
            after = deciding.reconsider(self.services, self.id)
        except SlackApiError:
            assert self.workspace.away
            assert self.request.state is before.state
            return
        self.over = over
        if before.state is State.PENDING:
            assert (after.state is State.APPROVED) == (quorum and not over)

    @rule()
    def all_at_once(self) -> None:
        for then in ("look", "look", "start", "start", "act", "act"):
            self.go_on(then)

    def _pass(self, gate: Callable[[Services, str, Facts], Request]) -> bool:
        """Whether the operation may go on."""
        before, quorum = self.request, self.quorum
        if self.workspace.away or before.state is State.PENDING:
            return False
        over = self.read_votes() if before.is_open else self.over
        try:
            gate(self.services, self.id, PLAN.facts)
        except SecondkeyError:
            return False
        finally:
            self.over = over
        assert quorum
        assert not over
        return True

    def read_votes(self) -> bool:
        """What the bot is about to read: a veto that it read once counts even where it is taken back.

        Returns whether that ends the request, as far as Slack tells who may veto.
        """
        if self.workspace.away != "everything" and self.request.is_open:
            cast = self.workspace.reactions.get(Choice.DENY, set())
            self.remembered |= cast & {*self.at_posting, self.asker}
        return self.over or self.veto

    @property
    def request(self) -> Request:
        return approval.load(self.services, self.id)

    @property
    def quorum(self) -> bool:
        """Whether enough eligible people who were and are approvers say yes, counted by other rules."""
        asker = self.workspace.people.get(self.asker)
        if self.workspace.hidden or (asker is not None and asker.deleted):
            return False
        approvers = self.at_posting & self.workspace.approvers if self.workspace.readable else set()
        yes = self.workspace.reactions.get(Choice.APPROVE, set()) & approvers - {self.asker}
        return sum(not self.workspace.people[user].deleted for user in yes) >= self.needed

    @property
    def veto(self) -> bool:
        """Whether somebody who has a veto casts it now."""
        cast = self.remembered | self.workspace.reactions.get(Choice.DENY, set())
        now = self.workspace.approvers if self.workspace.readable else self.at_posting
        entitled = {user for user in self.at_posting & now if not self.workspace.people[user].deleted}
        return bool(cast & (entitled | {self.asker}))

    @invariant()
    def there_is_one_execution_at_most(self) -> None:
        assert self.used <= 1
        assert self.deferred in ([], [self.id])


@pytest.mark.hypothesis
def test_no_order_of_events_gets_around_the_two_person_rule(services: Services) -> None:
    run_state_machine_as_test(
        partial(Orders, services),  # type: ignore[arg-type] # whatever makes one will do
        settings=settings(stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )
