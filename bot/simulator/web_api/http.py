"""The Web API over HTTP: tokens, rates and scopes before a method runs, Slack's answers after it."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.simulator.core import Core
from bot.simulator.errors import SlackError, invalid
from bot.simulator.web_api import (
    apps,
    bookmarks,
    canvases,
    channel_admin,
    chat,
    conversations,
    files,
    pins,
    reactions,
    usergroups,
    users,
    views,
)
from bot.simulator.web_api.registry import METHODS, Answer, Call, Method

log = structlog.get_logger()
#: Importing them registers their methods.
FAMILIES = (
    apps,
    bookmarks,
    canvases,
    channel_admin,
    chat,
    conversations,
    files,
    pins,
    reactions,
    usergroups,
    users,
    views,
)


class WebApi:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def handle(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        method = METHODS.get(name)
        if method is None:
            return web.json_response(self._unknown(name))
        try:
            arguments = await _arguments(request)
            self._admit(method, _token(request, arguments))
        except SlackError as refusal:
            return web.json_response(_refused(refusal))
        if wait := self._wait(name, method, arguments):
            refused = {"ok": False, "error": "ratelimited"}
            return web.json_response(refused, status=429, headers={"Retry-After": str(wait)})
        return web.json_response(self._run(method, arguments), headers=self._scopes(method))

    def _run(self, method: Method, arguments: Mapping[str, Any]) -> Answer:
        """What the method changed is on disk when this returns."""
        call = Call(core=self._core, arguments=arguments)
        try:
            if method.scope:
                call.need(method.scope)
            with self._core.world.transaction():
                return {"ok": True, **method.run(call)}
        except SlackError as refusal:
            return _refused(refusal)

    def _unknown(self, name: str) -> Answer:
        self._core.unknown_calls.append(name)
        log.error("the app called a method that the simulated Slack does not know", method=name)
        return {"ok": False, "error": "unknown_method", "req_method": name}

    def _admit(self, method: Method, token: str) -> None:
        workspace = self._core.workspace
        known = {"bot": workspace.bot_token, "app": workspace.app_token}
        if not token:
            raise SlackError("not_authed")
        kinds = [kind for kind, value in known.items() if _same(value, token)]
        if not kinds:
            raise SlackError("invalid_auth")
        if method.caller not in kinds:
            raise SlackError("not_allowed_token_type")

    def _wait(self, name: str, method: Method, arguments: Mapping[str, Any]) -> int:
        faults = self._core.faults
        if faults.refuses(name):
            return faults.retry_after
        if not faults.rate_limits:
            return 0
        key = f"{name} {arguments.get(method.rate_by)}" if method.rate_by else name
        return self._core.limiter.wait(key, method.rate)

    def _scopes(self, method: Method) -> dict[str, str]:
        return {
            "x-oauth-scopes": ",".join(sorted(self._core.workspace.scopes)),
            "x-accepted-oauth-scopes": method.scope,
        }


async def _arguments(request: web.Request) -> dict[str, Any]:
    """From the query and from a form or a JSON body."""
    found: dict[str, Any] = dict(request.query)
    if request.method != "POST":
        return found
    if request.content_type == "application/json":
        return found | await _json_body(request)
    form = await request.post()
    for name, value in form.items():
        if not isinstance(value, str):
            raise invalid("invalid_arguments", [f"the simulated Slack takes no files: {name}"])
        found[name] = value
    return found


async def _json_body(request: web.Request) -> dict[str, Any]:
    """The SDKs name JSON where they send no body at all, too."""
    text = await request.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _token(request: web.Request, arguments: dict[str, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = str(arguments.pop("token", "") or "")
    return token.strip() if scheme.lower() == "bearer" else given


def _same(value: str, token: str) -> bool:
    return secrets.compare_digest(value.encode(), token.encode())


def _refused(refusal: SlackError) -> Answer:
    return {"ok": False, "error": refusal.code, **refusal.details}
