"""What people look up without starting anything: backups, what runs now, the home."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice, losses
from bot.domain.operation import Operation, Progress
from bot.domain.overview import Overview
from bot.operations import catalogue, overview, people, traffic
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import backup as view
from bot.slack.views import home as home_view
from bot.slack.views.traffic import reminding
from bot.store import alerts, operations, retained

#: What waits or runs is among so many of a database's newest operations.
RECENT = 50


def backups(services: Services, database: str) -> Message:
    """`/backup list`; raises `NotFound`."""
    rules = services.database(database).rules
    known = catalogue.known(services, database)
    untrusted = [(entry.id, entry.problem.reason) for entry in catalogue.unlisted(services, known, database)]
    message = view.catalogue(
        database,
        known,
        default_choice(known),
        losses(known, rules),
        services.store.now(),
        untrusted,
        held(services, database),
    )
    with services.store.transaction() as connection:
        return reminding(message, database, traffic.stopped(connection, database))


def held(services: Services, *databases: str) -> dict[str, str]:
    """Backups that retention does not delete, whatever their age: id → who pinned it, or what names it."""
    with services.store.transaction() as connection:
        return {
            backup_id: what
            for database in databases
            for backup_id, what in retained.held(connection, database).items()
        }


def one(services: Services, backup: Backup) -> Message:
    """`/backup show ID`."""
    return view.shown(backup, services.store.now())


def open_now(services: Services, user_id: str) -> list[Operation]:
    """Operations that wait or run, of the databases that this person may ask about."""
    return _open_of(services, people.open_to(services, user_id))


def home(services: Services, user_id: str) -> Message:
    """The App Home, with the databases that this person may ask about."""
    names = people.open_to(services, user_id)
    with services.store.transaction() as connection:
        known = overview.read(services, connection, names)
        own_alerts = [alert for alert in alerts.all_open(connection) if not alert.cause.database]
    shown = [_as_it_lies(services, each) for each in known]
    return home_view.home(shown, _open_of(services, names), services.store.now(), own_alerts)


def _as_it_lies(services: Services, each: Overview) -> Overview:
    """With backups as their files are now: an older one counts as good where the newest is not, after all."""
    newest, good = (
        catalogue.as_it_lies(services, backup) if backup else None
        for backup in (each.newest, each.newest_good)
    )
    if good is not None and not good.proven_good:
        good = default_choice(catalogue.known(services, each.database)).backup
    return replace(each, newest=newest, newest_good=good)


def _open_of(services: Services, names: Sequence[str]) -> list[Operation]:
    with services.store.transaction() as connection:
        recent = [
            operation
            for name in names
            for operation in operations.recent(connection, database=name, limit=RECENT)
        ]
    unfinished = (Progress.WAITING, Progress.RUNNING)
    return [operation for operation in recent if operation.progress in unfinished]
