"""Slack's Socket Mode over two connections, and a watchdog that rebuilds one that has gone quiet.

With one connection, commands are lost while it reconnects; with two, none were in measurement.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.slack.trouble import APP_TOKEN, NO_ANSWER, token_refused

log = structlog.get_logger()

CONNECTIONS = 2
#: How often the watchdog looks, in seconds.
WATCH = 5.0
#: A connection that got nothing for this long, not even a pong, is rebuilt; in seconds.
QUIET = 45.0
PING = 10.0
#: How long Slack may take to hand out a connection, in seconds; stopping waits for it.
PATIENCE = 10
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def web_client(token: str | None, api_url: str, timeout: int = 30) -> WebClient:
    """A client that never repeats a request by itself: a blind repetition posts a message twice."""
    client = WebClient(token=token, base_url=api_url, retry_handlers=[], timeout=timeout)
    if api_url.startswith(_LOOPBACK):
        # A proxy from the environment must not be asked for this very machine: the SDK takes it from
        # one place, urllib from another.
        client.proxy = None
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"
    return client


class Connections:
    """Keeps the connections to Slack open until it is stopped."""

    def __init__(
        self, app: App, app_token: str, api_url: str, on_hello: Callable[[], object] = lambda: None
    ) -> None:
        """`on_hello` is told whenever a connection is there, for the first time or again."""
        self._on_hello = on_hello
        self._app = app
        self._app_token = app_token
        self._api_url = api_url
        self._handlers: list[_Watched] = []
        self._stopping = Event()
        self._watchdog = Thread(target=self._watch, name="slack-watchdog", daemon=True)

    def start(self) -> None:
        """Connect; raises `SecondkeyError` where Slack does not let us."""
        try:
            for _ in range(CONNECTIONS):
                self._handlers.append(self._open())
        except NO_ANSWER as error:
            self.stop()
            raise token_refused(error, APP_TOKEN) from error
        self._watchdog.start()

    def stop(self) -> None:
        """Take nothing new. Safe to repeat."""
        self._stopping.set()
        if self._watchdog.is_alive():
            self._watchdog.join()
        for handler in self._handlers:
            handler.close()
        self._handlers = []

    @property
    def connected(self) -> int:
        """How many connections are up."""
        return sum(handler.alive for handler in self._handlers)

    def _open(self) -> "_Watched":
        client = web_client(None, self._api_url, timeout=PATIENCE)
        handler = SocketModeHandler(
            self._app,
            self._app_token,
            logger=logging.getLogger("slack.socket"),
            web_client=client,
            ping_interval=PING,
            concurrency=8,
        )
        handler.client.proxy = client.proxy
        watched = _Watched(handler, self._on_hello)
        try:
            handler.connect()
        except BaseException:
            # Its threads run already, and would go on for ever.
            watched.close()
            raise
        return watched

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH):
            for place, handler in enumerate(self._handlers):
                if not handler.alive:
                    self._rebuild(place, handler)

    def _rebuild(self, place: int, quiet: "_Watched") -> None:
        log.warning("a connection to Slack went quiet and is built again", connection=place)
        quiet.close()
        try:
            self._handlers[place] = self._open()
        except Exception as error:  # noqa: BLE001 - Slack or the network is away: the watchdog tries again
            log.warning("Slack cannot be reached", connection=place, reason=str(error))


class _Watched:
    """One connection, and when it last got something."""

    def __init__(self, handler: SocketModeHandler, on_hello: Callable[[], object]) -> None:
        self._handler = handler
        self._on_hello = on_hello
        self._heard = time.monotonic()
        handler.client.on_message_listeners.append(self._hear)
        handler.client.message_listeners.append(self._greet)

    @property
    def alive(self) -> bool:
        return self._handler.client.is_connected() and self._last_heard() > time.monotonic() - QUIET

    def close(self) -> None:
        """End it at once: its threads, which closing waits for, wait for input and messages otherwise."""
        client = self._handler.client
        client.closed, client.auto_reconnect_enabled = True, False
        client.message_queue.put(None)
        client.current_session_runner.event.set()
        client.current_session_state.terminated = True
        if client.current_session is not None:
            _end_of_input(client.current_session.sock)
        close: Callable[[], object] = self._handler.close
        close()

    def _hear(self, _message: str) -> None:
        self._heard = time.monotonic()

    def _greet(self, _client: object, message: dict[str, object], _raw: object) -> None:
        if message.get("type") == "hello":
            self._on_hello()

    def _last_heard(self) -> float:
        """Pongs are not messages: the session keeps their time itself, on the wall clock."""
        session = self._handler.client.current_session
        pong = getattr(session, "last_ping_pong_time", None)
        return max(self._heard, time.monotonic() - (time.time() - pong)) if pong else self._heard


def _end_of_input(sock: socket.socket | None) -> None:
    """Let whoever waits for input have the end of it.

    The plain socket's own method: a wrapped one's would send in clear what is still sent afterwards.
    """
    if sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RD)
