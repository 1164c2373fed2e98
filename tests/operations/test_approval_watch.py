"""What was missed is made up for: at start, when a connection is there again, and after a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.domain.approval import Choice, Request, State
from bot.operations import approval
from bot.operations.approval_watch import Watch
from bot.operations.services import Services
from tests.domain.ballots import JONAS, MARA, PRIYA, plan
from tests.operations.workspace_stand_in import TS, Workspace
from tests.waiting import until


@pytest.fixture
def workspace() -> Workspace:
    made = Workspace(MARA, JONAS, PRIYA)
    made.approvers = {MARA, JONAS}
    return made


@pytest.fixture
def connected(services: Services, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setattr("bot.operations.approval_watch.POLL", 0.05)
    return replace(services, directory=workspace)  # type: ignore[arg-type]


@pytest.fixture
def request_(connected: Services) -> Request:
    """One that is posted, with the emoji below it, and of which nothing is to be heard for long."""
    made = approval.ask(connected, plan(), PRIYA, "it is empty")
    execute(connected, "UPDATE requests SET ts = %s, seeded = true", TS)
    overheard(connected)
    return made


def execute(services: Services, statement: str, *values: str) -> None:
    with services.store.transaction() as connection:
        connection.execute(statement.encode(), values)


def overheard(services: Services) -> None:
    """The next look is an hour away."""
    execute(services, "UPDATE requests SET look_at = clock_timestamp() + interval '1 hour'")


@contextmanager
def watching(services: Services) -> Iterator[Watch]:
    faults: list[str] = []
    watch = Watch(services, on_death=faults.append)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
        watch.stop()
    assert not faults


def becomes(services: Services, request: Request, state: State) -> None:
    until(lambda: approval.load(services, request.id).state is state)


def test_reactions_that_came_while_the_bot_was_away_are_read_at_start(
    connected: Services, workspace: Workspace, request_: Request
) -> None:
    workspace.reactions = {Choice.APPROVE: {JONAS}}
    with watching(connected):
        becomes(connected, request_, State.APPROVED)


def test_reactions_that_were_lost_are_read_when_a_connection_is_there_again(
    connected: Services, workspace: Workspace, request_: Request
) -> None:
    with watching(connected) as watch:
        until(lambda: looked_at(connected))
        overheard(connected)
        workspace.reactions = {Choice.DENY: {JONAS}}
        watch.look_at_all()
        becomes(connected, request_, State.DENIED)


def test_what_is_open_is_looked_at_after_a_while_in_any_case(
    connected: Services, workspace: Workspace, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.requests.AGAIN", 0.2)
    with watching(connected):
        until(lambda: looked_at(connected))
        workspace.reactions = {Choice.APPROVE: {MARA}}
        becomes(connected, request_, State.APPROVED)


def test_without_slack_nothing_is_decided_and_it_is_asked_again(
    connected: Services, workspace: Workspace, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.patience.AGAIN", 0.1)
    workspace.away = "everything"
    workspace.reactions = {Choice.APPROVE: {JONAS}}
    asked = workspace.asked
    with watching(connected):
        until(lambda: workspace.asked > asked)
        assert approval.load(connected, request_.id).state is State.PENDING
        workspace.away = ""
        becomes(connected, request_, State.APPROVED)


def test_a_request_expires_though_slack_is_away(
    connected: Services, workspace: Workspace, request_: Request
) -> None:
    workspace.away = "everything"
    with watching(connected):
        execute(connected, "UPDATE requests SET decide_by = clock_timestamp()")
        becomes(connected, request_, State.EXPIRED)


def test_a_fault_of_the_bot_about_one_request_does_not_end_it(
    connected: Services,
    workspace: Workspace,
    request_: Request,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace.reactions = {Choice.APPROVE: {JONAS}}
    del workspace.people[JONAS]
    with watching(connected) as watch:
        until(said(capsys, "fault of the bot"))
        workspace.reactions = {Choice.APPROVE: {MARA}}
        watch.look_at_all()
        becomes(connected, request_, State.APPROVED)


def test_both_emoji_are_put_below_a_message_once_it_is_posted(
    connected: Services, workspace: Workspace, request_: Request
) -> None:
    execute(connected, "UPDATE requests SET seeded = false")
    with watching(connected):
        until(lambda: workspace.added == [Choice.APPROVE, Choice.DENY])


def looked_at(services: Services) -> bool:
    with services.store.transaction() as connection:
        row = connection.execute(
            "SELECT look_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '5 minutes' "
            "FROM requests"
        ).fetchone()
    return bool(row and row[0])


def said(capsys: pytest.CaptureFixture[str], words: str) -> Callable[[], bool]:
    seen: list[str] = []

    def told() -> bool:
        seen.append(capsys.readouterr().out)
        return words in "".join(seen)

    return told
