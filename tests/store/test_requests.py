"""Records of requests: one open for a database, decided once, used once, whoever comes at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from bot.domain.approval import Choice, Request, State, Uncounted
from bot.domain.operation import Kind
from bot.errors import NotFound, Refused
from bot.store import operations, outbox, requests
from bot.store.database import Store
from bot.store.requests import Policy
from tests.domain.ballots import JONAS, MARA, PRIYA, plan

HOUR = timedelta(hours=1)
Ask = Callable[..., Request]


@pytest.fixture
def ask(store: Store) -> Ask:
    def make(database: str = "ledger", decide: timedelta = HOUR, start: timedelta = HOUR) -> Request:
        policy = Policy(
            bound='{"a":1}',
            needed=1,
            approvers=frozenset({JONAS, PRIYA}),
            approvers_shown=("<!subteam^S1>",),
            decide_within=decide,
            start_within=start,
        )
        with store.transaction() as connection:
            return requests.create(
                connection,
                plan=plan(database=database),
                requested_by=MARA,
                reason="it is empty",
                channel="C1",
                policy=policy,
            )

    return make


@pytest.fixture
def connection(store: Store) -> Iterator[Connection[Any]]:
    with store.transaction() as opened:
        yield opened


def test_what_was_recorded_is_what_is_loaded(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    assert requests.load(connection, made.id) == made
    assert made.plan == plan(database="ledger")
    assert (made.state, made.approvers) == (State.PENDING, frozenset({JONAS, PRIYA}))
    assert made.decide_by - made.created_at < HOUR + timedelta(seconds=1)


def test_a_request_that_is_not_there_is_not_found(connection: Connection[Any]) -> None:
    with pytest.raises(NotFound):
        requests.load(connection, "op-nothing1")


def test_a_second_open_request_of_a_database_is_refused_and_names_the_first(ask: Ask) -> None:
    first = ask()
    ask("other")
    with pytest.raises(Refused, match=first.id) as refused:
        ask()
    assert refused.value.code == "already-requested"


def test_of_many_who_ask_at_once_one_request_is_recorded(ask: Ask) -> None:
    def attempt(_: int) -> bool:
        try:
            ask()
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_of_many_who_decide_at_once_one_approves_begins_and_uses_it(store: Store, ask: Ask) -> None:
    made = ask()

    def attempt(act: Callable[[Connection[Any], str], Request | None]) -> bool:
        with store.transaction() as connection:
            return act(connection, made.id) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, [requests.approve] * 8)) == 1
        assert sum(pool.map(attempt, [requests.begin] * 8)) == 8
        assert sum(pool.map(attempt, [requests.use] * 8)) == 1
        assert not any(pool.map(attempt, [requests.approve, requests.begin, requests.use]))


@pytest.mark.parametrize("state", [State.DENIED, State.VOID, State.EXPIRED])
def test_what_was_stopped_is_never_approved_begun_or_used(
    ask: Ask, connection: Connection[Any], state: State
) -> None:
    made = ask()
    stopped = requests.stop(connection, made.id, state, denied_by=JONAS, problem="because")
    assert stopped is not None
    assert (stopped.state, stopped.denied_by, stopped.problem) == (state, JONAS, "because")
    for act in (requests.approve, requests.begin, requests.use):
        assert act(connection, made.id) is None
    assert requests.stop(connection, made.id, State.VOID) is None


def test_what_was_used_cannot_be_stopped_any_more(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    for act in (requests.approve, requests.begin, requests.use):
        assert act(connection, made.id) is not None
    assert requests.stop(connection, made.id, State.DENIED) is None
    assert requests.waiting(connection, "ledger") is None


def test_nothing_is_approved_after_its_deadline_by_the_databases_clock(
    ask: Ask, connection: Connection[Any]
) -> None:
    made = ask(decide=timedelta(0))
    assert requests.approve(connection, made.id) is None
    assert requests.overdue(connection) == [made.id]


def test_nothing_begins_after_its_deadline_by_the_databases_clock(
    ask: Ask, connection: Connection[Any]
) -> None:
    made = ask(start=timedelta(0))
    approved = requests.approve(connection, made.id)
    assert approved is not None
    assert requests.begin(connection, made.id) is None
    assert requests.overdue(connection) == [made.id]


def test_a_veto_that_was_read_is_remembered_once_and_for_ever(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    requests.remember_vetoes(connection, made.id, [JONAS])
    again = requests.remember_vetoes(connection, made.id, [JONAS, MARA])
    assert again.vetoes == {JONAS, MARA}


def test_votes_and_who_was_told_are_kept(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    refused = (Uncounted(user=MARA, choice=Choice.APPROVE, because="asked for it"),)
    requests.remember_told(connection, made.id, [MARA])
    voted = requests.record_votes(connection, made.id, [JONAS], refused)
    assert (voted.approved_by, voted.uncounted, voted.told) == ((JONAS,), refused, frozenset({MARA}))


def test_the_operations_words_are_kept_only_while_people_decide(
    ask: Ask, connection: Connection[Any]
) -> None:
    made = ask()
    noted = requests.note(connection, made.id, ["Copy  40 %"])
    assert noted is not None
    assert noted.notes == ("Copy  40 %",)
    requests.approve(connection, made.id)
    assert requests.note(connection, made.id, ["Copy  50 %"]) is None


def test_the_operation_has_the_requests_id_and_cannot_be_created_twice(store: Store, ask: Ask) -> None:
    made = ask()

    def hand_over() -> None:
        with store.transaction() as connection:
            operations.create_approved(
                connection, made.id, kind=Kind.ACCEPT, database="ledger", requested_by=MARA, request={}
            )

    hand_over()
    with pytest.raises(psycopg.errors.UniqueViolation):
        hand_over()


def test_the_first_message_that_was_posted_is_the_one_that_counts(
    ask: Ask, connection: Connection[Any]
) -> None:
    made = ask()
    outbox.show(connection, key=made.id, channel="C1", text="asked", blocks=[])
    assert not requests.look(connection, "C1", "1.0")
    deliver(connection, "1.0")
    assert requests.look(connection, "C1", "1.0")
    assert requests.take_due(connection) == made.id
    outbox.show(connection, key=made.id, channel="C1", text="asked again", blocks=[])
    deliver(connection, "2.0")
    assert not requests.look(connection, "C1", "2.0")
    assert requests.load(connection, made.id).ts == "1.0"


def test_a_message_that_was_posted_elsewhere_never_counts(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    outbox.show(connection, key=made.id, channel="C1", text="asked", blocks=[])
    deliver(connection, "1.0", channel="D1")
    assert not requests.look(connection, "D1", "1.0")
    assert not requests.look(connection, "C1", "1.0")
    assert requests.load(connection, made.id).ts is None


def test_a_request_is_taken_by_one_and_comes_again_when_it_is_hinted_at(
    ask: Ask, connection: Connection[Any]
) -> None:
    made = ask()
    connection.execute("UPDATE requests SET ts = '1.0'")
    assert requests.take_due(connection) == made.id
    assert requests.take_due(connection) is None
    for hint in (
        lambda: requests.look(connection, "C1", "1.0"),
        lambda: requests.look_at_all(connection),
        lambda: requests.look_again(connection, made.id),
    ):
        hint()
        assert requests.take_due(connection) == made.id
        assert requests.take_due(connection) is None


def test_an_operation_that_ended_leaves_its_approval_behind(ask: Ask, connection: Connection[Any]) -> None:
    made = ask()
    requests.approve(connection, made.id)
    operations.create_approved(
        connection, made.id, kind=Kind.ACCEPT, database="ledger", requested_by=MARA, request={}
    )
    assert requests.left_behind(connection) == []
    claimed = operations.claim(connection, made.id)
    assert claimed is not None
    operations.fail(connection, made.id, claimed.attempt or "", "the disk is full", "")
    assert requests.left_behind(connection) == [(made.id, "the disk is full")]


def deliver(connection: Connection[Any], ts: str, channel: str = "C1") -> None:
    """Slack has the message, as another one each time."""
    connection.execute("UPDATE outbox_lanes SET next_at = '-infinity'")
    connection.execute("UPDATE outbox SET ts = NULL, not_before = '-infinity'")
    message = outbox.claim(connection)
    assert message is not None
    outbox.delivered(connection, message, channel, ts)
