"""`/backup`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain import grammar
from bot.domain.backup import Backup, Kind
from bot.operations import (
    asking,
    backup,
    catalogue,
    channels,
    floors,
    listing,
    people,
    pinning,
    retaining,
)
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import replies
from bot.slack.views import retention as retention_view
from handlers.calls import Call
from handlers.reasons import ask_why


def command(services: Services, call: Call) -> None:
    match grammar.parse_backup(call.text, list(services.settings.databases)):
        case grammar.Help():
            call.reply(help_view.backup())
        case grammar.List(database=database):
            _list(services, call, database)
        case grammar.Show(id=backup_id):
            _show(services, call, backup_id)
        case grammar.Delete(id=backup_id, reason=reason):
            _delete(services, call, backup_id, reason)
        case grammar.Pin(id=backup_id, reason=reason):
            _pin(services, call, backup_id, reason)
        case grammar.Unpin(id=backup_id):
            _unpin(services, call, backup_id)
        case grammar.Retention(database=database):
            people.refuse_unless_requester(services, call.user, database)
            call.reply(retaining.shown(services, database))
        case grammar.LowerRetention(database=database, reason=reason):
            _lower(services, call, database, reason)
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
    call.reply(listing.one(services, _open_to(services, call, backup_id)))


def _delete(services: Services, call: Call, backup_id: str, reason: str) -> None:
    found = _open_to(services, call, backup_id)
    if not reason:
        ask_why(call, "backup", f"delete {backup_id}")
        return
    operation = asking.delete(services, backup_id, reason, call.user)
    call.reply(replies.started_in(operation, services.database(found.manifest.database).channel))


def _pin(services: Services, call: Call, backup_id: str, reason: str) -> None:
    _open_to(services, call, backup_id)
    if not reason:
        ask_why(call, "backup", f"pin {backup_id}", alone=True)
        return
    pinning.pin(services, backup_id, reason, call.user)
    call.reply(retention_view.pinned(backup_id))


def _unpin(services: Services, call: Call, backup_id: str) -> None:
    _open_to(services, call, backup_id)
    pinning.unpin(services, backup_id, call.user)
    call.reply(retention_view.unpinned(backup_id))


def _lower(services: Services, call: Call, database: str, reason: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if not reason:
        ask_why(call, "backup", f"retention lower {database}")
        return
    operation = floors.request(services, database, reason, call.user)
    call.reply(replies.started_in(operation, services.database(database).channel))


def _open_to(services: Services, call: Call, backup_id: str) -> Backup:
    found = catalogue.find(services, backup_id)
    people.refuse_unless_requester(services, call.user, found.manifest.database)
    return found
