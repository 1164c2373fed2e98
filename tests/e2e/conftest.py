"""The whole bot on real parts: a real server, real Bolt over real HTTP and websocket, a simulated Slack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import running_bot
from bot.config import load
from bot.operations.services import Services
from bot.postgres.server import Server
from bot.repository.keys import Keys
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from tests import servers
from tests.e2e.people import Slack
from tests.servers import Database

CONFIGURATION = """\
[slack]
api_url = "{api}"
channel = "ops"
bot_token_file = "bot-token"
app_token_file = "app-token"
[state]
dsn = "{state}"
[repository]
url = "file://backups"
signing_key = "signing.key"
[databases.projectledger]
dsn = "{dsn}"
watch = {{ enabled = false }}
{more}
environment = "production"
channel = "ops"
incidents = "incidents"
requesters = ["@engineering"]
approvers = ["@dba"]
backup.schedule = "off"
drill.schedule = "off"
[databases.projectledger.expect]
"public.User" = {{ min = 3 }}
"public.Session" = {{ volatile = true }}
[databases.projectledger.checks]
"plans are there" = 'SELECT count(*) >= 2 FROM "Plan"'
"""

TABLES = """
CREATE TABLE "User" (id serial PRIMARY KEY, name text);
CREATE TABLE "Plan" (id int PRIMARY KEY);
CREATE TABLE "Session" (id int);
INSERT INTO "User" (name) SELECT 'user ' || n FROM generate_series(1, 12) n;
INSERT INTO "Plan" SELECT generate_series(1, 3);
"""


@dataclass(frozen=True, kw_only=True)
class World:
    """One running bot, its database, and the people around it."""

    slack: Slack
    simulator: Simulator
    database: Database
    services: Services
    config: Path


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    database.execute(TABLES)
    with running_world(tmp_path, database, state_server, database.dsn) as world:
        yield world


@contextmanager
def running_world(
    tmp_path: Path,
    database: Database,
    state_server: Server,
    dsn: str,
    more: str = "",
    sections: str = "",
    configuration: str = CONFIGURATION,
) -> Iterator[World]:
    """A bot that protects the database, which it does not watch unless `configuration` says so; `more` goes
    to its section, `sections` to the end."""
    state = servers.new_state(state_server)
    simulator = Simulator(0, tmp_path / "slack", demo_workspace().with_manifest(manifest()))
    simulator.start()
    workspace = simulator.workspace
    for name, token in (("bot-token", workspace.bot_token), ("app-token", workspace.app_token)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(token)
    config = tmp_path / "secondkey.toml"
    places = {"api": f"{simulator.url}/api/", "state": state.dsn, "dsn": dsn, "more": more}
    config.write_text(configuration.format(**places) + sections)
    Keys.load_or_create(tmp_path / "signing.key").export(tmp_path / "copy-elsewhere.key")
    faults: list[str] = []
    with running_bot(load(config, {}, need_slack=True), faults.append) as services:
        yield World(
            slack=Slack(simulator.url),
            simulator=simulator,
            database=database,
            services=services,
            config=config,
        )
    simulator.stop()
    servers.drop_database(state)
    assert not faults
    assert not simulator.unknown_calls
