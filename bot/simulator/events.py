"""Events: what the app subscribed to and may see, again and again until it acknowledges."""

import asyncio
import secrets
import time
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog

from bot.simulator.faults import Faults
from bot.simulator.sockets import Envelope, NotAcknowledged, NotConnected, Sockets
from bot.simulator.workspace import Channel
from bot.simulator.world import World

log = structlog.get_logger()

#: The scope that each event needs; an event without one needs none.
SCOPES = {
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


class Events:
    def __init__(self, world: World, sockets: Sockets, faults: Faults) -> None:
        self._world = world
        self._sockets = sockets
        self._faults = faults
        self._running: set[asyncio.Task[None]] = set()

    async def send(self, name: str, event: Mapping[str, Any], channel: Channel | None) -> bool:
        """Deliver to the app what it may know; returns whether it has acknowledged by now.

        `name` is that of the subscription. Unacknowledged events are repeated in the background.
        """
        if not self._wanted(name, channel):
            return False
        if self._faults.lost_events:
            return True
        payload = self._callback(event)
        if await self._try(payload, attempt=0):
            return True
        self._keep(self._repeat(payload))
        return False

    def soon(self, name: str, event: Mapping[str, Any], channel: Channel) -> None:
        """Deliver in the background: what the app itself did comes back to it as an event too."""
        self._keep(self._send_quietly(name, event, channel))

    async def close(self) -> None:
        """Give up what is still to be repeated."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send_quietly(self, name: str, event: Mapping[str, Any], channel: Channel) -> None:
        await self.send(name, event, channel)

    def _wanted(self, name: str, channel: Channel | None) -> bool:
        workspace = self._world.workspace
        scope = SCOPES.get(name)
        return (
            name in workspace.events
            and (scope is None or scope in workspace.scopes)
            and (channel is None or workspace.bot_user_id in channel.members)
        )

    async def _repeat(self, payload: dict[str, Any]) -> None:
        for attempt, delay in enumerate(self._faults.retry_delays, start=1):
            await asyncio.sleep(delay)
            if await self._try(payload, attempt):
                return
        log.warning("an event was never acknowledged", event_id=payload["event_id"])

    async def _try(self, payload: dict[str, Any], attempt: int) -> bool:
        envelope = Envelope(
            type="events_api", payload=payload, accepts_response_payload=False, retry_attempt=attempt
        )
        try:
            await self._sockets.deliver(envelope)
        except (NotConnected, NotAcknowledged):
            return False
        return True

    def _callback(self, event: Mapping[str, Any]) -> dict[str, Any]:
        workspace = self._world.workspace
        return {
            "token": "simulated",
            "team_id": workspace.id,
            "context_team_id": workspace.id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": dict(event),
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.id,
                    "user_id": workspace.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
