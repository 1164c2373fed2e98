"""Inbound Slack on real parts: Bolt over HTTP and websocket, a real store; nothing is carried out."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.config import load
from bot.operations.approval_watch import Watch
from bot.operations.delivery import Delivery
from bot.operations.services import Services
from bot.postgres.server import Server
from bot.repository.folder import Repository
from bot.repository.keys import Keys
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.connection import Connections, web_client
from bot.slack.directory import Directory
from bot.slack.manifest import manifest
from bot.store.database import Store
from handlers import register
from tests import servers
from tests.e2e.people import Slack
from tests.handlers.office import BOT, JONAS, LEO, MARA, OPS, PRIYA, Office

CONFIGURATION = """\
[slack]
api_url = "{api}"
channel = "ops"
bot_token = "{bot_token}"
app_token = "{app_token}"
[state]
directory = "state"
[repository]
url = "file://backups"
signing_key = "signing.key"
[databases.projectledger]
dsn = "postgresql://bot@db.example.org/projectledger"
channel = "ops"
incidents = "incidents"
requesters = ["@engineering"]
approvers = ["@dba"]
"""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The bot's front desk, and the people before it."""

    slack: Slack
    simulator: Simulator
    client: WebClient
    services: Services


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    installed = manifest()
    # A command that a workspace still has, and this release does not know.
    installed["features"]["slash_commands"].append({"command": "/other", "description": "of another release"})
    simulator = Simulator(0, None, demo_workspace().with_manifest(installed))
    simulator.faults.rate_limits = False
    simulator.start()
    state = servers.new_state(postgres_server)
    store = Store(state.dsn, pool_size=20)
    store.open()
    client = web_client(simulator.workspace.bot_token, f"{simulator.url}/api/")
    services = _services(folder, simulator, store, client)
    app = App(client=client, token_verification_enabled=False)
    register(app, services)
    connections = Connections(app, simulator.workspace.app_token, f"{simulator.url}/api/")
    connections.start()
    yield Desk(slack=Slack(simulator.url), simulator=simulator, client=client, services=services)
    connections.stop()
    simulator.stop()
    store.close()
    servers.drop_database(state)
    assert not simulator.unknown_calls


def _services(folder: Path, simulator: Simulator, store: Store, client: WebClient) -> Services:
    file = folder / "secondkey.toml"
    workspace = simulator.workspace
    content = CONFIGURATION.format(
        api=f"{simulator.url}/api/", bot_token=workspace.bot_token, app_token=workspace.app_token
    )
    file.write_text(content)
    settings = load(file, {}, need_slack=True)
    keys = Keys.open(settings.repository.signing_key, settings.repository.url)
    repository = Repository(settings.repository.url, keys)
    repository.prepare()
    return Services(
        settings=settings,
        store=store,
        repository=repository,
        scratch=settings.scratch,
        directory=Directory(client),
    )


@pytest.fixture(scope="module")
def staffed(desk: Desk) -> Iterator[Office]:
    """Somebody delivers and decides; what is approved is handed over to nobody."""
    with pytest.MonkeyPatch.context() as quick, ExitStack() as parts:
        quick.setattr("bot.store.outbox.CHANNEL_PACE", 0.01)
        quick.setattr("bot.store.outbox.MESSAGE_PACE", 0.01)
        quick.setattr("bot.operations.approval_watch.POLL", 0.1)
        quick.setattr("bot.operations.patience.AGAIN", 0.1)
        handed_over: list[str] = []
        services = replace(
            desk.services, defer=lambda _connection, operation: handed_over.append(operation.id)
        )
        faults: list[str] = []
        for part in (
            Delivery(services.store, desk.client, services.slack, "", faults.append, faults.append),
            Watch(services, on_death=faults.append),
        ):
            part.start()
            parts.callback(part.stop)
        yield Office(
            slack=desk.slack,
            simulator=desk.simulator,
            client=desk.client,
            services=services,
            handed_over=handed_over,
        )
        assert not [fault for fault in faults if "ended by itself" in fault]


@pytest.fixture
def office(staffed: Office) -> Iterator[Office]:
    """The same for each test, with nothing open and the workspace as it was."""
    yield staffed
    slack, faults = staffed.slack, staffed.simulator.faults
    slack.post("channel", channel=OPS, archived=False, shared=False, members=[MARA, JONAS, PRIYA, LEO, BOT])
    slack.post("person", user=PRIYA, flags=[])
    staffed.group(MARA, JONAS)
    staffed.services.slack.forget_channel(OPS)
    faults.shortened = faults.duplicates = faults.lost_events = False
    with staffed.services.store.transaction() as connection:
        connection.execute(
            "UPDATE requests SET state = 'void' WHERE state IN ('pending', 'approved', 'begun')"
        )
