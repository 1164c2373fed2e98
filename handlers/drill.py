"""`/drill`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import channels, drilled, drilling, people
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import replies
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.parse_drill(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.drill())
        case grammar.Drill(database=database, id=backup_id):
            _hold(services, call, database or drilling.database_of(services, backup_id), backup_id)
        case grammar.DrillList(database=database):
            call.reply(drilled.history(services, people.meant(services, call.user, database)))
        case grammar.DrillStatus(database=database):
            call.reply(drilled.status(services, people.meant(services, call.user, database)))
        case unknown:
            assert_never(unknown)


def _hold(services: Services, call: Call, database: str, backup_id: str | None) -> None:
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.for_everybody(services, database, call.user)
    operation = drilling.request(services, database, backup_id, call.user, channel)
    if channel != call.channel:
        call.reply(replies.started_elsewhere(operation, channel))
