"""A second person is asked: who may, who could approve, and what people see while they decide."""

from dataclasses import replace

import pytest

from bot.domain.approval import State
from bot.errors import Refused
from bot.operations import approval
from tests.e2e.people import says, text_of
from tests.handlers.office import DEPLOYBOT, IRENE, JONAS, LEO, MARA, OPS, PLAN, PRIYA, Office
from tests.waiting import until


def test_the_request_shows_who_asks_why_until_when_and_what_is_bound(office: Office) -> None:
    request = office.ask(reason="*bold* <!channel>")
    shown = text_of(office.message(request) or {})
    for word in (f"<@{PRIYA}> asks", "1,204 → 0", "1 more person of <!subteam^S00000002>", "none yet"):
        assert word in shown
    assert f"plan {request.digest[:4]} {request.digest[4:8]}" in shown
    assert "<!channel>" not in shown


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


def test_a_group_whose_members_cannot_be_read_stands_for_nobody(office: Office) -> None:
    database = office.services.settings.databases["projectledger"].model_copy(
        update={"approvers": ("@hidden",)}
    )
    settings = office.services.settings.model_copy(update={"databases": {"projectledger": database}})
    with pytest.raises(Refused, match="there is no user group @hidden") as refused:
        approval.ask(replace(office.services, settings=settings), PLAN, PRIYA, "who is there?")
    assert refused.value.code == "too-few-approvers"


def test_no_words_approve(office: Office) -> None:
    request = office.ask()
    for words in (f"approve {request.id}", f"requests approve {request.id}"):
        office.slack.command(MARA, "ops", "/secondkey", words)
    office.slack.wait("ops", says("there is no command 'approve'"), as_user=MARA)
    office.slack.wait("ops", says("is not understood here"), as_user=MARA)
    assert office.now(request).state is State.PENDING


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


def test_a_request_that_cannot_be_posted_is_void_and_whoever_asked_is_told(office: Office) -> None:
    request = approval.ask(
        office.services,
        PLAN,
        PRIYA,
        "the channel closes",
        also=lambda *_: office.slack.post("channel", channel=OPS, archived=True),
    )
    assert "could not be posted" in office.becomes(request, State.VOID).problem
    office.slack.wait(PRIYA, says("Void", request.id), as_user=PRIYA)


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
    assert refused.value.hint == "they are asked in #ops"
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
