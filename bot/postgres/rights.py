"""What the restoring login may do on the protected server, and what of roles and extensions is there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg

from bot.postgres.queries import one_row, query

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Login:
    """The restoring login on its server."""

    name: str
    superuser: bool
    may_create_databases: bool
    may_create_roles: bool
    may_end_sessions: bool
    #: roles by which whatever runs in its name could become superuser or reach the machine
    too_mighty: tuple[str, ...]
    #: how many more sessions it may open
    free_sessions: int
    #: of the server
    major: int


@dataclass(frozen=True, kw_only=True)
class RoleThere:
    """A role that is there."""

    superuser: bool
    #: whether the restoring login may act in its name and give it things; never true for a superuser
    may_become: bool


@dataclass(frozen=True, kw_only=True)
class ExtensionThere:
    """An extension that is installed beside the server."""

    #: whether only a superuser may create it
    needs_superuser: bool


def read_login(connection: Connection) -> Login:
    """Asked in any database of the server."""
    name, superuser, databases, roles, sessions, mighty, free = one_row(
        connection.execute(query("restoring_login"))
    )
    return Login(
        name=name,
        superuser=superuser,
        may_create_databases=databases,
        may_create_roles=roles,
        may_end_sessions=sessions,
        too_mighty=tuple(mighty),
        free_sessions=free,
        major=_major(connection),
    )


def roles_there(connection: Connection, names: Collection[str]) -> dict[str, RoleThere]:
    """Those of the named roles that are there."""
    # Since 16 a member may be refused to act as the role, or to give it things.
    asked = {"names": list(names), "become": "SET" if _major(connection) >= 16 else "MEMBER"}
    rows = connection.execute(query("roles_there"), asked).fetchall()
    return {
        name: RoleThere(superuser=superuser, may_become=may and not superuser)
        for name, superuser, may in rows
    }


def extensions_there(connection: Connection, names: Collection[str]) -> dict[str, ExtensionThere]:
    rows = connection.execute(query("extensions_there"), {"names": list(names)}).fetchall()
    return {name: ExtensionThere(needs_superuser=needs) for name, needs in rows}


def usable_tablespaces(connection: Connection, names: Collection[str]) -> frozenset[str]:
    """Those of the named tablespaces in which this login may create."""
    rows = connection.execute(query("usable_tablespaces"), {"names": list(names)}).fetchall()
    return frozenset(name for (name,) in rows)


def _major(connection: Connection) -> int:
    return connection.info.server_version // 10000
