"""Which database a session is in, and the marker that Secondkey left there."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors

from bot.domain.state import Identity, Marker
from bot.postgres.queries import one_row, query
from bot.postgres.session import LOCK_WAIT, limit
from bot.postgres.tables import quoted
from bot.postgres.unreachable import Unreachable

_SECONDS = 10.0


def read_identity(connection: psycopg.Connection[Any]) -> Identity:
    """Raises `Unreachable` where the server does not say which cluster it is: nothing can be judged then."""
    try:
        with connection.transaction():
            row = one_row(connection.execute(query("identity")))
    except errors.InsufficientPrivilege as refusal:
        login = quoted(connection.info.user)
        raise Unreachable(
            "the login may not read which cluster this is",
            f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {login}",
        ) from refusal
    system_identifier, oid, name, version, standby, read_only = row
    return Identity(
        system_identifier=system_identifier,
        database_oid=oid,
        database_name=name,
        server_version=version,
        marker=read_marker(connection),
        standby=standby,
        read_only=read_only,
    )


@dataclass(frozen=True, kw_only=True)
class MarkerPlace:
    """What of the marker's place is there."""

    schema: bool
    table: bool


def marker_place(connection: psycopg.Connection[Any]) -> MarkerPlace:
    """Looked up in the catalogue, which asks for no rights on what is found there."""
    schema, table = one_row(connection.execute(query("marker_place")))
    return MarkerPlace(schema=schema, table=table)


def read_marker(connection: psycopg.Connection[Any]) -> Marker | None:
    """The marker; None where there is none, or one that cannot be read, which proves nothing either."""
    if not marker_place(connection).table:
        return None
    try:
        with connection.transaction():
            limit(connection, _SECONDS, LOCK_WAIT)
            row = connection.execute(query("marker")).fetchone()
    except (psycopg.ProgrammingError, psycopg.DataError, errors.LockNotAvailable, errors.QueryCanceled):
        return None
    if row is None:
        return None
    return Marker(id=row[0], system_identifier=row[1], database_oid=row[2], copy_of=row[3])
