"""The backups that are known: the catalogue, beside what really lies in the repository now."""

from dataclasses import replace

from bot.domain.backup import Backup, read_backup_id
from bot.errors import NotFound, SecondkeyError, UsageError
from bot.operations.services import Services
from bot.repository.folder import Broken
from bot.store import audit, backups


def known(services: Services, *databases: str) -> tuple[Backup, ...]:
    """All backups, or those of some databases, newest first; raises `NotFound` for an unknown database.

    One whose files are gone, cut or no longer the signed ones is corrupt, whatever the catalogue believes.
    """
    for name in databases:
        services.database(name)
    with services.store.transaction() as connection:
        listed = backups.list_backups(connection, *databases)
    return tuple(_as_it_lies(services, backup) for backup in listed)


def find(services: Services, backup_id: str) -> Backup:
    """A backup by the id that a person typed; raises `UsageError` for what is no id, and `NotFound`."""
    wanted = read_backup_id(backup_id)
    if wanted is None:
        raise UsageError(f"{backup_id[:60]!r} is not a backup id", "an id looks like B-20251008-191204-abcd")
    with services.store.transaction() as connection:
        backup = backups.find(connection, wanted)
    if backup is None:
        raise NotFound(
            f"there is no backup {wanted}",
            "`/backup list` shows what there is; `secondkey backups rebuild` reads the repository again",
        )
    return _as_it_lies(services, backup)


def rebuild(services: Services, by: str) -> tuple[tuple[Backup, ...], tuple[Broken, ...]]:
    """Read the catalogue again from the repository alone: what it holds now, and what is not trusted."""
    found = services.repository.backups()
    trusted = tuple(entry for entry in found if isinstance(entry, Backup))
    broken = tuple(entry for entry in found if isinstance(entry, Broken))
    with services.store.transaction() as connection:
        backups.replace_all(connection, trusted)
        audit.append(
            connection,
            actor=by,
            action="catalogue.rebuilt",
            subject="repository",
            detail={"backups": len(trusted), "not_trusted": [entry.id for entry in broken]},
        )
    return trusted, broken


def _as_it_lies(services: Services, backup: Backup) -> Backup:
    try:
        services.repository.look_at(backup)
    except SecondkeyError as fault:
        return replace(backup, corrupt=fault.reason)
    return backup
