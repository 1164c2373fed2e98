"""Socket Mode: tickets, up to ten connections, each envelope to one of them, acknowledgements by id."""

import asyncio
import secrets
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from aiohttp import WSMsgType, web

from bot.simulator.faults import Faults

log = structlog.get_logger()

CONNECTIONS = 10
#: How long a ticket may be used, in seconds.
TICKET_LIFE = 30.0
#: How long a connection that was told to go may stay while no other one has come, in seconds.
GRACE = 10.0
#: How often we ping, in seconds; without a pong the connection is given up.
PING = 20.0
Reason = Literal["warning", "refresh_requested", "link_disabled"]


class NotConnected(Exception):
    """No connection is open: nobody can be given anything."""


class NotAcknowledged(Exception):
    """The envelope was sent, and no acknowledgement came in time."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    type: Literal["slash_commands", "interactive", "events_api"]
    payload: dict[str, Any]
    accepts_response_payload: bool = True
    #: of an event that was not acknowledged before
    retry_attempt: int = 0


@dataclass(eq=False)
class _Connection:
    socket: web.WebSocketResponse
    #: told to go: gets nothing new
    leaving: bool = False
    #: set when another connection has come in its place
    replaced: asyncio.Event = field(default_factory=asyncio.Event)


class Sockets:
    """The app's connections. Used inside the event loop only."""

    def __init__(self, app_id: str, faults: Faults) -> None:
        self._app_id = app_id
        self._faults = faults
        self._tickets: dict[str, float] = {}
        self._connections: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._retiring: set[asyncio.Task[None]] = set()
        self._turn = 0

    @property
    def count(self) -> int:
        """How many connections are open and get something."""
        return len(self._able())

    def ticket(self) -> str:
        """Admits one connection, once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic() + TICKET_LIFE
        return ticket

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its handshake to its end."""
        if self._tickets.pop(request.query.get("ticket", ""), 0.0) < time.monotonic():
            return web.Response(status=401, text="this ticket was used, has expired, or never was")
        socket = web.WebSocketResponse(heartbeat=PING)
        await socket.prepare(request)
        if len(self._connections) >= CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        connection = _Connection(socket)
        self._connections.append(connection)
        try:
            await socket.send_json(self._hello())
            self._let_go()
            await self._listen(socket)
        finally:
            self._connections.remove(connection)
        return socket

    async def deliver(self, envelope: Envelope) -> dict[str, Any]:
        """Send to one connection; returns what the acknowledgement carried, {} where it carried nothing.

        Raises `NotConnected`, or `NotAcknowledged` when nothing came within the app's time.
        """
        acknowledged: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        ids = [str(uuid.uuid4()) for _ in range(2 if self._faults.duplicates else 1)]
        self._waiting |= dict.fromkeys(ids, acknowledged)
        try:
            for envelope_id in ids:
                await self._send(envelope_id, envelope)
            return await asyncio.wait_for(acknowledged, self._faults.patience)
        except TimeoutError:
            raise NotAcknowledged from None
        finally:
            for envelope_id in ids:
                del self._waiting[envelope_id]

    async def disconnect(self, reason: Reason, *, every: bool) -> None:
        """Tell the oldest connection, or each, that it will end; it gets nothing more."""
        staying = [one for one in self._connections if not one.leaving]
        for connection in staying if every else staying[:1]:
            connection.leaving = True
            await connection.socket.send_json(_disconnect(reason))
            if reason == "link_disabled":
                connection.replaced.set()
            task = asyncio.create_task(_retire(connection))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        self._let_go()
        for connection in list(self._connections):
            await connection.socket.close(code=1001, message=b"the simulated Slack ends")

    def _let_go(self) -> None:
        for connection in self._connections:
            if connection.leaving:
                connection.replaced.set()

    async def _send(self, envelope_id: str, envelope: Envelope) -> None:
        content: dict[str, Any] = {
            "envelope_id": envelope_id,
            "type": envelope.type,
            "accepts_response_payload": envelope.accepts_response_payload,
            "payload": envelope.payload,
        }
        if envelope.type == "events_api":
            content["retry_attempt"] = envelope.retry_attempt
            content["retry_reason"] = "timeout" if envelope.retry_attempt else ""
        while True:
            connection = self._next()
            try:
                await connection.socket.send_json(content)
            except ConnectionError:  # it broke just now: it gets nothing more, another one gets this
                connection.leaving = True
            else:
                return

    def _next(self) -> _Connection:
        able = self._able()
        if not able:
            raise NotConnected
        self._turn += 1
        return able[self._turn % len(able)]

    def _able(self) -> list[_Connection]:
        return [one for one in self._connections if not (one.leaving or one.socket.closed)]

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(message)

    def _acknowledge(self, message: Any) -> None:
        try:
            content = message.json()
            waiting = self._waiting.get(content["envelope_id"])
        except (ValueError, KeyError, TypeError):
            log.warning("the app sent what is no acknowledgement", characters=len(message.data))
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(_payload(content))

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {
                "host": "simulated-slack",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }


async def _retire(connection: _Connection) -> None:
    """Close it once another one has come, as Slack does, or when its time is over."""
    with suppress(TimeoutError):
        await asyncio.wait_for(connection.replaced.wait(), GRACE)
    await connection.socket.close()


def _payload(acknowledgement: dict[str, Any]) -> dict[str, Any]:
    payload = acknowledgement.get("payload")
    return payload if isinstance(payload, dict) else {}


def _disconnect(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "simulated-slack"}}
