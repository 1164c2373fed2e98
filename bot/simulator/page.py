"""The page, its stream of changes, and the addresses of single messages."""

import asyncio
import json
import mimetypes
from pathlib import Path

from aiohttp import web

from bot.simulator import canvases
from bot.simulator.answers import Handler, refused
from bot.simulator.core import Core
from bot.simulator.errors import ScriptError, SlackError
from bot.simulator.naming import Naming
from bot.simulator.workspace import Person

FOLDER = Path(__file__).parent / "page"
#: How often the stream says that it is still there, in seconds.
KEEP_ALIVE = 15.0
#: Some systems know these by other names.
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml"}


class Page:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._naming = Naming(core.world)
        self._streams: set[asyncio.Queue[str | None]] = set()

    def routes(self) -> list[web.RouteDef]:
        files = {f"/{path.name}": path for path in FOLDER.iterdir() if path.is_file()}
        files["/"] = FOLDER / "index.html"
        return [
            *(web.get(address, _file(path)) for address, path in files.items()),
            web.get("/simulator/events", self._follow),
            web.get("/docs/{team}/{canvas}", self._canvas),
            web.get(r"/archives/{channel}/p{digits:\d{7,}}", self._permalink),
        ]

    def end(self) -> None:
        """Let every stream end."""
        for changes in self._streams:
            changes.put_nowait(None)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `{"changed": place}` for whatever this person can see."""
        try:
            person = self._naming.person(request.query.get("as"))
        except ScriptError as refusal:
            return refused(refusal)
        changes: asyncio.Queue[str | None] = asyncio.Queue()
        stop = self._core.world.watch(
            lambda place, only: changes.put_nowait(place) if self._concerns(person, place, only) else None
        )
        self._streams.add(changes)
        try:
            return await _stream(request, changes)
        finally:
            self._streams.discard(changes)
            stop()

    def _concerns(self, person: Person, place: str, only: frozenset[str] | None) -> bool:
        if only is not None:
            return person.id in only
        try:
            return self._core.world.sees(person, self._core.world.channel(place))
        except SlackError:
            return False

    async def _canvas(self, request: web.Request) -> web.Response:
        """A canvas's address leads to the channel whose tab it is."""
        place = canvases.place_of(self._core.world, request.match_info["canvas"])
        if place is None:
            return refused(ScriptError(404, "there is no such canvas in a channel"))
        channel = self._core.world.channel(place)
        return web.Response(status=302, headers={"Location": f"/#channel={channel.name}"})

    async def _permalink(self, request: web.Request) -> web.Response:
        """A message's address leads to where the page shows it."""
        digits = request.match_info["digits"]
        try:
            channel = self._core.world.channel(request.match_info["channel"])
        except SlackError:
            return refused(ScriptError(404, "there is no such channel"))
        thread = request.query.get("thread_ts") or f"{digits[:-6]}.{digits[-6:]}"
        place = "dm" if channel.is_direct else channel.name
        return web.Response(status=302, headers={"Location": f"/#channel={place}&thread={thread}"})


async def _stream(request: web.Request, changes: "asyncio.Queue[str | None]") -> web.StreamResponse:
    """Send the changes as they come, until None comes or whoever follows has gone."""
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    try:
        await stream.write(b": the simulated Slack\n\n")
        while True:
            try:
                place = await asyncio.wait_for(changes.get(), KEEP_ALIVE)
            except TimeoutError:
                await stream.write(b": still here\n\n")
                continue
            if place is None:
                return stream
            await stream.write(f"data: {json.dumps({'changed': place})}\n\n".encode())
    except ConnectionError:  # nobody follows any more
        return stream


def _file(path: Path) -> Handler:
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8")

    return handle
