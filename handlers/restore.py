"""`/restore`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import asking, catalogue, offering, people
from bot.operations.services import Services
from bot.slack.views import approval as approval_view
from bot.slack.views import help as help_view
from bot.slack.views import kept_aside as kept_view
from bot.slack.views import offer as view
from handlers.calls import Call
from handlers.reasons import ask_why


def command(services: Services, call: Call) -> None:
    match grammar.parse_restore(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.restore())
        case grammar.Cards():
            call.reply(offering.cards(services, call.user))
        case grammar.Restore(database=database, id=backup_id, reason=reason):
            _restore(services, call, database or _database_of(services, backup_id), backup_id, reason)
        case grammar.Undo(database=database, reason=reason):
            _undo(services, call, database, reason)
        case grammar.Drop(database=database, name=name, reason=reason):
            _drop(services, call, database, name, reason)
        case grammar.Cancel(database=database):
            call.reply(approval_view.outcome(asking.cancel(services, database, call.user)))
        case unknown:
            assert_never(unknown)


def button(services: Services, call: Call) -> None:
    """ "Ask for this one"; the value is the backup's id, which says of which database it is."""
    _restore(services, call, _database_of(services, call.text), call.text, "")


def _restore(services: Services, call: Call, database: str, backup_id: str | None, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "restore", f"{database} {backup_id}" if backup_id else database)
        return
    asking.restore(services, database, backup_id, reason, call.user)
    _follow(services, call, database)


def _undo(services: Services, call: Call, database: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "restore", f"undo {database}")
        return
    asking.undo(services, database, reason, call.user)
    _follow(services, call, database)


def _drop(services: Services, call: Call, database: str, name: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "restore", f"drop {database} {name}")
        return
    asking.drop(services, database, name, reason, call.user)
    channel = services.slack.channel(services.database(database).channel)
    call.reply(kept_view.planning(database, name, channel.id))


def _database_of(services: Services, backup_id: str | None) -> str:
    return catalogue.find(services, backup_id or "").manifest.database


def _follow(services: Services, call: Call, database: str) -> None:
    channel = services.slack.channel(services.database(database).channel)
    call.reply(view.planning(database, channel.id))
