"""What another process carried out is answered as if it had been done here."""

from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from bot import inline
from bot.domain.operation import Operation
from bot.errors import Refused
from bot.operations.services import Services
from bot.store import operations


def test_a_refusal_of_another_process_is_a_refusal_here(services: Services) -> None:
    def elsewhere(connection: Connection[Any], operation: Operation) -> None:
        taken = operations.claim(connection, operation.id)
        assert taken is not None
        operations.fail(
            connection, operation.id, taken.attempt or "", "it lowers", "ask", refused="second-key-needed"
        )

    with pytest.raises(Refused, match="it lowers") as refused:
        inline.check(replace(services, defer=elsewhere), "accept", lambda _: None)
    assert (refused.value.code, refused.value.hint) == ("second-key-needed", "ask")
