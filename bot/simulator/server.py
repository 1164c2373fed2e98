"""The simulated Slack as a server: one loopback port for the page, scripts, the Web API and Socket Mode."""

import asyncio
import errno
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, closing
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

from aiohttp import web

from bot.asked import Asked
from bot.errors import SecondkeyError
from bot.simulator import files, response_urls
from bot.simulator.answers import Handler, refused
from bot.simulator.core import Core
from bot.simulator.errors import ScriptError, SlackError
from bot.simulator.faults import Faults
from bot.simulator.guards import add_headers, guard
from bot.simulator.page import Page
from bot.simulator.script_api import ScriptApi
from bot.simulator.sockets import Reason
from bot.simulator.store import Store
from bot.simulator.web_api.http import WebApi
from bot.simulator.workspace import Workspace, demo_workspace
from bot.simulator.world import World

HOST = "127.0.0.1"
#: How long starting and stopping may take, in seconds.
LIMIT = 20.0
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})


class Simulator:
    """Runs in a thread of its own from `start` to `stop`.

    `directory` None forgets everything at the end. `disasters` is called with one of `disaster_kinds`, in
    another thread, and returns when it has happened.
    """

    def __init__(
        self,
        port: int,
        directory: Path | None,
        workspace: Workspace,
        disasters: Callable[[str], object] | None = None,
        disaster_kinds: Iterable[str] = (),
    ) -> None:
        self._port = port
        self._given = workspace
        self._directory = directory
        self._disasters = (disasters, tuple(disaster_kinds))
        self.faults = Faults()
        self._core: Core | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:8040`; known once it has started."""
        return self._started.url

    @property
    def workspace(self) -> Workspace:
        """What the workspace began with, tokens included; once started, as it was remembered."""
        return self._core.workspace if self._core else self._given

    @property
    def unknown_calls(self) -> list[str]:
        """The Web API methods that were called and are not known here."""
        return self._core.unknown_calls if self._core else []

    @property
    def connections(self) -> int:
        """How many connections of the app are open and wanted."""
        return self._started.sockets.count

    def start(self) -> None:
        """Returns when it answers. Raises `SecondkeyError` where the port or the folder is taken."""
        started: Future[None] = Future()
        self._thread = Thread(target=self._run, args=(started,), name="simulated-slack", daemon=True)
        self._thread.start()
        started.result(LIMIT)

    def stop(self) -> None:
        """Close every connection and end. Safe to repeat."""
        thread, loop, ending = self._thread, self._loop, self._ending
        if thread is None or loop is None or ending is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(ending.set)
        thread.join(LIMIT)

    def disconnect(self, reason: Reason, *, every: bool = False) -> None:
        """Tell the oldest of the app's connections, or each, to go, as Slack does."""
        self._do(self._started.sockets.disconnect(reason, every=every))

    @property
    def _started(self) -> Core:
        if self._core is None:
            raise RuntimeError("the simulated Slack was not started")
        return self._core

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            raise RuntimeError("the simulated Slack was not started")
        asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT)

    def _run(self, started: "Future[None]") -> None:
        try:
            asyncio.run(self._serve(started))
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(self, started: "Future[None]") -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = ending = asyncio.Event()
        with closing(Store(self._directory)) as store:
            core = Core(World(store, self._given), self.faults, *self._disasters)
            async with _answering(core, self._port):
                self._core = core
                started.set_result(None)
                await ending.wait()


@asynccontextmanager
async def _answering(core: Core, port: int) -> AsyncIterator[None]:
    """Answer on the port while the block runs; `core.url` is known inside."""
    page = Page(core)
    runner = web.AppRunner(_application(core, page), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        core.url = await _listen(runner, port)
        yield
    finally:
        page.end()
        await core.events.close()
        await core.sockets.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> str:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise SecondkeyError(
            f"port {port} of {HOST} cannot be used: {error.strerror}",
            "end what uses it, or choose another one: --port",
        ) from error
    return f"http://{HOST}:{runner.addresses[0][1]}"


def _application(core: Core, page: Page) -> web.Application:
    application = web.Application(middlewares=[guard])
    application.on_response_prepare.append(add_headers)
    application.add_routes(
        [
            *page.routes(),
            *ScriptApi(core).routes(),
            web.route("*", "/api/{method}", WebApi(core).handle),
            web.get("/link/", core.sockets.connect),
            web.post("/response/{token}", _response_url(core)),
            web.post("/upload/{file}/{token}", _upload(core)),
            web.get("/files/{file}/{name}", _download(core)),
            web.route("*", "/{anything:.*}", _nothing_here),
        ]
    )
    return application


def _response_url(core: Core) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        """`ok`, or Slack's code."""
        try:
            response_urls.use(core.world, request.match_info["token"], await request.json())
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
        except SlackError as refusal:
            status = 404 if refusal.code in ("used_url", "expired_url") else 400
            return web.json_response({"ok": False, "error": refusal.code, **refusal.details}, status=status)
        return web.Response(text="ok")

    return handle


def _upload(core: Core) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        """`OK - length`, or Slack's code."""
        content = await request.read()
        try:
            with core.world.transaction():
                files.receive(core.world, request.match_info["file"], request.match_info["token"], content)
        except SlackError as refusal:
            return web.Response(text=refusal.code, status=400)
        return web.Response(text=f"OK - {len(content)}")

    return handle


def _download(core: Core) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        """For the page: here nobody needs a token. What could run in it is not shown there."""
        try:
            name, content = files.content_of(core.world, request.match_info["file"])
        except SlackError:
            return await _nothing_here(request)
        kind = files.kind_of(name)
        return web.Response(
            body=content, content_type=kind if kind in _PICTURES else "application/octet-stream"
        )

    return handle


async def _nothing_here(request: web.Request) -> web.Response:
    hint = "the page is at /, the scripts' JSON under /simulator/, Slack's Web API under /api/"
    return refused(ScriptError(404, f"there is nothing at {request.method} {request.path}", hint))


def serve(port: int, directory: Path | None, manifest: Mapping[str, Any] | None = None) -> None:
    """Run alone until SIGINT or SIGTERM, with an app of this manifest installed."""
    simulator = Simulator(port, directory, demo_workspace().with_manifest(manifest or {}))
    ending = Asked()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        simulator.start()
        print(_welcome(simulator), flush=True)  # noqa: T201 - it is for the person who started it
        ending.wait()
    finally:
        simulator.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _welcome(simulator: Simulator) -> str:
    workspace = simulator.workspace
    return f"""
The simulated Slack is ready: {simulator.url}

  slack.api_url  {simulator.url}/api/
  bot token      {workspace.bot_token}
  app token      {workspace.app_token}

Nothing here is real Slack: the tokens are worth nothing elsewhere. Ctrl-C ends it.
"""
