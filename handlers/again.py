"""One tap asks again for what expired or became void: with fresh facts, and for the same reason."""

from collections.abc import Mapping

from bot.operations import approval
from bot.operations.services import Services
from handlers.calls import Call
from handlers.errors import Act


def among(commands: Mapping[str, Act]) -> Act:
    """ "Ask again", of these commands; the value is the request's id. Whoever taps is the one who asks."""

    def button(services: Services, call: Call) -> None:
        request = approval.load(services, call.text)
        name, _, words = request.plan.again.removeprefix("/").removesuffix("REASON").partition(" ")
        commands[name](services, call.saying(f"{words}{request.reason}"))

    return button
