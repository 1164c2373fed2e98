"""`/traffic`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import channels, people, switching
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import replies
from bot.slack.views import traffic as view
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.parse_traffic(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.traffic())
        case grammar.TrafficStatus(database=database):
            names = people.meant(services, call.user, database)
            call.reply(view.standing(switching.look(services, names)))
        case grammar.StopTraffic(database=database, reason=reason):
            _switch(services, call, switching.stop, database, reason)
        case grammar.StartTraffic(database=database, reason=reason):
            _switch(services, call, switching.start, database, reason)
        case unknown:
            assert_never(unknown)


def _switch(services: Services, call: Call, act: switching.Act, database: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.for_everybody(services, database, call.user)
    operation = act(services, database, reason, call.user, channel)
    call.reply(replies.started_elsewhere(operation, channel))
