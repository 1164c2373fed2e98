"""A simulated Slack of its own for each test, its clients, and real Bolt apps."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.simulator.server import Simulator
from bot.simulator.workspace import Workspace, demo_workspace
from tests import waiting
from tests.simulator.scripts import Scripts

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Secondkey"},
    "features": {
        "slash_commands": [
            {"command": "/backup", "description": "Back up", "usage_hint": "[reason]"},
            {"command": "/verify", "description": "Verify"},
        ]
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands",
                "chat:write",
                "reactions:read",
                "reactions:write",
                "users:read",
                "users:read.email",
                "usergroups:read",
                "team:read",
                "dnd:read",
                "channels:read",
                "channels:history",
                "groups:read",
                "groups:history",
                "app_mentions:read",
                "im:read",
                "files:write",
                "channels:manage",
                "groups:write",
                "pins:write",
                "pins:read",
                "bookmarks:write",
                "bookmarks:read",
                "canvases:write",
            ],
            "bot_optional": ["im:write"],
        }
    },
    "settings": {"event_subscriptions": {"bot_events": ["reaction_added", "app_mention", "app_home_opened"]}},
}
APP = "U00000009"


@pytest.fixture
def workspace() -> Workspace:
    return demo_workspace().with_manifest(MANIFEST)


@pytest.fixture
def start() -> Iterator[Callable[[Workspace], Simulator]]:
    """Starts simulated Slacks that forget everything, and stops them."""
    started: list[Simulator] = []

    def make(workspace: Workspace) -> Simulator:
        started.append(Simulator(0, None, workspace))
        started[-1].start()
        return started[-1]

    yield make
    for simulator in started:
        simulator.stop()


@pytest.fixture
def simulator(start: Callable[[Workspace], Simulator], workspace: Workspace) -> Simulator:
    return start(workspace)


@pytest.fixture
def scripts(simulator: Simulator) -> Scripts:
    return Scripts(simulator.url)


@pytest.fixture
def client(simulator: Simulator) -> WebClient:
    return client_of(simulator)


@pytest.fixture(scope="session")
def close_later() -> Iterator[Callable[[SocketModeHandler], None]]:
    """Bolt's connections take seconds to close: they do it while other tests run."""
    closing: list[Thread] = []

    def close(handler: SocketModeHandler) -> None:
        closing.append(Thread(target=handler.close))
        closing[-1].start()

    yield close
    for thread in closing:
        thread.join()


@pytest.fixture
def run_bolt(
    simulator: Simulator, close_later: Callable[[SocketModeHandler], None]
) -> Iterator[Callable[[App], None]]:
    """Connects a real Bolt app over two connections."""
    handlers: list[SocketModeHandler] = []

    def run(app: App) -> None:
        before = simulator.connections
        for _ in range(2):
            handler = SocketModeHandler(
                app,
                simulator.workspace.app_token,
                web_client=client_of(simulator, token=None),
                ping_interval=1,
            )
            handlers.append(handler)
            handler.connect()
        waiting.until(lambda: simulator.connections == before + 2)

    yield run
    for handler in handlers:
        close_later(handler)


@pytest.fixture
def app(client: WebClient) -> App:
    return App(client=client)


def client_of(simulator: Simulator, token: str | None = "") -> WebClient:
    """A client with the bot token, unless another one is given."""
    chosen = simulator.workspace.bot_token if token == "" else token
    client = WebClient(token=chosen, base_url=f"{simulator.url}/api/", retry_handlers=[])
    client.proxy = None
    return client
