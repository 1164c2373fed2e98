"""App Home, `/secondkey` and mentions: where people look first."""

from bot.domain import grammar
from bot.errors import UsageError
from bot.operations import listing
from bot.operations.services import Services
from bot.slack.views import help as help_view
from handlers import backup, deploy, drill, incident, requests, restore, schedule, traffic, verify, watch
from handlers.calls import Call
from handlers.errors import Act

_COMMANDS: dict[str, Act] = {
    "backup": backup.command,
    "verify": verify.command,
    "restore": restore.command,
    "deploy": deploy.command,
    "drill": drill.command,
    "schedule": schedule.command,
    "incident": incident.command,
    "watch": watch.command,
    "traffic": traffic.command,
    "requests": requests.command,
}


def command(services: Services, call: Call) -> None:
    """`/secondkey <any command>`; alone, it helps and shows what is open now."""
    name, rest = grammar.split_command(call.text)
    if (act := _COMMANDS.get(name)) is not None:
        act(services, call.saying(rest))
    elif name in {"", "help"}:
        call.reply(help_view.everything(listing.open_now(services, call.user)))
    else:
        known = ", ".join(f"`/secondkey {each}`" for each in (*_COMMANDS, "help"))
        raise UsageError(f"there is no command {name[:60]!r} yet", known)


def opened(services: Services, call: Call) -> None:
    """The home of whoever opened it."""
    call.reply(listing.home(services, call.user))
