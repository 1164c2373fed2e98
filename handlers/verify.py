"""`/verify`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.operations import accept, catalogue, channels, people, verify
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import replies
from handlers.calls import Call
from handlers.reasons import ask_why


def command(services: Services, call: Call) -> None:
    match grammar.parse_verify(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.verify())
        case grammar.Verify(database=database):
            start(services, call, database)
        case grammar.Accept(database=database, reason=reason):
            start_accept(services, call, database, reason)
        case grammar.Retest(id=backup_id):
            _retest(services, call, backup_id)
        case unknown:
            assert_never(unknown)


def start(services: Services, call: Call, database: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.where_asked(services, database, call.channel, call.user)
    operation = verify.request(services, database, call.user, channel)
    if channel != call.channel:
        call.reply(replies.started_elsewhere(operation, channel))


def start_accept(services: Services, call: Call, database: str, reason: str = "") -> None:
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.for_everybody(services, database, call.user)
    operation = accept.request(services, database, reason, call.user, channel)
    if channel != call.channel:
        call.reply(replies.started_elsewhere(operation, channel))


def button(services: Services, call: Call) -> None:
    """ "Verify again"; the value names the database."""
    start(services, call, call.text)


def accept_button(services: Services, call: Call) -> None:
    start_accept(services, call, call.text)


def ask_button(services: Services, call: Call) -> None:
    """ "Ask a second person"; the value names the database."""
    people.refuse_unless_requester(services, call.user, call.text)
    ask_why(call, "verify", f"accept {call.text}")


def _retest(services: Services, call: Call, backup_id: str) -> None:
    database = catalogue.find(services, backup_id).manifest.database
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.for_everybody(services, database, call.user)
    operation = verify.request_retest(services, backup_id, call.user, channel)
    if channel != call.channel:
        call.reply(replies.started_elsewhere(operation, channel))
