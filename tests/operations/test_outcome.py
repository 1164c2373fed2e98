"""How a long operation ended reaches whoever asked, once, and nobody who did not ask in Slack."""

from collections.abc import Callable, Iterator

import pytest

from bot.domain.operation import Kind, Operation, Progress
from bot.operations.attempt import conclude
from bot.slack.blocks import Message, section
from bot.store import outbox
from bot.store.database import Store
from tests.builders import DATABASE, NOON
from tests.servers import Database

MEMBER, CHANNEL = "U00000001", "C00000002"
RESULT = Message(text="🟢 Backed up · projectledger", blocks=(section("all of the result"),))


@pytest.fixture
def store(state_database: Database) -> Iterator[Store]:
    opened = Store(state_database.dsn)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def told(store: Store) -> Callable[..., dict[str, str]]:
    """Conclude an operation; returns the text of each message on its way, by whom it goes to."""

    def conclude_and_look(kind: Kind, by: str, channel: str = CHANNEL) -> dict[str, str]:
        operation = Operation(
            id="op-abcd1234",
            kind=kind,
            database=DATABASE,
            progress=Progress.RUNNING,
            requested_by=by,
            request={"channel": channel},
            created_at=NOON,
        )
        with store.transaction() as connection:
            conclude(connection, operation, RESULT)
            conclude(connection, operation, RESULT)
        found: dict[str, str] = {}
        with store.transaction() as connection:
            while (message := outbox.claim(connection)) is not None:
                assert message.channel not in found
                found[message.channel] = str(message.blocks)
        return found

    return conclude_and_look


@pytest.mark.parametrize("kind", [Kind.BACKUP, Kind.RESTORE_TEST])
def test_who_asked_for_something_long_is_told_privately_in_one_line(
    told: Callable[..., dict[str, str]], kind: Kind
) -> None:
    messages = told(kind, MEMBER)
    assert messages.keys() == {CHANNEL, MEMBER}
    assert "all of the result" in messages[CHANNEL]
    assert "All of it is in <#C00000002>." in messages[MEMBER]
    assert "all of the result" not in messages[MEMBER]


@pytest.mark.parametrize("kind", [Kind.VERIFY, Kind.ACCEPT])
def test_who_waits_beside_a_quick_answer_is_not_told_twice(
    told: Callable[..., dict[str, str]], kind: Kind
) -> None:
    assert told(kind, MEMBER).keys() == {CHANNEL}


@pytest.mark.parametrize("by", ["cli:root", "schedule:nightly"])
def test_who_did_not_ask_in_slack_gets_no_message(told: Callable[..., dict[str, str]], by: str) -> None:
    assert told(Kind.BACKUP, by).keys() == {CHANNEL}


def test_who_reads_the_result_in_a_direct_message_already_gets_no_second_one(
    told: Callable[..., dict[str, str]],
) -> None:
    assert told(Kind.BACKUP, MEMBER, channel=MEMBER).keys() == {MEMBER}
