"""`/deploy status` and `/deploy history`: how deployments stand, looked up and shown."""

from collections.abc import Sequence

from bot.operations import people
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import deployment as view
from bot.store import deployments

#: How many deployments a history shows.
LISTED = 10


def status(services: Services, names: Sequence[str]) -> Message:
    """What is at the gate, open or frozen of these databases."""
    with services.store.transaction() as connection:
        claiming = [deployments.claiming(connection, name) for name in names]
        freezes = [
            each
            for each in deployments.all_frozen(connection)
            if each.database is None or each.database in names
        ]
    found = [each for each in claiming if each is not None]
    return view.standing(found, freezes, services.store.now())


def history(services: Services, database: str) -> Message:
    """The newest deployments of a database."""
    services.database(database)
    with services.store.transaction() as connection:
        found = deployments.newest(connection, [database], LISTED)
    return view.history(database, found, services.store.now())


def refuse_unless_open_to(services: Services, user: str, scope: str) -> None:
    """Raises `Refused` for somebody who may not ask about what is to be frozen or thawed."""
    names = services.settings.databases if scope == deployments.ALL else [scope]
    for name in names:
        people.refuse_unless_requester(services, user, name)
