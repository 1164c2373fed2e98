"""Two connections to Slack that stay up, over a real websocket; what ends them is told in words."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import App

from bot.errors import SecondkeyError
from bot.simulator.server import Simulator
from bot.slack import connection
from bot.slack.connection import Connections, web_client
from tests import servers

#: The SDK leaves a socket to the garbage collector where its handshake is refused.
pytestmark = pytest.mark.filterwarnings("ignore:.*socket.socket:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What the SDK left behind is collected here, and not told of the next test."""
    yield
    gc.collect()


def connections(
    simulator: Simulator, app_token: str | None = None, on_hello: Callable[[], object] = lambda: None
) -> Connections:
    api = f"{simulator.url}/api/"
    app = App(client=web_client(simulator.workspace.bot_token, api), token_verification_enabled=False)
    return Connections(app, app_token or simulator.workspace.app_token, api, on_hello)


@pytest.fixture
def connected(simulator: Simulator) -> Iterator[Connections]:
    made = connections(simulator)
    made.start()
    yield made
    made.stop()


def eventually(fits: Callable[[], bool], limit: float = 20) -> None:
    deadline = time.monotonic() + limit
    while not fits():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.02)


def socket_threads() -> int:
    return sum("slack_sdk" in repr(getattr(thread, "_target", "")) for thread in threading.enumerate())


def test_two_connections_are_up_and_none_is_left_after_the_end(simulator: Simulator) -> None:
    made = connections(simulator)
    made.start()
    assert made.connected == 2
    made.stop()
    made.stop()
    assert made.connected == 0
    eventually(lambda: socket_threads() == 0)


def test_a_connection_that_slack_ends_comes_back(simulator: Simulator, connected: Connections) -> None:
    simulator.disconnect("refresh_requested", every=True)
    eventually(lambda: connected.connected == 2)


def test_whoever_wants_to_know_is_told_of_each_connection_that_is_there_again(simulator: Simulator) -> None:
    greetings: list[None] = []
    made = connections(simulator, on_hello=lambda: greetings.append(None))
    made.start()
    try:
        eventually(lambda: len(greetings) == 2)
        simulator.disconnect("refresh_requested", every=True)
        eventually(lambda: len(greetings) == 4)
    finally:
        made.stop()


def test_a_connection_that_went_quiet_is_built_again(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "WATCH", 0.05)
    monkeypatch.setattr(connection, "QUIET", 0.3)
    made = connections(simulator)
    made.start()
    seen: list[str] = []

    def told() -> bool:
        seen.append(capsys.readouterr().out)
        return "went quiet and is built again" in "".join(seen)

    try:
        eventually(told)
        monkeypatch.setattr(connection, "QUIET", 45.0)
        eventually(lambda: made.connected == 2)
    finally:
        made.stop()


def test_while_slack_is_away_no_thread_is_left_behind_at_each_attempt(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WATCH", 0.02)
    attempts: list[Any] = []
    opened = Connections._open

    def counted(self: Connections) -> Any:
        attempts.append(None)
        return opened(self)

    made = connections(simulator)
    made.start()
    monkeypatch.setattr(Connections, "_open", counted)
    simulator.stop()
    try:
        eventually(lambda: len(attempts) >= 6, limit=60)
        assert socket_threads() <= 8
    finally:
        made.stop()


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("xapp-1-A00000001-1-wrong", "Slack does not know the app token"),
        ("xoxb-1-1-wrong", "app token"),
    ],
)
def test_a_bad_app_token_is_told_in_words_and_nothing_goes_on(
    simulator: Simulator, token: str, words: str
) -> None:
    made = connections(simulator, token)
    with pytest.raises(SecondkeyError, match=words):
        made.start()
    eventually(lambda: socket_threads() == 0)


def test_slack_being_unreachable_is_told_in_words() -> None:
    api = f"http://127.0.0.1:{servers.free_port()}/api/"
    app = App(client=web_client("xoxb-1", api), token_verification_enabled=False)
    with pytest.raises(SecondkeyError, match="Slack cannot be reached"):
        Connections(app, "xapp-1", api).start()


def test_a_proxy_is_asked_for_slack_and_never_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert web_client("xoxb-1", "https://slack.com/api/").proxy == "http://proxy.example.org:3128"
    assert web_client("xoxb-1", "http://127.0.0.1:8040/api/").proxy is None


def test_a_request_is_never_repeated_by_the_client_itself() -> None:
    assert web_client("xoxb-1", "https://slack.com/api/").retry_handlers == []


def test_stopping_does_not_wait_for_slack_to_say_something(
    simulator: Simulator, connected: Connections
) -> None:
    eventually(lambda: simulator.connections == 2)
    begun = time.monotonic()
    connected.stop()
    assert time.monotonic() - begun < connection.PING / 2
