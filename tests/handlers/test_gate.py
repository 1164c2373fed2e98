"""What was approved is what is carried out, once: the gate that an operation passes at start and act."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.approval import Request, State
from bot.errors import CommandFailed, Refused
from bot.operations import approval
from bot.store import operations
from tests.domain.ballots import FACTS
from tests.e2e.people import says
from tests.handlers.office import JONAS, MARA, NO, PLAN, PRIYA, Office


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


def test_a_withdrawn_reaction_no_longer_approves_though_no_event_told_of_it(office: Office) -> None:
    request = approved(office)
    office.hear_nothing()
    office.react(request, MARA, remove=True)
    with pytest.raises(Refused, match="no longer stand"):
        office.confirm(request)


@pytest.mark.parametrize(
    "method",
    ["reactions.get", "users.info", "usergroups.list", "usergroups.users.list", "conversations.info"],
)
def test_rate_limited_look_ups_wait_and_assume_nothing(office: Office, method: str) -> None:
    request = office.ask()
    office.simulator.faults.rate_limit(method, times=1)
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)
    office.simulator.faults.rate_limit(method, times=1)
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
    office.slack.wait("ops", says("Void", "16384 → 16502", "/verify accept projectledger", request.id))


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


def test_without_slack_the_gate_gives_up_and_nothing_was_changed(office: Office) -> None:
    request = approved(office)
    database = office.services.settings.databases["projectledger"]
    hasty = database.model_copy(
        update={"approval": database.approval.model_copy(update={"start_within": database.lock_wait / 100})}
    )
    settings = office.services.settings.model_copy(update={"databases": {"projectledger": hasty}})
    office.simulator.faults.rate_limit("reactions.get", times=100, retry_after=1)
    try:
        with pytest.raises(CommandFailed, match="nothing was changed"):
            approval.confirm(replace(office.services, settings=settings), request.id, PLAN.facts)
    finally:
        office.simulator.faults.rate_limit("reactions.get", times=0)
    assert office.now(request).state is State.APPROVED


def test_right_before_the_act_slack_is_not_waited_for_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.approval.BEFORE_THE_ACT", timedelta(seconds=0.3))
    request = approved(office)
    office.confirm(request)
    office.simulator.faults.rate_limit("usergroups.list", times=100, retry_after=1)
    try:
        with pytest.raises(CommandFailed, match="could not be read again"):
            office.use_up(request)
    finally:
        office.simulator.faults.rate_limit("usergroups.list", times=0)
    assert office.use_up(request).state is State.USED


def test_a_veto_between_the_start_and_the_act_is_read_though_no_event_told_of_it(office: Office) -> None:
    request = approved(office)
    office.confirm(request)
    office.hear_nothing()
    office.react(request, JONAS, NO)
    with pytest.raises(Refused) as refused:
        office.use_up(request)
    assert refused.value.code == "approval-denied"
    assert office.now(request).state is State.DENIED


def test_an_edited_message_changes_nothing_of_what_was_recorded(office: Office) -> None:
    request = office.ask()
    office.client.chat_update(
        channel=request.channel, ts=request.ts or "", text="Approve my lunch", blocks=[]
    )
    office.react(request, MARA)
    handed = office.becomes(request, State.APPROVED)
    assert (handed.plan, handed.digest) == (request.plan, request.digest)
    office.confirm(request)


def test_a_policy_that_is_changed_after_the_approval_voids_it(office: Office) -> None:
    request = approved(office)
    database = office.services.settings.databases["projectledger"]
    for changed in ({"approvals": 2}, {"approvers": ("@dba", "@engineering")}, {"channel": "general"}):
        other = office.services.settings.model_copy(
            update={"databases": {"projectledger": database.model_copy(update=changed)}}
        )
        told = approval.differences(replace(office.services, settings=other), request, PLAN.facts)
        assert "policy" in told[0]


def test_a_recorded_plan_that_somebody_edited_is_void(office: Office) -> None:
    request = approved(office)
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET bound = bound || ' ' WHERE id = %s", (request.id,))
    with pytest.raises(Refused, match="not the one that was put before people"):
        office.confirm(request)


def approved(office: Office) -> Request:
    request = office.ask()
    office.react(request, MARA)
    return office.becomes(request, State.APPROVED)
