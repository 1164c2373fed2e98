"""Which backups are kept: floors, pins, what something open refers to, and ends that were announced."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from psycopg import Connection
from pydantic import TypeAdapter

from bot.domain.retention import Policy
from bot.store.documents import document, storable
from bot.store.queries import only_row, query

_POLICY = TypeAdapter(Policy)


def hold(connection: Connection[Any], database: str) -> None:
    """Keep others from changing the floors until this transaction ends."""
    connection.execute(query("retention_lock"), {"database": database})


def in_force(connection: Connection[Any], database: str) -> Policy | None:
    """None where there never were any floors."""
    row = connection.execute(query("retention_in_force"), {"database": database}).fetchone()
    return _POLICY.validate_python(row[0]) if row else None


def put(connection: Connection[Any], database: str, policy: Policy) -> None:
    """From now on these floors are in force."""
    fields = {"database": database, "policy": document(_POLICY.dump_python(policy, mode="json"))}
    connection.execute(query("retention_put"), fields)


def pin(connection: Connection[Any], backup_id: str, database: str, by: str, reason: str) -> bool:
    """It stays, whatever the policy says; False where it was pinned already."""
    fields = {"id": backup_id, "database": database, "by": by, "reason": storable(reason)}
    return connection.execute(query("backup_pin"), fields).rowcount == 1


def unpin(connection: Connection[Any], backup_id: str) -> bool:
    """False where it was not pinned."""
    return connection.execute(query("backup_unpin"), {"id": backup_id}).rowcount == 1


def held(connection: Connection[Any], database: str, besides: str = "") -> dict[str, str]:
    """Backups that people pinned or that something open names: id → what that is, in words.

    `besides` is the id of whatever asks.
    """
    return dict(
        connection.execute(query("backups_held"), {"database": database, "besides": besides}).fetchall()
    )


def troubled(connection: Connection[Any], database: str) -> bool:
    """An incident or an alert of the database is open."""
    found: bool = only_row(connection, "retention_troubled", {"database": database})[0]
    return found


def ends(connection: Connection[Any], database: str) -> dict[str, datetime]:
    """Backups whose end was announced: id → when."""
    return dict(connection.execute(query("backup_ends_there"), {"database": database}).fetchall())


def announce_ends(connection: Connection[Any], database: str, backup_ids: Collection[str]) -> None:
    """These are announced by now, and no others of the database."""
    connection.execute(query("backup_ends_set"), {"database": database, "ids": list(backup_ids)})
