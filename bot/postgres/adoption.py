"""Adoption: the marker that tells a database from its copies and from others of the same name."""

from typing import Any
from uuid import uuid4

import psycopg
from psycopg import errors

from bot.domain.state import Identity, Marker
from bot.errors import CommandFailed, Refused
from bot.postgres.connection import connect, describe, reading_in_words
from bot.postgres.identity import MarkerPlace, marker_place, read_identity
from bot.postgres.queries import query
from bot.postgres.session import limit
from bot.postgres.tables import quoted

#: How long writing the marker may take, and wait for somebody's lock, in seconds.
_SECONDS = 30.0
_LOCK_WAIT = 5.0


def write_marker(dsn: str, *, purpose: str, expected: Identity) -> Marker:
    """The marker of this database, written and committed; one that is true already is left as it is.

    `expected` is the database that was read: nothing is written to any other. Raises `Unreachable`, `Refused`
    where this login or this server cannot write it, with the statements for a DBA, and `CommandFailed`.
    """
    with connect(dsn, purpose=purpose) as connection, reading_in_words(connection):
        identity = read_identity(connection)
        _refuse_another(dsn, identity, expected)
        if (marker := _true(identity)) is not None:
            return marker
        _refuse_read_only(dsn, identity)
        place = marker_place(connection)
        try:
            return _write(connection, identity)
        except psycopg.Error as error:
            if connection.closed:
                raise
            raise _not_written(dsn, connection.info.user, identity, place, error) from error


def _write(connection: psycopg.Connection[Any], identity: Identity) -> Marker:
    marker = Marker(
        id=str(uuid4()),
        system_identifier=identity.system_identifier,
        database_oid=identity.database_oid,
    )
    # The login may be one that reads only unless it says otherwise.
    connection.read_only = False
    with connection.transaction():
        limit(connection, _SECONDS, _LOCK_WAIT)
        connection.execute(query("marker_lock"))
        if (theirs := _true(read_identity(connection))) is not None:
            # Somebody else adopted it just now.
            return theirs
        place = marker_place(connection)
        limit(connection, _SECONDS, _LOCK_WAIT)
        if not place.schema:
            connection.execute(query("marker_create_schema"))
            connection.execute(query("marker_grant_schema"))
        if not place.table:
            connection.execute(query("marker_create_table"))
            connection.execute(query("marker_grant_table"))
        connection.execute(query("marker_write"), vars(marker))
    return marker


def marks_itself(identity: Identity) -> bool:
    """Whether the database's marker is its own."""
    return _true(identity) is not None


def _true(identity: Identity) -> Marker | None:
    """The marker, unless it names another database: a copy has that of its origin."""
    marker = identity.marker
    if marker is None or _place(marker) != _place(identity):
        return None
    return marker


def _place(of: Marker | Identity) -> tuple[str, int]:
    return of.system_identifier, of.database_oid


def _refuse_another(dsn: str, identity: Identity, expected: Identity) -> None:
    if _place(identity) != _place(expected):
        raise Refused(
            "another-database",
            f"{describe(dsn)} leads to another database (server {identity.system_identifier}, oid "
            f"{identity.database_oid}) than the one that was read (server {expected.system_identifier}, oid "
            f"{expected.database_oid}); nothing was written to either",
            "let restore_dsn lead to the same database as dsn",
        )


def _refuse_read_only(dsn: str, identity: Identity) -> None:
    if identity.standby:
        reason = "this is a standby, and nothing can be written to it"
        hint = "adopt the primary: point the connection string at it, or add target_session_attrs=read-write"
        raise Refused("cannot-mark", f"{describe(dsn)}: {reason}", hint)
    if identity.read_only:
        reason = "the database is set to read only (default_transaction_read_only)"
        hint = f"ALTER DATABASE {quoted(identity.database_name)} RESET default_transaction_read_only"
        raise Refused("cannot-mark", f"{describe(dsn)}: {reason}", hint)


def _not_written(
    dsn: str, login: str, identity: Identity, place: MarkerPlace, error: psycopg.Error
) -> Refused | CommandFailed:
    where = describe(dsn)
    match error:
        case errors.InsufficientPrivilege():
            reason = f"{where}: the login may not write the marker in the schema secondkey"
            return Refused("cannot-mark", reason, _for_a_dba(login, identity, place))
        case errors.LockNotAvailable() | errors.QueryCanceled():
            reason = f"{where}: somebody holds a lock on secondkey.marker; nothing was written"
            return CommandFailed(reason, "accept again when that has ended: pg_locks says who it is")
        case psycopg.ProgrammingError() | psycopg.DataError() | psycopg.IntegrityError():
            reason = f"{where}: the marker cannot be written ({error.diag.message_primary})"
            hint = "the schema secondkey belongs to Secondkey: rename what else lies there, and accept again"
            return Refused("cannot-mark", reason, hint)
        case _:
            reason = f"{where}: writing the marker failed ({error.diag.message_primary or error})"
            return CommandFailed(reason, "nothing was written; accept again when that is cured")


def _for_a_dba(login: str, identity: Identity, place: MarkerPlace) -> str:
    role = quoted(login)
    owners = [f"ALTER SCHEMA secondkey OWNER TO {role};", f"ALTER TABLE secondkey.marker OWNER TO {role};"]
    statements = owners[: place.schema + place.table] or [f"CREATE SCHEMA secondkey AUTHORIZATION {role};"]
    return f"let a DBA run in {quoted(identity.database_name)}, then accept again: {' '.join(statements)}"
