"""`/restore`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import asking, catalogue, people
from bot.operations.services import Services
from bot.slack.views import approval as approval_view
from bot.slack.views import help as help_view
from bot.slack.views import restore as view
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.parse_restore(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.restore())
        case grammar.Cards():
            call.reply(help_view.restore())
        case grammar.Restore(database=database, id=backup_id, reason=reason):
            name = database or catalogue.find(services, str(backup_id)).manifest.database
            _ask(services, call, name, backup_id, reason)
        case grammar.Undo(database=database, reason=reason):
            people.refuse_unless_requester(services, call.user, database)
            asking.undo(services, database, reason, call.user)
            _reply(services, call, database)
        case grammar.Cancel(database=database):
            call.reply(approval_view.outcome(asking.cancel(services, database, call.user)))
        case unknown:
            assert_never(unknown)


def _ask(services: Services, call: Call, database: str, backup_id: str | None, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    asking.restore(services, database, backup_id, reason, call.user)
    _reply(services, call, database)


def _reply(services: Services, call: Call, database: str) -> None:
    channel = services.slack.channel(services.database(database).channel)
    call.reply(view.planning(database, channel.id))
