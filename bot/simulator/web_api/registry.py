"""The Web API's methods by name, and what a call of one brings with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.simulator.content import read_json
from bot.simulator.core import Core
from bot.simulator.errors import SlackError, invalid
from bot.simulator.rate_limits import TIER_3, Rate
from bot.simulator.workspace import Channel
from bot.simulator.world import World

Answer = dict[str, Any]
Caller = Literal["bot", "app"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: who may call was checked before."""

    core: Core
    #: from a form or a query as text, from a JSON body as it is
    arguments: Mapping[str, Any]

    @property
    def world(self) -> World:
        return self.core.world

    def text(self, name: str, otherwise: str = "") -> str:
        value = self.arguments.get(name)
        return otherwise if value is None or value == "" else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str, otherwise: bool = False) -> bool:
        value = self.arguments.get(name)
        return otherwise if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A count between 1 and `most`; 0 and nothing stand for the default."""
        value = self.text(name, "0")
        if not value.isdecimal():
            raise invalid("invalid_arguments", [f"must be a number: {name}"])
        return min(int(value) or otherwise, most)

    def structure(self, name: str) -> Any:
        return read_json(self.arguments, name, "invalid_arguments")

    def need(self, scope: str) -> None:
        """Raises `missing_scope` where the app was not granted it."""
        provided = self.core.workspace.scopes
        if scope not in provided:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(provided)))

    def channel(self, argument: str = "channel") -> Channel:
        """A channel that the app can see; to anything else Slack says that it is not there."""
        channel = self.world.channel(self.required(argument))
        if (channel.is_private or channel.is_direct) and self.world.app.id not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def joined_channel(self, argument: str = "channel") -> Channel:
        """A channel that the app is in."""
        channel = self.channel(argument)
        if self.world.app.id not in channel.members:
            raise SlackError("not_in_channel")
        return channel


@dataclass(frozen=True, kw_only=True)
class Method:
    run: Callable[[Call], Answer]
    #: empty where the scope hangs on the arguments: the method asks for it itself
    scope: str
    rate: Rate
    #: whose token it takes
    caller: Caller
    #: the argument that has a rate of its own for each value
    rate_by: str


METHODS: dict[str, Method] = {}


def method(
    name: str, *, scope: str = "", rate: Rate = TIER_3, caller: Caller = "bot", rate_by: str = ""
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a function as a method of the Web API. It may raise `SlackError`; `ok` is added for it."""

    def register(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        METHODS[name] = Method(run=run, scope=scope, rate=rate, caller=caller, rate_by=rate_by)
        return run

    return register
