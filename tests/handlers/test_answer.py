"""The one boundary: once for each delivery, and words for whatever goes wrong, to the asker alone."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.error import URLError

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.domain.operation import Kind
from bot.errors import UsageError
from bot.operations import listing
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.store import audit, operations
from bot.store.database import Store
from handlers import home
from handlers.calls import Call, from_mention
from handlers.errors import answer
from tests.handlers.conftest import Desk

MEMBER, TEAM = "U00000001", "T00000001"


@dataclass
class Asker:
    """Somebody who asks, and what they are told."""

    key: str
    user: str = MEMBER
    team: str = TEAM
    told: list[str] = field(default_factory=list)

    def asks(self, services: Services, fault: Exception | None = None) -> list[str]:
        call = Call(
            user=self.user, team=self.team, channel="C00000002", text="", key=self.key, reply=self._hear
        )

        def act(_services: Services, _call: Call) -> None:
            if fault is not None:
                raise fault
            self.told.append("done")

        answer(services, call, act)
        return self.told

    def _hear(self, message: Message) -> None:
        self.told.append(" ".join([message.text, *(str(block) for block in message.blocks)]))


def slack_says(error: str, **more: Any) -> SlackApiError:
    answer = SlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/users.info",
        req_args={},
        data={"ok": False, "error": error, **more},
        headers={},
        status_code=200,
    )
    return SlackApiError("the request failed", answer)  # type: ignore[no-untyped-call]


def test_what_is_delivered_twice_is_done_once(desk: Desk) -> None:
    asker = Asker("twice")
    assert asker.asks(desk.services) == ["done"]
    assert asker.asks(desk.services) == ["done"]


def test_commands_in_an_answer_are_named_as_the_workspace_has_them(desk: Desk) -> None:
    settings = desk.services.settings
    assert settings.slack is not None
    renamed = settings.model_copy(
        update={"slack": settings.slack.model_copy(update={"command_prefix": "sk-"})}
    )
    services = replace(desk.services, settings=renamed)
    [told] = Asker("renamed").asks(services, UsageError("not that", "`/backup list` shows all"))
    assert "`/sk-backup list` shows all" in told


def test_what_comes_from_another_workspace_is_refused_with_the_reason_whoever_it_is(desk: Desk) -> None:
    for number, team in enumerate(("T00000002", "E00000001", "")):
        [told] = Asker(f"team-{number}", team=team).asks(desk.services)
        assert "this account asks from another workspace; the commands are not open to it" in told


def test_a_person_whom_slack_does_not_know_is_refused(desk: Desk) -> None:
    [told] = Asker("unknown", user="U0UNKNOWN").asks(desk.services)
    assert "this account is not known in this workspace; the commands are not open to it" in told


def test_an_error_with_a_reason_is_told_with_its_hint(desk: Desk) -> None:
    [told] = Asker("usage").asks(desk.services, UsageError("that is no id", "`/backup list` shows them"))
    assert "that is no id" in told
    assert "→ `/backup list` shows them" in told


def test_a_fault_of_the_bot_is_told_by_a_reference_and_nothing_of_its_inside(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    [told] = Asker("bug").asks(desk.services, RuntimeError("password=hunter2"))
    assert "a fault of Secondkey itself" in told
    assert "hunter2" not in told
    reference = told.rpartition("under ")[2][:8]
    assert reference in capsys.readouterr().out


def test_a_missing_scope_is_named(desk: Desk) -> None:
    [told] = Asker("scope").asks(desk.services, slack_says("missing_scope", needed="usergroups:read"))
    assert (
        "the app lacks the scope usergroups:read: add it and install the app again; nothing was done" in told
    )


def test_slack_being_in_trouble_is_told_as_such(desk: Desk) -> None:
    [told] = Asker("trouble").asks(desk.services, slack_says("internal_error"))
    assert "nothing was done" in told
    assert "internal" in told


@pytest.mark.parametrize("fault", [URLError(ConnectionRefusedError("refused")), TimeoutError("timed out")])
def test_slack_being_away_is_no_fault_of_the_bot(desk: Desk, fault: OSError) -> None:
    [told] = Asker(f"away-{type(fault).__name__}").asks(desk.services, fault)
    assert "Slack cannot be reached" in told
    assert "nothing was done" in told


def test_without_its_own_database_nothing_is_done_and_that_is_said(desk: Desk) -> None:
    closed = Store(desk.services.store.dsn)
    services = Services(
        settings=desk.services.settings,
        store=closed,
        repository=desk.services.repository,
        scratch=desk.services.scratch,
        directory=desk.services.directory,
    )
    [told] = Asker("away").asks(services)
    assert "Secondkey cannot reach its own database at the moment; nothing was done" in told


def test_a_mention_by_a_bot_without_an_account_is_refused_and_answered_to_nobody(desk: Desk) -> None:
    body = {
        "team_id": TEAM,
        "event_id": "Ev-bot",
        "event": {"type": "app_mention", "bot_id": "B00000077", "channel": "C00000002", "text": "<@U9> help"},
    }
    before = len(desk.slack.messages("ops"))
    done: list[Call] = []
    call = from_mention(body, desk.client, "U9")
    answer(desk.services, call, lambda _services, call: done.append(call))
    assert done == []
    assert len(desk.slack.messages("ops")) == before
    with desk.services.store.transaction() as connection:
        newest = audit.entries(connection, 1)[0]
    assert (newest.actor, newest.action, newest.detail) == ("B00000077", "refused", {"reason": "is a bot"})


def test_what_runs_is_told_to_those_who_may_ask_about_its_database(desk: Desk) -> None:
    databases = desk.services.settings.databases
    secret = databases["projectledger"].model_copy(update={"requesters": ("@dba",)})
    settings = desk.services.settings.model_copy(update={"databases": {**databases, "salaries": secret}})
    services = replace(desk.services, settings=settings)
    with services.store.transaction() as connection:
        for name in ("salaries", "projectledger"):
            operations.create(
                connection,
                kind=Kind.VERIFY,
                database=name,
                requested_by="cli:root",
                request={"channel": "ops"},
            )
    dba, other = desk.slack.one(group="dba"), desk.slack.one(without="dba")
    assert {operation.database for operation in listing.open_now(services, other)} == {"projectledger"}
    assert "salaries" not in str(listing.home(services, other))
    told: list[Message] = []
    for number, user in enumerate((other, dba)):
        call = Call(
            user=user, team=TEAM, channel="C00000002", text="", key=f"open-{number}", reply=told.append
        )
        answer(services, call, home.command)
    assert "salaries" not in str(told[0])
    assert "salaries" in str(told[1])
    assert "salaries" in str(listing.home(services, dba))
