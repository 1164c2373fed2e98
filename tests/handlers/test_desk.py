"""What reaches a person who asked: an answer in words, whatever they typed and whoever they are."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.operation import Kind, Operation
from bot.slack import blocks
from bot.slack.blocks import Button
from bot.store import audit, operations
from tests.e2e.people import Message, says, text_of
from tests.handlers.conftest import Desk
from tests.waiting import until


def ephemeral(*words: str) -> Callable[[Message], bool]:
    return lambda message: bool(message.get("is_ephemeral")) and says(*words)(message)


def asked(desk: Desk) -> list[Operation]:
    with desk.services.store.transaction() as connection:
        return list(operations.recent(connection, limit=100))


def refusals(desk: Desk, actor: str) -> int:
    """How often the audit log says that this person was refused."""
    with desk.services.store.transaction() as connection:
        entries = audit.entries(connection, 1000)
    return [(entry.actor, entry.action) for entry in entries].count((actor, "refused"))


def give_up(desk: Desk, operation: Operation) -> None:
    """End an operation that nobody carries out here, so that the next one may begin."""
    with desk.services.store.transaction() as connection:
        claimed = operations.claim(connection, operation.id)
        assert claimed is not None
        operations.fail(connection, operation.id, claimed.attempt or "", "given up", "")


def post_with_button(desk: Desk, action: str, value: str, channel: str = "C00000002") -> Message:
    button = blocks.actions(Button(label="Do it", action=action, value=value))
    posted = desk.client.chat_postMessage(channel=channel, text=f"a message for {action}", blocks=[button])
    return desk.slack.wait("ops", lambda message: message["ts"] == posted["ts"])


@pytest.mark.parametrize(
    ("command", "text", "answer"),
    [
        ("/backup", "show B-123", "an id looks like B-20251008-191204-abcd"),
        ("/backup", "show B-20251008-191204-abcd", "there is no backup B-20251008-191204-abcd"),
        ("/backup", "projectleger now", "did you mean projectledger"),
        ("/backup", "help", "/backup [emergency] [database] [reason]"),
        ("/backup", "list", "There is no backup yet."),
        ("/verify", "B-20251008-191204-abcd", "there is no backup B-20251008-191204-abcd"),
        ("/verify", "help", "/verify accept"),
        ("/backup", "retention", "no backup is ever deleted by itself"),
        ("/backup", "delete B-20251008-191204-abcd no room", "there is no backup B-20251008-191204-abcd"),
        ("/backup", "pin B-20251008-191204-abcd audit", "there is no backup B-20251008-191204-abcd"),
        ("/backup", "retention lower projectledger no room", "lowers nothing that is in force"),
        ("/drill", "", "there is nothing to restore"),
        ("/drill", "status", "no drill yet"),
        ("/drill", "list projectledger", "no drill yet"),
        ("/drill", "help", "/drill [database] [ID]"),
        ("/secondkey", "drill B-20251008-191204-abcd", "there is no backup B-20251008-191204-abcd"),
        ("/secondkey", "", "Running now"),
        ("/secondkey", "backup list", "There is no backup yet."),
        ("/secondkey", "frobnicate", "there is no command"),
        ("/other", "anything", "this command is not known to Secondkey"),
    ],
)
def test_every_command_is_answered_privately_in_words(
    desk: Desk, command: str, text: str, answer: str
) -> None:
    member = desk.slack.one()
    before = [message["ts"] for message in desk.slack.messages("ops", member)]
    answered = ephemeral(answer)
    desk.slack.command(member, "ops", command, text)
    desk.slack.wait("ops", lambda said: said["ts"] not in before and answered(said), as_user=member)
    assert len(desk.slack.messages("ops", member)) == len(before) + 1


def test_a_backup_is_recorded_with_its_reason_as_it_was_typed(desk: Desk) -> None:
    member = desk.slack.one()
    desk.slack.command(member, "general", "/backup", "before <!channel> & v2")
    desk.slack.wait("general", ephemeral("follow it in <#C00000002>"), as_user=member)
    newest = asked(desk)[0]
    assert (newest.kind, newest.requested_by) == (Kind.BACKUP, member)
    assert newest.request["reason"] == "before <!channel> & v2"
    assert newest.request["channel"] == "C00000002"
    give_up(desk, newest)


@pytest.mark.parametrize("kind", ["guest", "stranger", "bot"])
@pytest.mark.parametrize("command", ["/backup", "/verify", "/secondkey", "/other"])
def test_outsiders_are_refused_with_the_reason_and_it_is_logged(desk: Desk, kind: str, command: str) -> None:
    outsider, before = desk.slack.one(kind), len(asked(desk))
    refused = refusals(desk, outsider)
    desk.slack.command(outsider, "ops", command, "help")
    until(lambda: refusals(desk, outsider) == refused + 1)
    desk.slack.wait("ops", ephemeral("this account is", "not open to it"), as_user=outsider)
    assert len(asked(desk)) == before


def test_an_outsiders_tap_starts_nothing(desk: Desk) -> None:
    message = post_with_button(desk, "backup_emergency", "projectledger")
    guest, before = desk.slack.one("guest"), len(asked(desk))
    desk.slack.tap(guest, "ops", message, "backup_emergency")
    desk.slack.wait("ops", ephemeral("this account is a guest"), as_user=guest)
    assert len(asked(desk)) == before


def test_an_outsiders_mention_is_refused_where_it_was_made(desk: Desk) -> None:
    stranger = desk.slack.one("stranger")
    bot = desk.services.slack.bot_user_id
    desk.slack.post("message", user=stranger, channel="partners", text=f"<@{bot}> verify")
    desk.slack.wait("partners", ephemeral("not a member of this workspace"), as_user=stranger)


def test_a_button_of_another_release_is_answered(desk: Desk) -> None:
    message = post_with_button(desk, "no_longer_there", "projectledger")
    member = desk.slack.one()
    desk.slack.tap(member, "ops", message, "no_longer_there")
    desk.slack.wait("ops", ephemeral("this button belongs to another version"), as_user=member)


def test_a_buttons_value_is_looked_up_and_never_trusted(desk: Desk) -> None:
    message = post_with_button(desk, "verify_again", "other_database")
    member, before = desk.slack.one(), len(asked(desk))
    desk.slack.tap(member, "ops", message, "verify_again")
    desk.slack.wait("ops", ephemeral("there is no protected database"), as_user=member)
    assert len(asked(desk)) == before


@pytest.mark.parametrize(
    "said", ["<@{bot}> help", "please <@{bot}> help", "help <@{bot}>", "<@U00000002> <@{bot}> help"]
)
def test_a_mention_is_read_wherever_it_stands_in_the_sentence(desk: Desk, said: str) -> None:
    member = desk.slack.one()
    before = len(desk.slack.messages("dba-only", member))
    text = said.format(bot=desk.services.slack.bot_user_id)
    desk.slack.post("message", user=member, channel="dba-only", text=text)
    desk.slack.wait(
        "dba-only", lambda _: len(desk.slack.messages("dba-only", member)) == before + 2, as_user=member
    )
    assert "Running now" in text_of(desk.slack.messages("dba-only", member)[-1])


def test_a_mention_in_a_thread_is_answered_in_that_thread(desk: Desk) -> None:
    member, bot = desk.slack.one(), desk.services.slack.bot_user_id
    parent = desk.slack.post("message", user=member, channel="ops", text="how are we doing?")["ts"]
    desk.slack.post("message", user=member, channel="ops", text=f"<@{bot}> backup list", thread_ts=parent)

    def answered(message: Message) -> bool:
        replies: list[Any] = message.get("replies", [])
        return message["ts"] == parent and any(ephemeral("no backup yet")(reply) for reply in replies)

    desk.slack.wait("ops", answered, as_user=member)


def test_the_same_tap_delivered_twice_starts_one_operation(desk: Desk) -> None:
    message = post_with_button(desk, "verify_again", "projectledger")
    member, before = desk.slack.one(), len(asked(desk))
    desk.simulator.faults.duplicates = True
    try:
        desk.slack.tap(member, "ops", message, "verify_again")
    finally:
        desk.simulator.faults.duplicates = False
    until(lambda: len(asked(desk)) > before)
    desk.slack.command(member, "ops", "/verify", "help")
    desk.slack.wait("ops", ephemeral("/verify accept"), as_user=member)
    assert len(asked(desk)) == before + 1


def test_the_home_is_published_for_members_and_refused_for_guests(desk: Desk) -> None:
    assert "Backup: none yet" in str(home(desk, desk.slack.one()))
    assert "this account is a guest" in str(home(desk, desk.slack.one("guest")))


def test_a_button_in_the_home_is_answered_by_direct_message(desk: Desk) -> None:
    member = desk.slack.one()
    view = home(desk, member)
    desk.slack.post("action", user=member, view_id=view["id"], action_id="backup_now", value="projectledger")
    desk.slack.wait(member, says("Backing up projectledger", "<#C00000002>"), as_user=member)
    give_up(desk, asked(desk)[0])


def home(desk: Desk, user: str) -> dict[str, Any]:
    """Open the App Home, and what is published there."""
    desk.slack.post("home", user=user)
    view: dict[str, Any] = desk.slack.get(f"views?user={user}")[0]
    return view
