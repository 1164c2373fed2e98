"""`/schedule`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import people
from bot.operations.scheduling import standing
from bot.operations.services import Services
from bot.slack.views import help as help_view
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.parse_schedule(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.schedule())
        case grammar.ShowSchedules(database=database):
            call.reply(standing.shown(services, people.meant(services, call.user, database)))
        case unknown:
            assert_never(unknown)
