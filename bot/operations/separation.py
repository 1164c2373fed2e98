"""The bot's own state never lies on a server that it protects: one loss would take both."""

from bot.config import Database, Settings
from bot.errors import Refused
from bot.operations.services import Services
from bot.postgres.connection import Unreachable, connect
from bot.postgres.identity import read_identity

#: How long each server is waited for at start, in seconds.
PATIENCE = 3.0


def refuse_state_on_protected_servers(settings: Settings, state_server: str) -> None:
    """Raise `Refused` where a protected server is the one that holds the state, by whatever name.

    `state_server` is its system identifier. A server that does not answer now is asked again when its
    database is accepted.
    """
    for name, database in settings.databases.items():
        if _server_of(database) == state_server:
            raise _both_on_one(name, state_server)


def refuse_state_on(services: Services, name: str, system_identifier: str) -> None:
    """The same for one database whose server is known; raises `Refused`."""
    if services.store.system_identifier() == system_identifier:
        raise _both_on_one(name, system_identifier)


def _both_on_one(name: str, system_identifier: str) -> Refused:
    return Refused(
        "state-on-protected-server",
        f"the bot's own database lies on the server of {name} (system identifier {system_identifier}), "
        "which it is to protect",
        "point state.dsn to another server, or name state.directory for a private one",
    )


def _server_of(database: Database) -> str | None:
    try:
        with connect(
            database.dsn.get_secret_value(),
            purpose="start",
            maintenance_database=database.maintenance_database,
            timeout=PATIENCE,
        ) as connection:
            return read_identity(connection).system_identifier
    except Unreachable as away:
        return away.system_identifier
