"""`/healthz`, `/readyz` and `/metrics` over HTTP, for probes and Prometheus."""

import json
import socket
import sys
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from socketserver import ThreadingTCPServer
from threading import Thread

import structlog
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from bot.config.listening import Listen
from bot.errors import SecondkeyError
from bot.operations.monitoring.monitor import Monitor

log = structlog.get_logger()

#: How long somebody who connected may take to say what they want, in seconds.
PATIENCE = 10
#: How often the thread that listens looks whether it is to stop, in seconds.
POLL = 0.2


class Desk:
    """Answers until it is stopped; whoever asks is not asked who they are."""

    def __init__(self, listen: Listen, monitor: Monitor, on_death: Callable[[str], object]) -> None:
        self._listen = listen
        self._monitor = monitor
        self._on_death = on_death
        self._server: _Server | None = None
        self._thread = Thread(target=self._main, name="http", daemon=True)

    def start(self) -> None:
        """Raises `SecondkeyError` where the address cannot be had."""
        try:
            self._server = _Server(self._listen, self._monitor)
        except OSError as error:
            raise SecondkeyError(
                f"http.listen: {self._listen.host} port {self._listen.port} cannot be listened on: "
                f"{error.strerror}",
                "look who listens there already, or name another port; nothing was started",
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more. Safe to repeat."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def _main(self) -> None:
        try:
            if self._server is not None:
                self._server.serve_forever(POLL)
        except Exception as error:
            log.exception("answering over HTTP ended")
            self._on_death(f"answering over HTTP ended by itself: {error}")


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, listen: Listen, monitor: Monitor) -> None:
        self.monitor = monitor
        self.address_family = socket.AF_INET6 if ip_address(listen.host).version == 6 else socket.AF_INET
        super().__init__((listen.host, listen.port), _Answer)

    def handle_error(self, _request: object, _client: object) -> None:
        """Whoever asked and went away is no fault of the bot."""
        fault = sys.exception()
        if not isinstance(fault, ConnectionError | TimeoutError):
            log.error("a question over HTTP could not be answered", exc_info=fault)


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE
    #: what it says of itself
    server_version, sys_version = "secondkey", ""

    def do_GET(self) -> None:
        monitor = self.server.monitor
        match self.path.partition("?")[0]:
            case "/healthz":
                self._verdict("healthy", monitor.unhealthy)
            case "/readyz":
                self._verdict("ready", monitor.unready)
            case "/metrics":
                self._send(HTTPStatus.OK, CONTENT_TYPE_PLAIN_0_0_4, monitor.metrics())
            case _:
                self._send(HTTPStatus.NOT_FOUND, "text/plain", b"/healthz, /readyz and /metrics are here\n")

    def _verdict(self, word: str, against: Callable[[], Sequence[str]]) -> None:
        reasons = against()
        body = json.dumps({word: not reasons, "reasons": reasons}, ensure_ascii=False).encode()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        self._send(status, "application/json", body + b"\n")

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Probes ask every few seconds: that belongs into no log."""
