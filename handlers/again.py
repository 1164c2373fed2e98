"""One tap asks again for what expired or became void: with fresh facts, and for the same reason."""

from collections.abc import Mapping

from bot.operations import approval
from bot.operations.services import Services
from handlers.calls import Call
from handlers.errors import Act


def among(commands: Mapping[str, Act]) -> Act:
    """ "Ask again"; the value is the request's id. Whoever taps asks, by the same rules as with the command."""

    def button(services: Services, call: Call) -> None:
        request = approval.load(services, call.text)
        name, _, words = request.plan.again.removeprefix("/").removesuffix("REASON").partition(" ")
        commands[name](services, call.saying(f"{words}{request.reason}"))

    return button
