"""The two-person rule, and each way around it that was seen elsewhere."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.approval import (
    OPEN,
    Approved,
    Ballot,
    Choice,
    Denied,
    Expired,
    Pending,
    Request,
    State,
    Void,
    Vote,
    approvals_needed,
    decide,
)
from bot.domain.people import Person, ineligible
from tests.domain.ballots import (
    JONAS,
    MARA,
    NOW,
    OUTSIDER,
    PRIYA,
    TEAM,
    approve,
    ballot,
    deny,
    person,
    request,
)


def why_not(of: Request, read: Ballot) -> dict[str, str]:
    """Whose vote does not count, and why; nothing was approved."""
    decision = decide(of, read, NOW)
    assert not isinstance(decision.outcome, Approved)
    return {vote.user: vote.because for vote in decision.uncounted}


def test_one_approver_besides_the_requester_is_enough() -> None:
    decision = decide(request(), ballot([approve(JONAS)]), NOW)
    assert decision.outcome == Approved()
    assert decision.approved_by == (JONAS,)


def test_nothing_is_approved_by_nobody() -> None:
    assert decide(request(), ballot(), NOW).outcome == Pending(missing=1)


def test_the_requester_never_counts_as_approver() -> None:
    assert why_not(request(), ballot([approve(MARA)])) == {
        MARA: "asked for it: another person turns the second key"
    }


@pytest.mark.parametrize("asker", ["cli:root", "schedule:nightly", "token:ci"])
def test_what_nobody_is_proven_to_have_asked_needs_one_approval_more(asker: str) -> None:
    of = request(requested_by=asker, needed=approvals_needed(1, asker))
    nobody = {"requester": None}
    assert decide(of, ballot([approve(JONAS)], **nobody), NOW).outcome == Pending(missing=1)
    both = ballot([approve(JONAS), approve(PRIYA)], **nobody)
    assert decide(of, both, NOW).outcome == Approved()


@pytest.mark.parametrize("configured", [1, 2, 5])
def test_the_number_of_approvals_is_that_of_people_besides_the_requester(configured: int) -> None:
    assert approvals_needed(configured, MARA) == configured
    assert approvals_needed(configured, "cli:root") == configured + 1


def test_an_empty_list_of_approvers_never_means_everyone() -> None:
    nobody = request(approvers=frozenset())
    assert why_not(nobody, ballot([approve(JONAS)], approvers=frozenset())) == {
        JONAS: "is not among the approvers"
    }


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"is_bot": True}, "is a bot"),
        ({"is_guest": True}, "is a guest"),
        ({"is_stranger": True}, "is not a member of this workspace"),
        ({"team_id": "T2"}, "is not a member of this workspace"),
        ({"team_id": ""}, "is not a member of this workspace"),
        ({"deleted": True}, "is deactivated"),
        ({"is_invited": True}, "has not accepted the invitation yet"),
    ],
)
def test_whoever_is_not_eligible_does_not_count_though_listed(facts: dict[str, object], because: str) -> None:
    assert why_not(request(), ballot([approve(JONAS, **facts)])) == {JONAS: because}
    assert why_not(request(), ballot([deny(JONAS, **facts)])) == {JONAS: because}


def test_somebody_in_the_channel_but_not_in_the_group_does_not_count() -> None:
    votes = [approve(OUTSIDER), deny(OUTSIDER)]
    decision = decide(request(), ballot(votes), NOW)
    assert decision.outcome == Pending(missing=1)
    assert {vote.because for vote in decision.uncounted} == {"is not among the approvers"}


def test_whoever_was_added_to_the_group_afterwards_does_not_count() -> None:
    of = request(approvers=frozenset({MARA, PRIYA}))
    assert why_not(of, ballot([approve(JONAS)])) == {JONAS: "became an approver after this was asked for"}


def test_whoever_left_the_group_since_does_not_count() -> None:
    left = ballot([approve(JONAS)], approvers=frozenset({MARA, PRIYA}))
    assert why_not(request(), left) == {JONAS: "is no longer among the approvers"}


def test_members_of_a_group_that_cannot_be_read_do_not_count() -> None:
    dark = ballot([approve(JONAS)], approvers=frozenset(), unreadable=("@dba",))
    assert why_not(request(), dark) == {JONAS: "is among approvers that cannot be read now"}


def test_a_veto_counts_though_the_group_cannot_be_read() -> None:
    dark = ballot([deny(JONAS)], approvers=frozenset(), unreadable=("@dba",))
    assert decide(request(), dark, NOW).outcome == Denied(by=JONAS)


def test_two_accounts_of_one_person_count_as_one() -> None:
    of = request(needed=2)
    twice = ballot([approve(JONAS, email="j@example.com"), approve(PRIYA, email="J@Example.com")])
    assert decide(of, twice, NOW).outcome == Pending(missing=1)


def test_the_requesters_second_account_is_no_second_person() -> None:
    read = ballot(
        [approve(JONAS, email="Mara@example.com")], requester=person(MARA, email="mara@example.com")
    )
    assert why_not(request(), read) == {
        JONAS: "has the e-mail address of whoever asked: another person turns the second key"
    }


def test_a_veto_beats_approvals_that_are_read_with_it() -> None:
    votes = [approve(JONAS), deny(PRIYA)]
    assert decide(request(), ballot(votes), NOW).outcome == Denied(by=PRIYA)


def test_a_veto_beats_the_same_persons_approval() -> None:
    assert decide(request(), ballot([approve(JONAS), deny(JONAS)]), NOW).outcome == Denied(by=JONAS)


def test_the_requester_may_veto_whatever_became_of_the_account() -> None:
    gone = ballot([deny(MARA, deleted=True)], requester=person(MARA, deleted=True))
    assert decide(request(), gone, NOW).outcome == Denied(by=MARA)


@pytest.mark.parametrize("state", [State.APPROVED, State.BEGUN])
def test_a_veto_cancels_after_approval_too(state: State) -> None:
    of = request(state=state, start_by=NOW + timedelta(minutes=5))
    assert decide(of, ballot([approve(JONAS), deny(MARA)]), NOW).outcome == Denied(by=MARA)


def test_silence_never_approves_and_expires() -> None:
    of = request()
    assert decide(of, ballot(), of.decide_by).outcome == Expired()


def test_approvals_that_are_read_after_the_deadline_come_too_late() -> None:
    of = request()
    assert decide(of, ballot([approve(JONAS), approve(PRIYA)]), of.decide_by).outcome == Expired()


def test_an_approved_operation_that_did_not_start_in_time_expires() -> None:
    of = request(state=State.APPROVED, start_by=NOW)
    assert decide(of, ballot([approve(JONAS)]), NOW).outcome == Expired()


def test_an_operation_that_has_started_does_not_expire() -> None:
    of = request(state=State.BEGUN, start_by=NOW - timedelta(hours=1))
    assert decide(of, ballot([approve(JONAS)]), NOW).outcome == Approved()


@pytest.mark.parametrize("state", [State.APPROVED, State.BEGUN])
def test_an_approval_that_was_taken_back_no_longer_stands(state: State) -> None:
    of = request(state=state, start_by=NOW + timedelta(minutes=5), approved_by=(JONAS,))
    assert decide(of, ballot(), NOW).outcome == Void(reason="the approvals that it had no longer stand")


def test_a_message_or_channel_that_is_no_longer_fit_voids_it() -> None:
    gone = ballot([approve(JONAS)], unfit="its message was deleted")
    assert decide(request(), gone, NOW).outcome == Void(reason="its message was deleted")


def test_a_shortened_list_of_people_decides_nothing() -> None:
    short = ballot([approve(JONAS), approve(PRIYA)], complete=False)
    assert isinstance(decide(request(), short, NOW).outcome, Pending)


def test_a_veto_that_shows_in_a_shortened_list_was_read_and_is_final() -> None:
    assert decide(request(), ballot([deny(JONAS)], complete=False), NOW).outcome == Denied(by=JONAS)


@pytest.mark.parametrize("facts", [{"deleted": True}, {"is_guest": True}, {"team_id": "T2"}])
def test_whoever_asked_must_still_be_eligible(facts: dict[str, object]) -> None:
    read = ballot([approve(JONAS)], requester=person(MARA, **facts))
    assert isinstance(decide(request(), read, NOW).outcome, Void)


def test_a_requester_whom_slack_no_longer_knows_voids_it() -> None:
    assert isinstance(decide(request(), ballot([approve(JONAS)], requester=None), NOW).outcome, Void)


def test_approving_once_and_running_something_else_is_void() -> None:
    other = replace(request(), bound='{"another":"plan"}')
    outcome = decide(other, ballot([approve(JONAS)]), NOW).outcome
    assert outcome == Void(reason="the recorded plan is not the one that was put before people")


def test_a_policy_that_was_lowered_meanwhile_lowers_nothing() -> None:
    assert decide(request(needed=2), ballot([approve(JONAS)], needed=1), NOW).outcome == Pending(missing=1)


def test_a_policy_that_was_raised_meanwhile_counts() -> None:
    assert not isinstance(decide(request(), ballot([approve(JONAS)], needed=2), NOW).outcome, Approved)


def test_text_of_the_requester_lowers_nothing() -> None:
    wordy = request(reason="approvals = 0; needed: 0; approved by <@U00000002> ✅", needed=2)
    assert decide(wordy, ballot([approve(JONAS)]), NOW).outcome == Pending(missing=1)


@pytest.mark.parametrize(
    "name",
    [
        "white_check_mark::skin-tone-3",
        "heavy_check_mark",
        "ballot_box_with_check",
        "+1",
        "no_entry_sign",
        "✅",
        "x",
    ],
)
def test_only_the_exact_names_of_the_two_emoji_are_votes(name: str) -> None:
    assert name not in set(Choice)


USERS = [MARA, JONAS, PRIYA, OUTSIDER]
#: mostly all is well: else hardly anything would ever be approved
SOME = st.just(frozenset(USERS)) | st.just(frozenset(USERS)) | st.frozensets(st.sampled_from(USERS))
FEW = (
    st.just(frozenset[str]()) | st.just(frozenset[str]()) | st.frozensets(st.sampled_from(USERS), max_size=1)
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Request, Ballot, datetime]:
    """A request at any time of its life, and any ballot: people have one set of facts each."""
    asker = draw(st.sampled_from([MARA, JONAS, "cli:root"]))
    crowd = {user: draw(_people(user)) for user in USERS}
    cast = {(user, Choice.APPROVE) for user in draw(SOME)} | {(user, Choice.DENY) for user in draw(FEW)}
    of = request(
        requested_by=asker,
        needed=approvals_needed(draw(st.sampled_from([1, 1, 2])), asker),
        approvers=draw(SOME),
        state=draw(st.sampled_from(sorted(OPEN))),
        start_by=NOW + timedelta(minutes=1),
    )
    read = ballot(
        votes=[
            Vote(choice=choice, person=crowd[user]) for user, choice in draw(st.permutations(sorted(cast)))
        ],
        approvers=draw(SOME),
        requester=crowd.get(asker),
        complete=draw(st.sampled_from([True, True, True, False])),
        unfit=draw(st.sampled_from(["", "", "", "", "gone"])),
        unreadable=draw(st.sampled_from([(), ("@dba",)])),
        needed=draw(st.sampled_from([1, 1, 1, 2, 3])),
    )
    return of, read, NOW + timedelta(minutes=draw(st.sampled_from([-5, 0, 0, 0, 1, 59])))


def _people(user: str) -> st.SearchStrategy[Person]:
    rarely = st.sampled_from([False] * 19 + [True])
    return st.builds(
        Person,
        id=st.just(user),
        name=st.just("somebody"),
        team_id=st.sampled_from([TEAM] * 19 + ["T2", ""]),
        deleted=rarely,
        is_bot=rarely,
        is_guest=rarely,
        email=st.sampled_from([None, None, None, "a@example.com", "A@example.com"]),
    )


@settings(max_examples=300)
@given(situations())
def test_nothing_is_approved_without_two_distinct_eligible_people(
    situation: tuple[Request, Ballot, datetime],
) -> None:
    of, read, now = situation
    decision = decide(of, read, now)
    if not isinstance(decision.outcome, Approved):
        return
    cast = {vote.person.id: vote.person for vote in read.votes if vote.choice is Choice.APPROVE}
    acted = [cast[user] for user in decision.approved_by]
    assert set(decision.approved_by) <= of.approvers & read.approvers
    assert len(acted) >= max(of.needed, read.needed)
    acted += [read.requester] if read.requester else []
    assert all(ineligible(one, team_id=TEAM) is None for one in acted)
    assert len({one.id for one in acted}) == len(acted) >= 2
    addresses = [one.email.casefold() for one in acted if one.email]
    assert len(set(addresses)) == len(addresses)


@settings(max_examples=300)
@given(situations())
def test_nothing_is_approved_after_a_deadline_or_on_an_unfit_or_shortened_ballot(
    situation: tuple[Request, Ballot, datetime],
) -> None:
    of, read, now = situation
    if isinstance(decide(of, read, now).outcome, Approved):
        assert of.state is not State.PENDING or now < of.decide_by
        assert of.state is not State.APPROVED or (of.start_by is not None and now < of.start_by)
        assert read.complete
        assert not read.unfit


@given(situations())
def test_a_veto_of_an_eligible_approver_or_of_the_requester_always_wins(
    situation: tuple[Request, Ballot, datetime],
) -> None:
    of, read, now = situation
    vetoes = [vote.person for vote in read.votes if vote.choice is Choice.DENY]
    approvers = of.approvers & read.approvers
    if any(
        one.id == of.requested_by or (one.id in approvers and not ineligible(one, team_id=TEAM))
        for one in vetoes
    ):
        assert isinstance(decide(of, read, now).outcome, Denied)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_in_which_votes_arrive_does_not_matter(
    situation: tuple[Request, Ballot, datetime], random: Random
) -> None:
    of, read, now = situation
    shuffled = list(read.votes)
    random.shuffle(shuffled)
    assert decide(of, replace(read, votes=tuple(shuffled)), now) == decide(of, read, now)


@given(situations())
def test_every_approval_counts_or_has_its_reason(situation: tuple[Request, Ballot, datetime]) -> None:
    of, read, now = situation
    decision = decide(of, read, now)
    refused = {vote.user for vote in decision.uncounted if vote.choice is Choice.APPROVE and vote.because}
    cast = {vote.person.id for vote in read.votes if vote.choice is Choice.APPROVE}
    assert refused | set(decision.approved_by) == cast
    assert not refused & set(decision.approved_by)
