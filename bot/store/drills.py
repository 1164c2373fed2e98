"""Records of drills: the numbers that reports have for the time to restore and the loss window."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from bot.domain.drill import Drill
from bot.store.documents import storable
from bot.store.queries import query


def record(connection: Connection[Any], drill: Drill) -> None:
    """Remember what came of a drill; of the same operation and backup the last one counts."""
    connection.execute(query("drill_record"), {**asdict(drill), "problem": storable(drill.problem)})


def newest(connection: Connection[Any], database: str) -> Drill | None:
    """The last one of this database, ended well or not; where it restored several backups, the newest's."""
    return next(iter(recent(connection, database, limit=1)), None)


def recent(connection: Connection[Any], database: str, *, limit: int) -> list[Drill]:
    """The newest first; of those that one operation did, that of the newest backup comes first."""
    return _many(connection, "drills_newest", {"database": database, "limit": limit})


def of(connection: Connection[Any], operation_id: str) -> list[Drill]:
    """Those that one operation did, in no order."""
    return _many(connection, "drills_of", {"operation": operation_id})


def _many(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> list[Drill]:
    with connection.cursor(row_factory=class_row(Drill)) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
