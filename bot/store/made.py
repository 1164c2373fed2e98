"""Databases on protected servers that restores made or set aside, and until when they are kept."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import kwargs_row

from bot.domain.restoring.made import COPY_OUTLIVES, Kind, Made
from bot.store.queries import query


def record(
    connection: Connection[Any],
    *,
    operation: str,
    kind: Kind,
    database: str,
    name: str,
    oid: int,
    system_identifier: str,
    source: str,
    checksum: str,
    keep: timedelta,
    marker: str = "",
) -> None:
    """Remember a database that was made; a second time it is kept for longer."""
    fields = {
        "operation": operation,
        "kind": kind,
        "database": database,
        "name": name,
        "oid": oid,
        "system_identifier": system_identifier,
        "source": source,
        "checksum": checksum,
        "marker": marker,
        "keep": keep,
    }
    connection.execute(query("made_record"), fields)


def there(connection: Connection[Any], database: str, kind: Kind) -> list[Made]:
    """Those of a protected database that are there, the newest first."""
    return _many(connection, "made_there", {"database": database, "kind": kind})


def markers(connection: Connection[Any], database: str) -> frozenset[str]:
    """What the databases that restores ever made for this one say of themselves."""
    rows = connection.execute(query("made_markers"), {"database": database})
    return frozenset(marker for (marker,) in rows)


def due(connection: Connection[Any], ahead: timedelta) -> list[Made]:
    """Those of all databases whose time has come, or comes so soon."""
    return _many(connection, "made_due", {"ahead": ahead})


def announced(connection: Connection[Any], made: Made) -> None:
    """People were told that it goes soon."""
    connection.execute(query("made_announced"), {"operation": made.operation, "kind": made.kind})


def release_copies(connection: Connection[Any], database: str) -> None:
    """The request that they were made for has ended: they outlive it by `COPY_OUTLIVES` at most."""
    connection.execute(query("made_release"), {"database": database, "keep": COPY_OUTLIVES})


def gone(connection: Connection[Any], system_identifier: str, oid: int) -> None:
    """It is there no more, or it is live by now."""
    connection.execute(query("made_gone"), {"system_identifier": system_identifier, "oid": oid})


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[Made]:
    with connection.cursor(row_factory=kwargs_row(_made)) as cursor:
        return cursor.execute(query(name), parameters).fetchall()


def _made(*, kind: str, **fields: Any) -> Made:
    return Made(kind=Kind(kind), **fields)
