"""`/requests`: parse, look up, reply."""

from bot.domain import grammar
from bot.errors import UsageError
from bot.operations import open_requests
from bot.operations.services import Services
from bot.slack.views import help as help_view
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.split_command(call.text)[0]:
        case "":
            call.reply(open_requests.listed(services, call.user))
        case "help":
            call.reply(help_view.requests())
        case word:
            raise UsageError(f"{word[:60]!r} is not understood here", "`/requests` shows every open request")
