"""Maintenance windows, by the clock of the bot's own database."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.store.documents import storable
from bot.store.queries import query


def begin(
    connection: Connection[Any], scope: str, *, by: str, reason: str, length: timedelta
) -> MaintenanceWindow:
    """Open a window of a database, or of `all`; one that is open already ends then instead."""
    fields = {"scope": scope, "by": storable(by), "reason": storable(reason), "length": length}
    (window,) = _many(connection, "maintenance_begin", fields)
    return window


def end(connection: Connection[Any], scope: str, *, overdue: bool = False) -> MaintenanceWindow | None:
    """The window that is ended herewith, or only where its time is over; None where there is none."""
    return next(iter(_many(connection, "maintenance_end", {"scope": scope, "overdue": overdue})), None)


def window_of(connection: Connection[Any], database: str) -> MaintenanceWindow | None:
    """What keeps alerts of this database calm now."""
    return next(iter(_many(connection, "maintenance_of", {"database": database})), None)


def standing(connection: Connection[Any]) -> list[MaintenanceWindow]:
    """Those that are open."""
    return _many(connection, "maintenance_standing", {})


def overdue(connection: Connection[Any]) -> list[MaintenanceWindow]:
    """Those whose time is over, and that nobody ended yet."""
    return _many(connection, "maintenance_overdue", {})


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[MaintenanceWindow]:
    with connection.cursor(row_factory=class_row(MaintenanceWindow)) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
