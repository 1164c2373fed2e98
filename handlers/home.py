"""App Home, `/secondkey` and mentions: where people look first."""

from bot.domain import grammar
from bot.errors import UsageError
from bot.operations import listing
from bot.operations.services import Services
from bot.slack.views import help as help_view
from handlers import backup, requests, restore, traffic, verify
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    """`/secondkey <any command>`; alone, it helps and shows what is open now."""
    name, rest = grammar.split_command(call.text)
    match name:
        case "backup":
            backup.command(services, call.saying(rest))
        case "verify":
            verify.command(services, call.saying(rest))
        case "restore":
            restore.command(services, call.saying(rest))
        case "requests":
            requests.command(services, call.saying(rest))
        case "traffic":
            traffic.command(services, call.saying(rest))
        case "" | "help":
            open_now = listing.open_now(services, call.user)
            call.reply(help_view.everything(open_now))
        case _:
            raise UsageError(
                f"there is no command {name[:60]!r} yet",
                "`/secondkey backup …`, `/secondkey verify …`, `/secondkey restore …`, "
                "`/secondkey requests`, `/secondkey traffic …`, `/secondkey help`",
            )


def opened(services: Services, call: Call) -> None:
    """The home of whoever opened it."""
    call.reply(listing.home(services, call.user))
