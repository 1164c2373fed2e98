"""The bot's own state never lies on a server that it protects, nor are drills held there."""

from bot.config import Database, Settings
from bot.errors import Refused
from bot.operations.services import Services
from bot.postgres.connection import Unreachable, connect
from bot.postgres.identity import read_identity
from bot.store import baselines

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


def refuse_drill_on_protected(services: Services, system_identifier: str) -> None:
    """Raise `Refused` where backups would be restored on a protected server, or nobody knows whether."""
    for name, database in services.settings.databases.items():
        servers = {_server_of(database), _pinned_server(services, name)} - {None}
        if system_identifier in servers:
            raise Refused(
                "staging-protected",
                f"drill.staging_dsn leads to the server of {name} (system identifier {system_identifier}), "
                "which is protected; nothing was restored there",
                "name another server; one that was copied from it file by file cannot be told apart: make it "
                "with initdb",
            )
        if not servers:
            raise Refused(
                "staging-protected",
                f"nobody knows which server is that of {name}: it does not answer, and was never accepted; "
                "nothing was restored on the staging server",
                f"`/verify {name}`; or leave drill.staging_dsn out: drills then need no other server",
            )


def _pinned_server(services: Services, name: str) -> str | None:
    with services.store.transaction() as connection:
        baseline = baselines.current(connection, name)
    return baseline.state.identity.system_identifier if baseline else None


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
