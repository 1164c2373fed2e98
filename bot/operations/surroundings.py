"""What belongs to a database beside its data: what is carried over, and what is left to people."""

from typing import Any

from psycopg import Connection

from bot.domain.restoring.plan import Surroundings
from bot.domain.restoring.target import Found, Target
from bot.domain.state import DatabaseProperties
from bot.operations import traffic
from bot.operations.incoming import Incoming
from bot.operations.obstacles import live_name, looking
from bot.operations.services import Services
from bot.postgres.carry_over import Setting, left_by_hand, properties_of
from bot.postgres.connection import connect
from bot.postgres.fence import unendable
from bot.postgres.replication import goes_aside


def look(services: Services, name: str, target: Target, incoming: Incoming, purpose: str) -> Surroundings:
    """What people will have to do themselves, foreseen; nothing is changed. Raises `Unreachable`."""
    publications, subscriptions = ((), ()) if target.absent else _goes_aside(services, name, purpose)
    return Surroundings(
        by_hand=_by_hand(services, name, target, incoming, purpose),
        publications=publications,
        subscriptions=subscriptions,
        unendable=_unendable(services, name, purpose),
    )


def properties_for(
    connection: Connection[Any], live: str, found: Found, remembered: DatabaseProperties
) -> DatabaseProperties:
    """Of the live database where it is the one that people know; else those that the backup remembers."""
    theirs = properties_of(connection, live) if found.known else None
    return theirs or remembered


def _by_hand(
    services: Services, name: str, target: Target, incoming: Incoming, purpose: str
) -> tuple[str, ...]:
    live, has_admin = live_name(services, name), services.database(name).admin_dsn is not None
    with looking(services, name, purpose) as connection:
        given, there = _given(connection, live, target.found, incoming)
        if given is None:
            return ()
        return left_by_hand(connection, given, called=live, there=there, has_admin=has_admin)


def _given(
    connection: Connection[Any], live: str, found: Found, incoming: Incoming
) -> tuple[DatabaseProperties | None, tuple[Setting, ...]]:
    """What will be carried over, and which settings are there already: a set-aside database has its own."""
    if incoming.properties is not None:
        return properties_for(connection, live, found, incoming.properties), ()
    own = properties_of(connection, incoming.source.name)
    return properties_of(connection, live), own.settings if own else ()


def _unendable(services: Services, name: str, purpose: str) -> tuple[str, ...]:
    if services.database(name).admin_dsn is not None:
        return ()
    with looking(services, name, purpose) as connection:
        return tuple(map(str, unendable(connection, live_name(services, name))))


def _goes_aside(services: Services, name: str, purpose: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    configured = services.database(name)
    with traffic.door(services, name):
        connection = connect(
            configured.dsn.get_secret_value(),
            purpose=purpose,
            maintenance_database=configured.maintenance_database,
        )
    with connection:
        return goes_aside(connection)
