"""The JSON under /simulator/: what people do and see, for scripts and for the page."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.simulator import administration, canvases, interactions, messages, reading, talk, views
from bot.simulator.answers import told, with_body
from bot.simulator.core import Core
from bot.simulator.errors import ScriptError, SlackError
from bot.simulator.messages import Message
from bot.simulator.naming import Naming
from bot.simulator.workspace import Channel, Person

Body = Mapping[str, Any]


class ScriptApi:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._naming = Naming(core.world)
        self._disaster = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        asked: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "people": lambda _: reading.people(self._core.world),
            "channels": lambda _: reading.channels(self._core.world),
            "groups": lambda _: reading.groups(self._core.world),
            "commands": lambda _: reading.commands(self._core.workspace),
            "disasters": lambda _: list(self._core.disaster_kinds),
            "messages": self._messages,
            "views": self._views,
            "canvases": self._canvases,
        }
        done: dict[str, Callable[[Body], Awaitable[Any]]] = {
            "command": self._command,
            "message": self._message,
            "edit": self._edit,
            "reaction": self._reaction,
            "action": self._action,
            "home": self._home,
            "submit": self._submit,
            "disaster": self._bring_about,
            "delete": self._delete,
            "channel": self._channel,
            "group": lambda body: administration.change_group(self._core, body),
            "person": lambda body: administration.change_person(self._core, body),
        }
        return [
            *(web.get(f"/simulator/{name}", told(ask)) for name, ask in asked.items()),
            *(web.post(f"/simulator/{name}", with_body(act)) for name, act in done.items()),
        ]

    def _messages(self, query: Mapping[str, str]) -> list[Message]:
        reader = self._naming.person(query["as"]) if query.get("as") else None
        channel = self._naming.channel(query.get("channel"), reader)
        return reading.timeline(self._core.world, channel, reader)

    def _canvases(self, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        reader = self._naming.person(query["as"]) if query.get("as") else None
        channel = self._naming.channel(query.get("channel"), reader)
        return canvases.of_channel(self._core.world, channel)

    def _views(self, query: Mapping[str, str]) -> list[views.View]:
        person = self._naming.person(query.get("user"))
        home = views.home(self._core.world, person.id)
        return [*([home] if home else []), *views.modals(self._core.world, person.id)]

    async def _command(self, body: Body) -> Body:
        person, channel = self._place(body)
        if body.get("thread_ts"):
            raise ScriptError(400, "slash commands are not supported in threads", "mention the app there")
        name = "/" + _text(body, "command").strip().lstrip("/").lower()
        return await interactions.command(self._core, person, channel, name, str(body.get("text") or ""))

    async def _message(self, body: Body) -> Body:
        person, channel = self._place(body)
        thread_ts = str(body.get("thread_ts") or "")
        message = await talk.say(self._core, person, channel, _text(body, "text"), thread_ts)
        return {"ok": True, "ts": message["ts"], "message": message}

    async def _edit(self, body: Body) -> Body:
        person, channel = self._place(body)
        message = await talk.edit(self._core, person, channel, _text(body, "ts"), _text(body, "text"))
        return {"ok": True, "message": message}

    async def _reaction(self, body: Body) -> Body:
        person, channel = self._place(body)
        name, ts, remove = _text(body, "name").strip(":"), _text(body, "ts"), bool(body.get("remove"))
        message = await talk.react(self._core, person, channel, ts, name, remove=remove)
        return {"ok": True, "reactions": message.get("reactions", [])}

    async def _action(self, body: Body) -> Body:
        _text(body, "action_id")
        if body.get("view_id"):
            return await interactions.tap_view(self._core, *self._view(body), body)
        person, channel = self._place(body)
        message = self._seen(channel, person, _text(body, "ts"))
        return await interactions.tap(self._core, person, channel, message, body)

    async def _home(self, body: Body) -> Body:
        return await interactions.open_home(self._core, self._naming.person(body.get("user")))

    async def _submit(self, body: Body) -> Body:
        person, view = self._view(body)
        values = body.get("values") or {}
        if view["type"] != "modal":
            raise ScriptError(400, "only a modal can be submitted", "use what is in a Home by action")
        if not isinstance(values, Mapping):
            raise ScriptError(400, "values are block id → action id → value", "send an object")
        return await interactions.submit(self._core, person, view, values)

    async def _bring_about(self, body: Body) -> Body:
        """Answers when it has happened. One at a time; the simulated Slack goes on meanwhile."""
        kind, disasters = _text(body, "kind"), self._core.disasters
        if disasters is None or kind not in self._core.disaster_kinds:
            offered = ", ".join(self._core.disaster_kinds) or "none: this is not a demo"
            raise ScriptError(404, f"there is no disaster {kind!r}", f"there are: {offered}")
        async with self._disaster:
            await asyncio.to_thread(disasters, kind)
        return {"ok": True, "kind": kind}

    async def _delete(self, body: Body) -> Body:
        """With a `user`, their own message; without, as an admin may delete anybody's."""
        if body.get("user"):
            await talk.take_back(self._core, *self._place(body), _text(body, "ts"))
            return {"ok": True}
        channel = self._naming.channel(body.get("channel"), None)
        return await administration.delete(self._core, channel, _text(body, "ts"))

    async def _channel(self, body: Body) -> Body:
        channel = self._naming.channel(body.get("channel"), None)
        return await administration.change_channel(self._core, channel, body)

    def _place(self, body: Body) -> tuple[Person, Channel]:
        person = self._naming.person(body.get("user"))
        channel = self._naming.channel(body.get("channel"), person)
        if channel.is_archived:
            raise ScriptError(409, f"#{channel.name} is archived", "nothing can be done there any more")
        return person, channel

    def _view(self, body: Body) -> tuple[Person, views.View]:
        person = self._naming.person(body.get("user"))
        return person, views.find(self._core.world, person.id, _text(body, "view_id"))

    def _seen(self, channel: Channel, person: Person, ts: str) -> Message:
        """A message as this person sees it, be it for them alone."""
        try:
            return messages.find(self._core.world, channel, ts)
        except SlackError:
            return messages.find_private(self._core.world, channel, person.id, ts)


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ScriptError(400, f"{name!r} is missing", "it is text, and not empty")
    return value
