"""The bot's state and what it protects lie on two servers, whatever they are called."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.errors import Refused
from bot.operations.separation import refuse_state_on_protected_servers
from tests.e2e.conftest import CONFIGURATION, World
from tests.e2e.terminal import secondkey
from tests.servers import Database


def test_a_state_on_the_protected_server_is_refused_by_whatever_name_it_goes(world: World) -> None:
    settings, own = world.services.settings, world.services.store.system_identifier()
    refuse_state_on_protected_servers(settings, own)
    ((protected,),) = world.database.execute("SELECT system_identifier::text FROM pg_control_system()")
    with pytest.raises(Refused, match="lies on the server of projectledger") as refused:
        refuse_state_on_protected_servers(settings, protected)
    assert refused.value.code == "state-on-protected-server"
    assert "state.dsn" in refused.value.hint


def test_a_protected_server_that_does_not_answer_does_not_keep_the_bot_from_starting(world: World) -> None:
    services = world.services
    world.database.server.stop()
    try:
        refuse_state_on_protected_servers(services.settings, services.store.system_identifier())
    finally:
        world.database.server.start()


def test_nothing_is_created_on_a_protected_server_before_it_is_refused(
    tmp_path: Path, database: Database
) -> None:
    """By a name that only libpq knows: the configuration alone does not tell that both are one server."""
    options = conninfo_to_dict(database.dsn)
    services = tmp_path / "services"
    services.write_text(
        "[protected]\n" + "".join(f"{name}={options[name]}\n" for name in ("host", "port", "user"))
    )
    config = tmp_path / "secondkey.toml"
    content = CONFIGURATION.format(
        api="http://127.0.0.1:9/api/", state=database.dsn, dsn="service=protected dbname=postgres", more=""
    )
    config.write_text(content.replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', ""))
    refused = secondkey("backups", "--json", config=config, PGSERVICEFILE=str(services))
    assert (refused.code, refused.data["error"]) == (4, "state-on-protected-server"), refused
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert database.execute(tables) == [(0,)]
