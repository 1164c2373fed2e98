"""The bot's state and what it protects lie on two servers, whatever they are called."""

from dataclasses import replace

import pytest

from bot.errors import Refused
from bot.operations.separation import refuse_state_on_protected_servers
from bot.store.database import Store
from tests.e2e.conftest import World


def test_a_state_on_the_protected_server_is_refused_by_whatever_name_it_goes(world: World) -> None:
    refuse_state_on_protected_servers(world.services)
    beside = Store(world.database.dsn)
    beside.open()
    try:
        with pytest.raises(Refused, match="lies on the server of projectledger") as refused:
            refuse_state_on_protected_servers(replace(world.services, store=beside))
    finally:
        beside.close()
    assert refused.value.code == "state-on-protected-server"
    assert "state.dsn" in refused.value.hint


def test_a_protected_server_that_does_not_answer_does_not_keep_the_bot_from_starting(world: World) -> None:
    world.database.server.stop()
    try:
        refuse_state_on_protected_servers(world.services)
    finally:
        world.database.server.start()
