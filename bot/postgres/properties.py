"""What a database has beside its data: properties that a dump leaves out, and the roles that it needs."""

from typing import Any

import psycopg

from bot.domain.state import DatabaseProperties, Role
from bot.postgres.queries import one_row, query

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


def read_properties(connection: psycopg.Connection[Any], database: str | None = None) -> DatabaseProperties:
    """Of the session's own database, or of another one that is on the server."""
    asked = {"database": database}
    row = one_row(connection.execute(query("properties"), asked))
    owner, encoding, provider, collate, ctype, locale, tablespace, limit, comment, grants = row
    return DatabaseProperties(
        owner=owner,
        encoding=encoding,
        locale_provider=_PROVIDERS[provider],
        collate=collate,
        ctype=ctype,
        icu_locale=locale,
        tablespace=tablespace,
        connection_limit=limit,
        comment=comment,
        settings=tuple(connection.execute(query("settings"), asked).fetchall()),
        grants=tuple(grants),
    )


def read_roles(connection: psycopg.Connection[Any]) -> tuple[Role, ...]:
    """Sorted by name, without those that every server has; passwords are never read."""
    rows = connection.execute(query("roles")).fetchall()
    return tuple(
        Role(name=name, attributes=tuple(attributes), member_of=tuple(member_of))
        for name, attributes, member_of in rows
    )
