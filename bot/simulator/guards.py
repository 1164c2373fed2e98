"""Who may talk to the simulated Slack: programs on this machine, and its own page in a browser."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.simulator.answers import refused
from bot.simulator.errors import ScriptError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@web.middleware
async def guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse other names for this address (DNS rebinding), and pages of other origins in a browser."""
    if _host_name(request) not in _LOOPBACK:
        return refused(ScriptError(403, "this is not an address of the simulated Slack", "use 127.0.0.1"))
    if _is_foreign(request):
        return refused(ScriptError(403, "pages of other origins may not use the simulated Slack"))
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """On every answer: nothing is kept, guessed or framed."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _host_name(request: web.Request) -> str | None:
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:
        return None


def _is_foreign(request: web.Request) -> bool:
    """A browser names the origin of what it does for a page; programs send neither header."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != f"http://{request.host}"
    return request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
