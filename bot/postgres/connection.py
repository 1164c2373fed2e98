"""Sessions with protected servers: named, kept alive, and refused in words that hold no password."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.config.dsn import place, torn
from bot.domain.findings import Code
from bot.errors import CommandFailed, Refused
from bot.postgres.queries import one_row, query
from bot.postgres.unreachable import Cause, Unreachable, cause_of

__all__ = [
    "Unreachable",
    "connect",
    "describe",
    "forget_defaults",
    "in_words",
    "libpq_options",
    "own_conninfo",
    "reading_in_words",
]

_MALFORMED = "the connection string cannot be read"
_MALFORMED_HINT = (
    "write it like postgresql://bot@db.example.org:5432/projectledger; in a password, "
    "@ is %40, / is %2F, : is %3A"
)
#: What a connection string must say, or libpq asks the environment for it. Over a socket of ours none of it
#: matters. Older releases of libpq do not know all of them.
_SAID_ALOUD = {
    "channel_binding": "disable",
    "client_encoding": "UTF8",
    "connect_timeout": "10",
    "gssencmode": "disable",
    "hostaddr": "",
    "load_balance_hosts": "disable",
    "max_protocol_version": "3.0",
    "min_protocol_version": "3.0",
    "options": "",
    "require_auth": "",
    "requirepeer": "",
    "sslcertmode": "disable",
    "sslmode": "disable",
    "sslnegotiation": "postgres",
    "target_session_attrs": "any",
}
#: What libpq takes from the environment over the head of every connection string: another server's settings,
#: and formats that our reading of dates does not know.
_OVER_OUR_HEADS = ("PGSERVICE", "PGDATESTYLE", "PGTZ", "PGGEQO")


def own_conninfo(*, host: str, port: str, user: str, dbname: str) -> str:
    """The way into a server of our own over its socket, whatever libpq's variables in the environment say.

    It is for our libpq: PostgreSQL's programs get in by `client.own_access`.
    """
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    said = {name: value for name, value in _SAID_ALOUD.items() if name in known}
    return make_conninfo(host=host, port=port, user=user, dbname=dbname, **said)


def forget_defaults() -> None:
    """Remove from our environment what no connection string can overrule; a dsn says all that it needs."""
    for name in _OVER_OUR_HEADS:
        os.environ.pop(name, None)


def connect(
    dsn: str, *, purpose: str, maintenance_database: str = "postgres", timeout: float = 10
) -> psycopg.Connection[Any]:
    """A session in autocommit mode, named `secondkey/PURPOSE`, with text in UTF-8 and times in UTC.

    Only the server's own functions and operators are found in it unasked. `timeout` is in seconds, for each
    host. Raises `Refused` for a pooler, and `Unreachable`; where the database itself refuses, the server is
    looked at from `maintenance_database`, which tells an absent database from a closed one.
    """
    options = _options(dsn)
    try:
        return _open(dsn, purpose, timeout)
    except psycopg.Error as refusal:
        cause = cause_of(str(refusal))
    if cause.look_inside and options.get("dbname", "") != maintenance_database:
        raise _seen_from_inside(dsn, cause, purpose, maintenance_database, timeout) from None
    raise _unreachable(dsn, cause) from None


def describe(dsn: str) -> str:
    """Where a connection string leads, for people: `reader@db:5433/projectledger`. Never a password."""
    try:
        options = _options(dsn)
    except Unreachable:
        return "an unreadable connection string"
    return place(options)


def libpq_options(purpose: str, timeout: float = 10) -> dict[str, str]:
    """What every session of ours has, a client program's too: its name, and an end where nobody answers."""
    return {
        "application_name": f"secondkey/{purpose}",
        "connect_timeout": str(ceil(timeout)),
        "keepalives": "1",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }


def _refuse_pooler(connection: psycopg.Connection[Any]) -> None:
    """What is set in a session that is shared out would be set for the application, too.

    The server sends its process id when a session begins. A pooler sends one of its own, in whatever mode.
    """
    row = one_row(connection.execute(query("process_id")))
    if row[0] == connection.info.backend_pid:
        return
    raise Refused(
        "pooler",
        f"the connection goes through a pooler: it was opened as process {connection.info.backend_pid}, "
        f"and process {row[0]} answers",
        "give Secondkey the server's own address and port; snapshots and locks need a session of their own",
    )


@contextmanager
def reading_in_words(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Turn this session's being cut in the middle into `Unreachable`; any other error stays what it is."""
    place = describe(connection.info.dsn)
    try:
        yield
    except psycopg.Error as cut:
        if not connection.closed:
            raise
        raise Unreachable(
            f"{place}: the connection was cut in the middle",
            "nothing was changed; ask again when the server answers, and look into its log",
        ) from cut


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn the server's refusal of a statement of ours into `CommandFailed`: `what` failed, and why."""
    try:
        yield
    except psycopg.Error as error:
        said = " ".join((error.diag.message_primary or str(error)).split())
        raise CommandFailed(f"{what} failed ({said})", _next_move(error)) from error


def _next_move(error: psycopg.Error) -> str:
    if isinstance(error, errors.DiskFull):
        return "make room on the database server's volume, and ask again"
    return "the server's own log says more"


def _options(dsn: str) -> dict[str, str]:
    """The parts of a connection string. Raises `Unreachable` without repeating any of it."""
    options = None
    # Raised behind the block: libpq's own words may repeat a part of the password.
    with suppress(psycopg.ProgrammingError):
        options = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    if options is None or torn(dsn) or not _has_numbers_for_ports(options):
        raise Unreachable(_MALFORMED, _MALFORMED_HINT)
    return options


def _has_numbers_for_ports(options: dict[str, str]) -> bool:
    return all(not port or port.isdigit() for port in options.get("port", "").split(","))


def _open(dsn: str, purpose: str, timeout: float, **changed: str) -> psycopg.Connection[Any]:
    connection = psycopg.Connection[Any].connect(
        make_conninfo(dsn, **libpq_options(purpose, timeout), client_encoding="UTF8", **changed),
        autocommit=True,
        prepare_threshold=None,
    )
    try:
        _refuse_pooler(connection)
        # Before anything is looked up: whoever owns the database chooses what is found there otherwise.
        connection.execute(query("server_names_only"))
        connection.execute(query("session"))
    except (psycopg.Error, Refused):
        connection.close()
        raise
    return connection


def _seen_from_inside(
    dsn: str, cause: Cause, purpose: str, maintenance_database: str, timeout: float
) -> Unreachable:
    """What another database of the same server tells of the one that did not let us in."""
    wanted = _options(dsn).get("dbname", "")
    try:
        with _open(dsn, purpose, timeout, dbname=maintenance_database) as connection:
            seen = one_row(connection.execute(query("database_from_outside"), {"name": wanted}))
    except psycopg.Error:
        return _unreachable(dsn, cause)
    found, system_identifier, allows, may_connect, others = seen
    if not found:
        return Unreachable(
            f'{describe(dsn)}: the server answers and has no database "{wanted}"',
            f"it was dropped or renamed; the server has {', '.join(others) or 'no other database'}",
            code=Code.IDENTITY_ABSENT,
            system_identifier=system_identifier,
        )
    return _unreachable(dsn, _closed(cause, allows, may_connect), system_identifier)


def _closed(cause: Cause, allows: bool, may_connect: bool) -> Cause:
    """The server's catalog is surer than its words, which may be in any language."""
    if not allows:
        return cause_of("not currently accepting connections")
    return cause if may_connect else cause_of("permission denied for database")


def _unreachable(dsn: str, cause: Cause, system_identifier: str | None = None) -> Unreachable:
    absent = system_identifier is None and cause == cause_of("no such database")
    return Unreachable(
        f"{describe(dsn)}: {cause.reason}",
        cause.hint,
        code=Code.IDENTITY_ABSENT if absent else Code.IDENTITY_UNREACHABLE,
        system_identifier=system_identifier,
    )
