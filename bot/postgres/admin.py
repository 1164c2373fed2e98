"""All that a superuser's login (`admin_dsn`) is ever used for: statements of ours, none of an archive."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.domain.state import Role
from bot.postgres.connection import connect
from bot.postgres.queries import query

#: What a login only reads by default may be written.
_WRITING = "-c default_transaction_read_only=off"

Connection = psycopg.Connection[Any]


@contextmanager
def session(admin_dsn: str, database: str, purpose: str) -> Iterator[Connection]:
    """A superuser's session in this database, in which only the server's own functions are found unasked.

    Raises `Unreachable`.
    """
    given = conninfo_to_dict(admin_dsn).get("options") or ""
    dsn = make_conninfo(admin_dsn, dbname=database, options=f"{given} {_WRITING}".strip())
    with connect(dsn, purpose=purpose) as connection:
        yield connection


def end_sessions(connection: Connection, pids: Sequence[int]) -> None:
    for pid in pids:
        connection.execute(query("end_session"), {"pid": pid})


def create_roles(connection: Connection, roles: Sequence[Role], login: str) -> None:
    """Roles that a restore needs, with no rights but to log in where they could; `login` may become them."""
    names = {role.name for role in roles}
    with connection.transaction():
        for role in roles:
            may = sql.SQL("LOGIN" if "login" in role.attributes else "NOLOGIN")
            _run(connection, "create_role", role=sql.Identifier(role.name), login=may)
        for role in roles:
            _grant(connection, role.name, login)
            for group in names.intersection(role.member_of):
                _grant(connection, group, role.name)


def create_extension(connection: Connection, name: str, schema: str | None) -> None:
    """In the schema that it had, where that is there; else where the extension itself says."""
    place = sql.SQL("SCHEMA {}").format(sql.Identifier(schema)) if schema else sql.SQL("")
    _run(connection, "create_extension_alone", extension=sql.Identifier(name), schema=place)


def open_wrappers(connection: Connection, roles: Sequence[str]) -> None:
    """Let these roles make and own foreign servers; their passwords are not restored."""
    _on_wrappers(connection, "grant_wrapper", roles)


def close_wrappers(connection: Connection, roles: Sequence[str]) -> None:
    """Once these servers are made."""
    _on_wrappers(connection, "revoke_wrapper", roles)


def _on_wrappers(connection: Connection, statement: str, roles: Sequence[str]) -> None:
    everybody = sql.SQL(", ").join(map(sql.Identifier, roles))
    for (wrapper,) in connection.execute(query("wrappers")).fetchall():
        _run(connection, statement, wrapper=sql.Identifier(wrapper), roles=everybody)


def _grant(connection: Connection, role: str, member: str) -> None:
    _run(connection, "grant_role", role=sql.Identifier(role), member=sql.Identifier(member))


def _run(connection: Connection, name: str, **parts: sql.Composable) -> None:
    connection.execute(sql.SQL(query(name)).format(**parts))
