"""`/backup`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.domain.backup import Kind
from bot.operations import backup, catalogue, channels, listing, people
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import replies
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    match grammar.parse_backup(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.backup())
        case grammar.List(database=database):
            _list(services, call, database)
        case grammar.Show(id=backup_id):
            _show(services, call, backup_id)
        case grammar.Backup(database=database, emergency=emergency, reason=reason):
            start(services, call, database, Kind.EMERGENCY if emergency else Kind.MANUAL, reason)
        case unknown:
            assert_never(unknown)


def start(services: Services, call: Call, database: str, kind: Kind, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    channel = channels.for_everybody(services, database, call.user)
    operation = backup.request(services, database, kind, reason, call.user, channel)
    if channel != call.channel:
        call.reply(replies.started_elsewhere(operation, channel))


def button(services: Services, call: Call) -> None:
    """ "Back up now"; the value names the database."""
    start(services, call, call.text, Kind.MANUAL, "asked by button")


def emergency_button(services: Services, call: Call) -> None:
    start(services, call, call.text, Kind.EMERGENCY, "asked by button")


def _list(services: Services, call: Call, database: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    call.reply(listing.backups(services, database))


def _show(services: Services, call: Call, backup_id: str) -> None:
    found = catalogue.find(services, backup_id)
    people.refuse_unless_requester(services, call.user, found.manifest.database)
    call.reply(listing.one(services, found))
