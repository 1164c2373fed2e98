"""A simulated Slack for the outbound side, over real HTTP."""

from collections.abc import Iterator

import pytest

from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.slack.manifest import manifest


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    started = Simulator(0, None, demo_workspace().with_manifest(manifest()))
    started.faults.rate_limits = False
    started.start()
    yield started
    started.stop()
    assert not started.unknown_calls


@pytest.fixture
def directory(simulator: Simulator) -> Directory:
    return Directory(web_client(simulator.workspace.bot_token, f"{simulator.url}/api/"))
