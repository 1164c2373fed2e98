"""A second person decides by reaction: real Bolt, real delivery, a real store, a simulated Slack."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.domain.approval import Choice, Plan, Request, State
from bot.domain.operation import Kind
from bot.errors import CommandFailed, Refused
from bot.operations import approval
from bot.operations.approval_watch import Watch
from bot.operations.delivery import Delivery
from bot.operations.services import Services
from bot.store import audit, operations
from tests.domain.ballots import FACTS, plan
from tests.e2e.people import Message, Slack, says, text_of
from tests.handlers.conftest import Desk
from tests.waiting import until

MARA, JONAS, PRIYA, LEO, IRENE, DEPLOYBOT = (f"U0000000{n}" for n in (1, 2, 3, 4, 5, 6))
BOT, OPS = "U00000009", "C00000002"
YES, NO = Choice.APPROVE, Choice.DENY
PLAN: Plan = plan(database="projectledger", undo="/verify accept projectledger")


@dataclass(frozen=True, kw_only=True)
class Office:
    """The desk with somebody who delivers and decides; nobody carries anything out."""

    desk: Desk
    services: Services
    handed_over: list[str] = field(default_factory=list)

    @property
    def slack(self) -> Slack:
        return self.desk.slack

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
        """The vote of `user` does not count, for this reason, and they are told once, alone."""
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


@pytest.fixture(scope="module")
def staffed(desk: Desk) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as quick, ExitStack() as parts:
        quick.setattr("bot.store.outbox.CHANNEL_PACE", 0.01)
        quick.setattr("bot.store.outbox.MESSAGE_PACE", 0.01)
        quick.setattr("bot.operations.approval_watch.POLL", 0.1)
        quick.setattr("bot.operations.approval.AGAIN", 0.1)
        handed_over: list[str] = []
        services = replace(
            desk.services, defer=lambda _connection, operation: handed_over.append(operation.id)
        )
        faults: list[str] = []
        for part in (
            Delivery(services.store, desk.client, services.slack, "", faults.append, faults.append),
            Watch(services, on_death=faults.append),
        ):
            part.start()
            parts.callback(part.stop)
        yield Office(desk=desk, services=services, handed_over=handed_over)
        assert not [fault for fault in faults if "ended by itself" in fault]


@pytest.fixture
def office(staffed: Office) -> Iterator[Office]:
    yield staffed
    slack, faults = staffed.slack, staffed.desk.simulator.faults
    slack.post("channel", channel=OPS, archived=False, shared=False, members=[MARA, JONAS, PRIYA, LEO, BOT])
    slack.post("person", user=PRIYA, flags=[])
    staffed.group(MARA, JONAS)
    faults.shortened, faults.duplicates = False, False
    with staffed.services.store.transaction() as connection:
        connection.execute(
            "UPDATE requests SET state = 'void' WHERE state IN ('pending', 'approved', 'begun')"
        )


def test_one_approver_turns_the_second_key_and_the_operation_is_handed_over_once(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    approved = office.becomes(request, State.APPROVED)
    assert approved.approved_by == (MARA,)
    assert office.handed_over.count(request.id) == 1
    with office.services.store.transaction() as connection:
        operation = operations.load(connection, request.id)
    assert (operation.kind, operation.requested_by) == (Kind.ACCEPT, PRIYA)
    assert operation.request == {"channel": OPS, "reason": "it is empty"}
    office.slack.wait("ops", says("Approved", request.id))
    assert (MARA, "vote.approve") in office.logged()


def test_the_request_shows_who_asks_why_until_when_and_what_is_bound(office: Office) -> None:
    request = office.ask(reason="*bold* <!channel>")
    shown = text_of(office.message(request) or {})
    for word in (f"<@{PRIYA}> asks", "1,204 → 0", "1 more person of <!subteam^S00000002>", "none yet"):
        assert word in shown
    assert f"plan {request.digest[:4]} {request.digest[4:8]}" in shown
    assert "<!channel>" not in shown


def test_the_requesters_reaction_does_not_count_and_that_is_told_once(office: Office) -> None:
    request = office.ask(by=MARA)
    office.react(request, MARA)
    office.stays_pending(request, MARA, "another person turns the second key")
    office.react(request, MARA, remove=True)
    until(lambda: not office.now(request).uncounted)
    office.react(request, MARA)
    office.stays_pending(request, MARA, "another person turns the second key")
    until(lambda: bool(office.told(MARA, request)))
    assert len(office.told(MARA, request)) == 1


@pytest.mark.parametrize(
    ("user", "because"),
    [
        (LEO, "is a guest"),
        (IRENE, "is not a member of this workspace"),
        (DEPLOYBOT, "is a bot"),
    ],
)
def test_guests_strangers_and_bots_do_not_count(office: Office, user: str, because: str) -> None:
    office.group(MARA, JONAS, user)
    request = office.ask()
    office.react(request, user)
    office.stays_pending(request, user, because)


def test_somebody_of_the_channel_who_is_no_approver_does_not_count_and_is_told_why(office: Office) -> None:
    request = office.ask(by=MARA)
    office.react(request, PRIYA)
    office.stays_pending(request, PRIYA, "is not among the approvers")
    office.slack.wait(PRIYA, says("does not count", "is not among the approvers", request.id), as_user=PRIYA)
    assert (PRIYA, "vote.refused") in office.logged()


def test_the_bots_own_reactions_are_there_to_tap_and_never_count(office: Office) -> None:
    request = office.ask()
    assert office.reactions(request) == {YES: [BOT], NO: [BOT]}
    office.react(request, MARA, "eyes")
    office.react(request, LEO)
    until(lambda: bool(office.now(request).uncounted))
    assert {vote.user for vote in office.now(request).uncounted} == {LEO}
    assert office.now(request).approved_by == ()


@pytest.mark.parametrize("name", ["heavy_check_mark", "+1", "+1::skin-tone-3", "ballot_box_with_check"])
def test_no_other_emoji_counts(office: Office, name: str) -> None:
    request = office.ask()
    office.react(request, MARA, name)
    office.react(request, LEO)
    until(lambda: bool(office.now(request).uncounted))
    assert office.now(request).approved_by == ()
    assert office.now(request).state is State.PENDING


def test_a_reaction_on_another_message_does_not_count(office: Office) -> None:
    request = office.ask()
    other = office.desk.client.chat_postMessage(channel=OPS, text=f"looks like {request.id}")["ts"]
    office.react(replace(request, ts=str(other)), MARA)
    office.react(request, LEO)
    until(lambda: bool(office.now(request).uncounted))
    assert office.now(request).state is State.PENDING


def test_a_veto_is_final_though_taken_back_and_approved_afterwards(office: Office) -> None:
    request = office.ask()
    office.react(request, JONAS, NO)
    denied = office.becomes(request, State.DENIED)
    assert denied.denied_by == JONAS
    office.react(request, JONAS, NO, remove=True)
    office.react(request, MARA)
    office.slack.wait("ops", says("Denied", "nothing ran", request.id))
    assert office.now(request).state is State.DENIED
    assert request.id not in office.handed_over
    office.slack.wait(PRIYA, says("Denied", request.id), as_user=PRIYA)


def test_the_requester_may_withdraw_by_reaction_after_approval_too(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    office.react(request, PRIYA, NO)
    office.becomes(request, State.DENIED)
    with pytest.raises(Refused, match="denied or withdrawn") as refused:
        office.confirm(request)
    assert refused.value.code == "approval-denied"


def test_a_veto_after_the_act_is_answered_with_the_way_back(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    office.confirm(request)
    office.use_up(request)
    office.react(request, JONAS, NO)
    office.slack.wait(JONAS, says("too late", "/verify accept projectledger", request.id), as_user=JONAS)
    assert office.now(request).state is State.USED


def test_an_approval_is_used_once(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    assert office.confirm(request).state is State.BEGUN
    assert office.confirm(request).state is State.BEGUN
    assert office.use_up(request).state is State.USED
    for again in (office.use_up, office.confirm):
        with pytest.raises(Refused) as refused:
            again(request)
        assert refused.value.code == "approval-used"


def test_nothing_starts_that_nobody_approved(office: Office) -> None:
    request = office.ask()
    for gate in (office.confirm, office.use_up):
        with pytest.raises(Refused) as refused:
            gate(request)
        assert refused.value.code == "second-key-needed"


def test_a_withdrawn_reaction_no_longer_approves_though_the_event_is_lost(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    events = office.desk.simulator.workspace.events
    assert "reaction_removed" in events
    office.react(request, MARA, remove=True)
    with pytest.raises(Refused, match="no longer stand"):
        office.confirm(request)


def test_added_and_removed_in_the_wrong_order_is_read_as_it_is(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    # The event of an addition arrives after that of its removal: only what is there counts.
    office.react(request, MARA, remove=True)
    office.becomes(request, State.VOID)
    assert office.handed_over.count(request.id) == 1


def test_the_same_event_delivered_twice_hands_over_once(office: Office) -> None:
    request = office.ask()
    office.desk.simulator.faults.duplicates = True
    office.react(request, MARA)
    office.react(request, JONAS)
    office.becomes(request, State.APPROVED)
    office.confirm(request)
    assert office.handed_over.count(request.id) == 1


def test_a_shortened_list_decides_nothing_until_it_is_whole(office: Office) -> None:
    request = office.ask()
    # The bot, three people of no account, and Leo fill the five names that a shortened list has.
    office.desk.simulator.faults.shortened = True
    for user in (LEO, PRIYA, DEPLOYBOT, IRENE, MARA):
        office.react(request, user)
    until(lambda: len(office.now(request).uncounted) == 4)
    assert office.now(request).state is State.PENDING
    office.desk.simulator.faults.shortened = False
    office.react(request, MARA, remove=True)
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)


def test_a_deleted_message_voids_the_request(office: Office) -> None:
    request = office.ask()
    office.slack.post("delete", channel=OPS, ts=request.ts)
    look(office)
    assert "deleted" in office.becomes(request, State.VOID).problem


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"archived": True}, "archived"),
        ({"shared": True}, "shared"),
        ({"members": [MARA, JONAS, PRIYA]}, "does not have the bot"),
    ],
)
def test_an_archived_shared_or_closed_channel_voids_the_request(
    office: Office, change: dict[str, Any], word: str
) -> None:
    request = office.ask()
    office.slack.post("channel", channel=OPS, **change)
    look(office)
    assert word in office.becomes(request, State.VOID).problem


def test_whoever_left_the_group_before_the_start_no_longer_counts(office: Office) -> None:
    request = office.ask()
    office.react(request, JONAS)
    office.becomes(request, State.APPROVED)
    office.group(MARA)
    assert "no longer stand" in office.becomes(request, State.VOID).problem


def test_whoever_joined_the_group_afterwards_does_not_count(office: Office) -> None:
    request = office.ask(by=MARA)
    office.group(MARA, JONAS, PRIYA)
    office.react(request, PRIYA)
    office.stays_pending(request, PRIYA, "became an approver after this was asked for")


def test_a_requester_who_is_deactivated_meanwhile_voids_the_request(office: Office) -> None:
    request = office.ask()
    office.slack.post("person", user=PRIYA, flags=["deleted"])
    office.react(request, MARA)
    assert "deactivated" in office.becomes(request, State.VOID).problem


@pytest.mark.parametrize(
    "method",
    ["reactions.get", "users.info", "usergroups.list", "usergroups.users.list", "conversations.info"],
)
def test_rate_limited_look_ups_wait_and_assume_nothing(office: Office, method: str) -> None:
    request = office.ask()
    office.desk.simulator.faults.rate_limit(method, times=1)
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    office.desk.simulator.faults.rate_limit(method, times=1)
    assert office.confirm(request).state is State.BEGUN


def test_facts_that_changed_void_it_and_say_what(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    recreated = replace(FACTS, bound={**FACTS.bound, "target": {"oid": 16502}})
    with pytest.raises(Refused, match="target oid: 16384 → 16502"):
        approval.confirm(office.services, request.id, recreated)
    void = office.now(request)
    assert void.state is State.VOID
    office.slack.wait("ops", says("Void", "16384 → 16502", "/verify accept ledger", request.id))


def test_silence_expires_and_nothing_ran(office: Office) -> None:
    request = office.ask()
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET decide_by = clock_timestamp() WHERE id = %s", (request.id,))
    office.becomes(request, State.EXPIRED)
    office.slack.wait("ops", says("Expired", "nothing ran", request.id))
    office.react(request, MARA)
    assert office.now(request).state is State.EXPIRED
    assert request.id not in office.handed_over


def test_what_was_approved_and_did_not_start_expires(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET start_by = clock_timestamp() WHERE id = %s", (request.id,))
    with pytest.raises(Refused) as refused:
        office.confirm(request)
    assert refused.value.code == "approval-expired"


def test_an_operation_that_failed_before_it_acted_leaves_no_approval_behind(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    with office.services.store.transaction() as connection:
        claimed = operations.claim(connection, request.id)
        assert claimed is not None
        operations.fail(connection, request.id, claimed.attempt or "", "the disk is full", "")
    assert "the disk is full" in office.becomes(request, State.VOID).problem


def test_a_request_from_a_terminal_needs_one_approval_more(office: Office) -> None:
    request = office.ask(by="cli:root")
    office.react(request, MARA)
    until(lambda: office.now(request).approved_by == (MARA,))
    assert office.now(request).state is State.PENDING
    office.react(request, JONAS)
    office.becomes(request, State.APPROVED)


def test_a_second_request_for_the_same_database_is_refused_and_names_the_first(office: Office) -> None:
    request = office.ask()
    with pytest.raises(Refused, match=request.id) as refused:
        approval.ask(office.services, PLAN, MARA, "me too")
    assert refused.value.code == "already-requested"


def test_where_too_few_people_are_left_it_is_refused_at_once_with_whom_to_add(office: Office) -> None:
    office.group(MARA, LEO)
    with pytest.raises(Refused, match="1 must approve besides whoever asks, and 0 could") as refused:
        approval.ask(office.services, PLAN, MARA, "alone at night")
    assert refused.value.code == "too-few-approvers"
    assert "@dba" in refused.value.hint


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_required(office: Office, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        approval.ask(office.services, PLAN, MARA, reason)
    assert refused.value.code == "reason-missing"


@pytest.mark.parametrize("user", [LEO, IRENE, DEPLOYBOT])
def test_whoever_is_not_eligible_may_not_ask(office: Office, user: str) -> None:
    with pytest.raises(Refused) as refused:
        approval.ask(office.services, PLAN, user, "let me in")
    assert refused.value.code == "not-allowed"


def test_nothing_is_asked_in_an_unfit_channel(office: Office) -> None:
    office.slack.post("channel", channel=OPS, shared=True)
    with pytest.raises(Refused) as refused:
        approval.ask(office.services, PLAN, PRIYA, "in public")
    assert refused.value.code == "channel-unfit"


def test_it_may_be_withdrawn_by_command_by_those_who_have_a_veto(office: Office) -> None:
    for by in (PRIYA, JONAS, "cli:root"):
        request = office.ask()
        withdrawn = approval.withdraw(office.services, request.id, by)
        assert (withdrawn.state, withdrawn.denied_by) == (State.DENIED, by)


def test_nobody_else_may_withdraw_it(office: Office) -> None:
    request = office.ask()
    with pytest.raises(Refused) as refused:
        approval.withdraw(office.services, request.id, LEO)
    assert refused.value.code == "not-allowed"
    assert office.now(request).state is State.PENDING


def test_requests_lists_what_is_open_and_who_could_approve_it(office: Office) -> None:
    request = office.ask(by=MARA)
    office.slack.command(JONAS, "general", "/requests", "")
    shown = office.slack.wait("general", says("Open requests", request.id), as_user=JONAS)
    assert shown["is_ephemeral"]
    assert f"Could approve: <@{JONAS}>" in text_of(shown)
    assert f"/archives/{OPS}/p" in text_of(shown)


def test_the_operations_own_words_are_shown_while_people_decide(office: Office) -> None:
    request = office.ask()
    with office.services.store.transaction() as connection:
        approval.note(connection, request.id, ["Copy  40 %, about 4 min"])
    office.slack.wait("ops", says("about 4 min", request.id))


def test_without_slack_the_gate_gives_up_and_nothing_was_changed(office: Office) -> None:
    request = office.ask()
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    database = office.services.settings.databases["projectledger"]
    hasty = database.model_copy(
        update={"approval": database.approval.model_copy(update={"start_within": database.lock_wait / 100})}
    )
    settings = office.services.settings.model_copy(update={"databases": {"projectledger": hasty}})
    office.desk.simulator.faults.rate_limit("reactions.get", times=100, retry_after=1)
    try:
        with pytest.raises(CommandFailed, match="nothing was changed"):
            approval.confirm(replace(office.services, settings=settings), request.id, PLAN.facts)
    finally:
        office.desk.simulator.faults.rate_limit("reactions.get", times=0)
    assert office.now(request).state is State.APPROVED


def look(office: Office) -> None:
    """What is open is looked at as it is after a while, or when a connection comes back."""
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET look_at = clock_timestamp() WHERE state = 'pending'")
