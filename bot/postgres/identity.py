"""Which database a session is in, and the marker that Secondkey left there."""

from typing import Any

import psycopg
from psycopg import errors

from bot.domain.state import Identity, Marker
from bot.postgres.queries import one_row, query
from bot.postgres.tables import quoted
from bot.postgres.unreachable import Unreachable


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


def read_marker(connection: psycopg.Connection[Any]) -> Marker | None:
    """The marker; None where there is none, or one that cannot be read, which proves nothing either."""
    exists = connection.execute(query("marker_table")).fetchone()
    if exists != (True,):
        return None
    try:
        with connection.transaction():
            row = connection.execute(query("marker")).fetchone()
    except (errors.InsufficientPrivilege, errors.UndefinedColumn, errors.LockNotAvailable, psycopg.DataError):
        return None
    return Marker(id=row[0], system_identifier=row[1], database_oid=row[2]) if row else None
