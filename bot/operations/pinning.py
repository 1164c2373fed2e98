"""Backups that people do not let go, whatever the policy says."""

from bot.errors import NotFound, Refused
from bot.operations import catalogue
from bot.operations.services import Services
from bot.store import audit, retained


def pin(services: Services, backup_id: str, reason: str, by: str) -> None:
    """Keep it until it is unpinned. Raises `NotFound`, and `Refused` without a reason."""
    if not reason.strip():
        raise Refused(
            "reason-missing",
            "a reason is needed: whoever unpins it reads it",
            f"`/backup pin {backup_id} REASON`",
        )
    backup = catalogue.find(services, backup_id)
    with services.store.transaction() as connection:
        if retained.pin(connection, backup.id, backup.manifest.database, by, reason):
            audit.append(
                connection,
                actor=by,
                action="backup.pinned",
                subject=backup.manifest.database,
                detail={"id": backup.id, "reason": reason},
            )


def unpin(services: Services, backup_id: str, by: str) -> None:
    """Its time counts again; whatever is over is announced a day before it goes. Raises `NotFound`."""
    backup = catalogue.find(services, backup_id)
    with services.store.transaction() as connection:
        if not retained.unpin(connection, backup.id):
            raise NotFound(f"{backup.id} is not pinned", f"`/backup pin {backup.id} REASON` pins it")
        audit.append(
            connection,
            actor=by,
            action="backup.unpinned",
            subject=backup.manifest.database,
            detail={"id": backup.id},
        )
