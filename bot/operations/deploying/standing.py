"""`/deploy status` and `/deploy history`: how deployments stand, looked up and shown."""

from collections.abc import Sequence

from bot.domain.deploying.deployment import Deployment
from bot.domain.deploying.gate import ALL, Freeze
from bot.operations import people
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import gatekeeping as view
from bot.store import deployments

#: How many deployments a history shows.
LISTED = 10


def status(services: Services, names: Sequence[str]) -> Message:
    """What is at the gate, open or frozen of these databases."""
    return view.standing(*look(services, names), services.store.now())


def history(services: Services, database: str) -> Message:
    """The newest deployments of a database."""
    return view.history(database, newest(services, database), services.store.now())


def look(services: Services, names: Sequence[str]) -> tuple[list[Deployment], list[Freeze]]:
    """What is at the gate or open of these databases, and what freezes them."""
    with services.store.transaction() as connection:
        claiming = [deployments.claiming(connection, name) for name in names]
        freezes = [
            each
            for each in deployments.all_frozen(connection)
            if each.database is None or each.database in names
        ]
    return [each for each in claiming if each is not None], freezes


def newest(services: Services, database: str) -> list[Deployment]:
    """The newest first; raises `NotFound`."""
    services.database(database)
    with services.store.transaction() as connection:
        return deployments.newest(connection, [database], LISTED)


def refuse_unless_open_to(services: Services, user: str, scope: str) -> None:
    """Raises `Refused` for somebody who may not ask about what is to be frozen or thawed."""
    names = services.settings.databases if scope == ALL else [scope]
    for name in names:
        people.refuse_unless_requester(services, user, name)
