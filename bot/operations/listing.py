"""What people look up without starting anything: backups, what runs now, the home."""

from collections.abc import Sequence

from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice, losses
from bot.domain.operation import Kind, Operation, Progress
from bot.operations import catalogue, people, traffic
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import backup as view
from bot.slack.views import home as home_view
from bot.slack.views.traffic import reminding
from bot.store import baselines, operations

#: What waits, runs, or was verified last is among so many of a database's newest operations.
RECENT = 50


def backups(services: Services, database: str) -> Message:
    """`/backup list`; raises `NotFound`."""
    rules = services.database(database).rules
    known = catalogue.known(services, database)
    untrusted = [(entry.id, entry.problem.reason) for entry in catalogue.unlisted(services, known, database)]
    message = view.catalogue(
        database, known, default_choice(known), losses(known, rules), services.store.now(), untrusted
    )
    with services.store.transaction() as connection:
        return reminding(message, database, traffic.stopped(connection, database))


def one(services: Services, backup: Backup) -> Message:
    """`/backup show ID`."""
    return view.shown(backup, services.store.now())


def open_now(services: Services, user_id: str) -> list[Operation]:
    """Operations that wait or run, of the databases that this person may ask about."""
    return _open_of(services, people.open_to(services, user_id))


def home(services: Services, user_id: str) -> Message:
    """The App Home, with the databases that this person may ask about."""
    names = people.open_to(services, user_id)
    cards = [_card(services, name) for name in names]
    return home_view.home(cards, _open_of(services, names), services.store.now())


def _open_of(services: Services, names: Sequence[str]) -> list[Operation]:
    with services.store.transaction() as connection:
        recent = [
            operation
            for name in names
            for operation in operations.recent(connection, database=name, limit=RECENT)
        ]
    unfinished = (Progress.WAITING, Progress.RUNNING)
    return [operation for operation in recent if operation.progress in unfinished]


def _card(services: Services, name: str) -> home_view.Card:
    known = catalogue.known(services, name)
    with services.store.transaction() as connection:
        baseline = baselines.current(connection, name)
        recent = operations.recent(connection, database=name, limit=RECENT)
        stopped = traffic.stopped(connection, name)
    verified = next((o for o in recent if o.kind is Kind.VERIFY and o.progress is Progress.DONE), None)
    return home_view.Card(
        database=name,
        environment=services.database(name).environment,
        pinned_at=baseline.pinned_at if baseline else None,
        newest=known[0] if known else None,
        default=default_choice(known).backup,
        verdict=verified.result.get("verdict", "") if verified else "",
        verified_at=verified.finished_at if verified else None,
        stopped=stopped,
    )
