"""What another process carried out is answered as if it had been done here."""

import signal
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from bot import inline
from bot.domain.grammar import Verify
from bot.domain.operation import Operation
from bot.errors import CommandFailed, Refused
from bot.operations.services import Services
from bot.store import operations
from tests.operations.conftest import NAME
from tests.servers import Database


def test_a_refusal_of_another_process_is_a_refusal_here(services: Services) -> None:
    def elsewhere(connection: Connection[Any], operation: Operation) -> None:
        taken = operations.claim(connection, operation.id)
        assert taken is not None
        operations.fail(
            connection, operation.id, taken.attempt or "", "it lowers", "ask", refused="second-key-needed"
        )

    with pytest.raises(Refused, match="it lowers") as refused:
        inline.pin(replace(services, defer=elsewhere), NAME, "", lambda _: None)
    assert (refused.value.code, refused.value.hint) == ("second-key-needed", "ask")


def test_what_another_process_took_over_and_died_with_is_finished_here(
    services: Services, state: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(connection: Connection[Any], operation: Operation) -> None:
        assert operations.claim(connection, operation.id) is not None

    def look(_seconds: float) -> None:
        state.execute("UPDATE operations SET heartbeat = heartbeat - interval '1 hour'")

    monkeypatch.setattr("bot.inline.time.sleep", look)
    finished, _ = inline.check(replace(services, defer=elsewhere), Verify(database=NAME), lambda _: None)
    assert finished.result["verdict"] == "block"


def test_waiting_for_another_process_ends_when_asked_to(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(connection: Connection[Any], operation: Operation) -> None:
        assert operations.claim(connection, operation.id) is not None

    monkeypatch.setattr("bot.inline.time.sleep", lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(CommandFailed, match="goes on there"):
        inline.check(replace(services, defer=elsewhere), Verify(database=NAME), lambda _: None)
