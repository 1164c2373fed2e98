"""What a database has beside its data, put on another one: owner, grants, settings, comment, limit.

What the restoring login may not do is left for a superuser, as a statement.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.state import DatabaseProperties
from bot.postgres import admin
from bot.postgres.lease import Lease
from bot.postgres.properties import read_properties
from bot.postgres.queries import query
from bot.postgres.stage import present

#: Settings whose value is a list of names, each quoted by itself: `GUC_LIST_QUOTE` of the server's source.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
_IN_LIST = re.compile(r'"((?:[^"]|"")*)"|([^\s,"]+)')

Connection = psycopg.Connection[Any]


def properties_of(connection: Connection, database: str) -> DatabaseProperties | None:
    """The properties of a database of this server, which is not entered; None where it is not there."""
    if database not in present(connection, [database]):
        return None
    return read_properties(connection, database)


def carry_over(
    lease: Lease, database: str, properties: DatabaseProperties, *, admin_dsn: str | None = None
) -> tuple[str, ...]:
    """Give a database these properties in place of those that it has; safe to repeat.

    All grants are then the owner's. Returns what was not carried over, as statements for a DBA; `admin_dsn`
    does what it can of it, but not the owner: a superuser's database could not be swapped by us.
    """
    with lease.acting() as connection, connection.transaction():
        before = read_properties(connection, database)
        connection.execute(_put("reset_settings", database))
        owner = _put("set_owner", database, role=sql.Identifier(properties.owner))
        refused = _refused(connection, [owner])
        left = _refused(connection, _statements(connection, database, properties, before))
    if left and admin_dsn is not None:
        with admin.session(admin_dsn, lease.maintenance_database, lease.purpose) as superuser:
            left = _refused(superuser, left)
    return tuple(_for_a_dba(each) for each in (*refused, *left))


def _refused(connection: Connection, statements: Iterable[sql.Composed]) -> list[sql.Composed]:
    """Run each by itself; returns those that the server did not let us."""
    left = []
    for statement in statements:
        try:
            with connection.transaction():
                connection.execute(statement)
        except (psycopg.ProgrammingError, psycopg.DataError):
            left.append(statement)
    return left


def _statements(
    connection: Connection, database: str, properties: DatabaseProperties, before: DatabaseProperties
) -> list[sql.Composed]:
    return [
        *_grants(connection, database, properties),
        *(
            _setting(database, role, setting)
            for role, setting in properties.settings
            if role is None or (role, setting) not in before.settings
        ),
        _put("comment_database", database, comment=sql.Literal(properties.comment)),
        _put("set_connection_limit", database, limit=sql.Literal(properties.connection_limit)),
    ]


def _grants(connection: Connection, database: str, properties: DatabaseProperties) -> Iterator[sql.Composed]:
    """Everything that anybody was given is taken back first."""
    for (grantee,) in connection.execute(query("grantees"), {"database": database}).fetchall():
        yield _put("revoke_database", database, grantee=_role(grantee))
    asked = {"grants": list(properties.grants), "owner": properties.owner}
    for grantee, privileges, grantable in connection.execute(query("grants"), asked).fetchall():
        yield _put(
            "grant_database",
            database,
            privileges=sql.SQL(", ").join(map(_PRIVILEGES.__getitem__, privileges)),
            grantee=_role(grantee),
            option=sql.SQL("WITH GRANT OPTION" if grantable else ""),
        )


_PRIVILEGES = {word: sql.SQL(word) for word in ("CREATE", "CONNECT", "TEMPORARY")}


def _role(name: str | None) -> sql.Composable:
    return sql.SQL("PUBLIC") if name is None else sql.Identifier(name)


def _setting(database: str, role: str | None, setting: str) -> sql.Composed:
    name, _, value = setting.partition("=")
    values = sql.SQL(", ").join(map(sql.Literal, _names(value) if name in _LISTS else [value]))
    if role is None:
        return _put("set_in_database", database, name=sql.Identifier(name), value=values)
    return _put(
        "set_role_in_database",
        database,
        role=sql.Identifier(role),
        name=sql.Identifier(name),
        value=values,
    )


def _names(value: str) -> list[str]:
    """The names in a list as the server keeps it: `"my schema", public`."""
    found = [quoted.replace('""', '"') or plain for quoted, plain in _IN_LIST.findall(value)]
    return found or [""]


def _put(statement: str, database: str, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(query(statement)).format(database=sql.Identifier(database), **parts)


def _for_a_dba(statement: sql.Composed) -> str:
    """One statement on one line, without our remark on top."""
    lines = statement.as_string().split("\n", 1)[1]
    return f"{' '.join(lines.split())};"
