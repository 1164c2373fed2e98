"""The catalogue: what the repository holds, to be looked up without reading it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg import Connection
from pydantic import TypeAdapter

from bot.domain.backup import Backup, Manifest, Proof
from bot.store.documents import document
from bot.store.queries import query

_MANIFEST = TypeAdapter(Manifest)
_PROOF = TypeAdapter(Proof)


def list_backups(connection: Connection[Any], *databases: str) -> tuple[Backup, ...]:
    """The backups of these databases, or of all where none is named; newest first."""
    rows = connection.execute(query("backups_list"), {"databases": list(databases)})
    return tuple(_backup(*row) for row in rows)


def find(connection: Connection[Any], backup_id: str) -> Backup | None:
    row = connection.execute(query("backup_find"), {"id": backup_id}).fetchone()
    return _backup(*row) if row else None


def newest(connection: Connection[Any]) -> dict[str, Backup]:
    """The newest backup of each database that has one."""
    return _newest(connection, good=False)


def newest_good(connection: Connection[Any]) -> dict[str, Backup]:
    """The newest that is proven good, by what the catalogue knows of it."""
    return {name: backup for name, backup in _newest(connection, good=True).items() if backup.proven_good}


def record(connection: Connection[Any], backup: Backup) -> None:
    """Put a backup into the catalogue, or what is known of it by now."""
    manifest = backup.manifest
    connection.execute(
        query("backup_record"),
        {
            "id": backup.id,
            "database": manifest.database,
            "created_at": manifest.created_at,
            "manifest": document(_MANIFEST.dump_python(manifest, mode="json")),
            "proof": document(_PROOF.dump_python(backup.proof, mode="json")),
        },
    )


def forget(connection: Connection[Any], backup_ids: Iterable[str]) -> int:
    """Take backups out of the catalogue; returns how many were in it. What the repository holds stays."""
    return connection.execute(query("backups_forget"), {"ids": list(backup_ids)}).rowcount


def last_failure(connection: Connection[Any], database: str) -> tuple[datetime, str] | None:
    """When and why a backup of this database failed last."""
    row: tuple[datetime, str] | None = connection.execute(
        query("backup_last_failure"), {"database": database}
    ).fetchone()
    return row


def _newest(connection: Connection[Any], *, good: bool) -> dict[str, Backup]:
    found = (_backup(*row) for row in connection.execute(query("backups_newest"), {"good": good}))
    return {backup.manifest.database: backup for backup in found}


def _backup(manifest: str, proof: str) -> Backup:
    return Backup(manifest=_MANIFEST.validate_json(manifest), proof=_PROOF.validate_json(proof))
