"""A second person decides by reaction: real Bolt, real delivery, a real store, a simulated Slack."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.approval import Request, State
from bot.domain.operation import Kind
from bot.store import operations
from handlers import reactions
from tests.e2e.people import says, text_of
from tests.handlers.office import BOT, DEPLOYBOT, IRENE, JONAS, LEO, MARA, NO, OPS, PRIYA, YES, Office
from tests.waiting import until


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
    other = office.client.chat_postMessage(channel=OPS, text=f"looks like {request.id}")["ts"]
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


def test_an_event_of_a_reaction_that_is_there_no_more_approves_nothing(office: Office) -> None:
    request = office.ask()
    office.hear_nothing()
    office.react(request, LEO)
    # Mara's is there no more. Removed first, then added: what is below the message counts, not what events
    # say of it.
    for kind in ("reaction_removed", "reaction_added"):
        reactions.changed(office.services, event(request, kind))
    until(lambda: bool(office.now(request).uncounted))
    assert office.now(request).state is State.PENDING
    assert office.now(request).approved_by == ()


def test_an_event_of_another_workspace_is_not_even_a_hint(office: Office) -> None:
    request = office.ask()
    office.hear_nothing()
    office.react(request, MARA)
    reactions.changed(office.services, {**event(request), "team_id": "T00000002"})
    with office.services.store.transaction() as connection:
        due = connection.execute(
            "SELECT look_at <= clock_timestamp() FROM requests WHERE id = %s", (request.id,)
        ).fetchone()
    assert due == (False,)
    reactions.changed(office.services, event(request))
    office.becomes(request, State.APPROVED)


def test_the_same_event_delivered_twice_hands_over_once(office: Office) -> None:
    request = office.ask()
    office.simulator.faults.duplicates = True
    office.react(request, MARA)
    office.react(request, JONAS)
    office.becomes(request, State.APPROVED)
    office.confirm(request)
    assert office.handed_over.count(request.id) == 1


def test_a_shortened_list_decides_nothing_until_it_is_whole(office: Office) -> None:
    request = office.ask()
    # The bot, three people of no account, and Leo fill the five names that a shortened list has.
    office.simulator.faults.shortened = True
    for user in (LEO, PRIYA, DEPLOYBOT, IRENE, MARA):
        office.react(request, user)
    until(lambda: len(office.now(request).uncounted) == 4)
    assert office.now(request).state is State.PENDING
    office.simulator.faults.shortened = False
    office.react(request, MARA, remove=True)
    office.react(request, MARA)
    office.becomes(request, State.APPROVED)


def test_a_deleted_message_voids_the_request_by_itself_and_people_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.requests.AGAIN", 0.2)
    request = office.ask()
    office.slack.post("delete", channel=OPS, ts=request.ts)
    assert "deleted" in office.becomes(request, State.VOID).problem
    anew = office.slack.wait("ops", says("Void: its message was deleted", request.id))
    assert anew["ts"] != request.ts
    office.slack.wait(PRIYA, says("Void: its message was deleted", request.id), as_user=PRIYA)
    office.react(replace(request, ts=anew["ts"]), MARA)
    office.look()
    assert office.now(request).state is State.VOID


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"archived": True}, "archived"),
        ({"shared": True}, "shared"),
        ({"members": [MARA, JONAS, PRIYA]}, "does not have the bot"),
    ],
)
def test_an_archived_shared_or_closed_channel_voids_the_request_and_that_is_told(
    office: Office, change: dict[str, Any], word: str
) -> None:
    request = office.ask()
    office.slack.post("channel", channel=OPS, **change)
    office.look()
    assert word in office.becomes(request, State.VOID).problem
    office.slack.wait(PRIYA, says("Void", word, request.id), as_user=PRIYA)


@pytest.mark.parametrize("change", ["archived", "shared"])
def test_a_message_that_could_not_be_changed_says_how_it_ended_as_soon_as_it_can(
    office: Office, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.delivery.LONGEST_WAIT", 0.2)
    request = office.ask()
    office.slack.post("channel", channel=OPS, **{change: True})
    office.look()
    office.becomes(request, State.VOID)
    until(lambda: waits_in_the_outbox(office, request))
    assert "Void" not in text_of(office.message(request) or {})
    office.slack.post("channel", channel=OPS, **{change: False})
    office.services.slack.forget_channel(OPS)
    until(lambda: "Void" in text_of(office.message(request) or {}))


def waits_in_the_outbox(office: Office, request: Request) -> bool:
    """Slack refused it at least once, and it is tried again."""
    with office.services.store.transaction() as connection:
        row = connection.execute("SELECT pending AND attempts > 0 FROM outbox WHERE key = %s", [request.id])
        return row.fetchone() == (True,)


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


def test_silence_expires_and_nothing_ran(office: Office) -> None:
    request = office.ask()
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE requests SET decide_by = clock_timestamp() WHERE id = %s", (request.id,))
    office.becomes(request, State.EXPIRED)
    office.slack.wait("ops", says("Expired", "nothing ran", request.id))
    office.react(request, MARA)
    assert office.now(request).state is State.EXPIRED
    assert request.id not in office.handed_over


def event(request: Request, kind: str = "reaction_added") -> dict[str, Any]:
    """What Slack tells of Mara's reaction."""
    item = {"type": "message", "channel": request.channel, "ts": request.ts}
    told = {"type": kind, "user": MARA, "reaction": YES, "item": item}
    return {"team_id": "T00000001", "event": told}
