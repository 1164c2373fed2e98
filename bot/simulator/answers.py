"""How scripts and the page are answered: JSON, and refusals as `{"ok": false, "error", "hint"}`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.errors import SecondkeyError
from bot.simulator.errors import ScriptError, SlackError

Handler = Callable[[web.Request], Awaitable[web.Response]]
#: What Slack's refusals of people's deeds mean.
_HINTS = {
    "message_not_found": "there is no message with this ts in this channel, or only somebody else sees it",
    "already_reacted": "this person has already reacted with it",
    "no_reaction": "this person has not reacted with it",
    "invalid_name": "this is no emoji that is known here, such as white_check_mark",
    "cant_update_message": "only its author edits a message",
    "cant_delete_message": "only its author deletes a message",
    "not_found": "this view is not open for this person: GET /simulator/views?user=",
}


def told(ask: Callable[[Mapping[str, str]], Any]) -> Handler:
    """Answers with what is asked for in the query."""

    async def work(request: web.Request) -> Any:
        return ask(request.query)

    return _answering(work)


def with_body(act: Callable[[Mapping[str, Any]], Awaitable[Any]]) -> Handler:
    """Answers with what came of a deed that is described in the body."""

    async def work(request: web.Request) -> Any:
        return await act(await _body(request))

    return _answering(work)


def refused(refusal: ScriptError) -> web.Response:
    body = {"ok": False, "error": refusal.error, "hint": refusal.hint, **refusal.details}
    return web.json_response(body, status=refusal.status)


def _answering(work: Callable[[web.Request], Awaitable[Any]]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await work(request))
        except ScriptError as refusal:
            return refused(refusal)
        except SlackError as refusal:
            hint = _HINTS.get(refusal.code, "")
            return refused(ScriptError(409, refusal.code, hint, **refusal.details))
        except SecondkeyError as failure:
            return refused(ScriptError(422, failure.reason, failure.hint))

    return handle


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise ScriptError(400, "the body is not JSON", 'such as {"user": "U00000001"}') from None
    if not isinstance(body, dict):
        raise ScriptError(400, "the body is not an object", 'such as {"user": "U00000001"}')
    return body
