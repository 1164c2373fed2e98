"""The backups that are known: the catalogue, beside what really lies in the repository now."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from bot.domain.backup import Backup, read_backup_id
from bot.errors import NotFound, SecondkeyError, UsageError
from bot.operations.services import Services
from bot.repository.faults import BackupFault, Fault
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
    return tuple(as_it_lies(services, backup) for backup in listed)


def as_it_lies(services: Services, backup: Backup) -> Backup:
    """What the files say now beats what the catalogue believes."""
    try:
        return services.repository.look_at(backup.manifest.database, backup.id)
    except SecondkeyError as fault:
        return replace(backup, damage=fault.reason)


def unlisted(services: Services, listed: Sequence[Backup], *databases: str) -> tuple[Broken, ...]:
    """What lies in the repository, cannot be trusted, and is not among what `known` gave for these databases.

    Where the bot's state was lost, a rebuilt catalogue has no row for these, and nobody would see them.
    """
    ids = {backup.id for backup in listed}
    found = [
        entry for name in databases or (None,) for entry in services.repository.backups(name, besides=ids)
    ]
    return tuple(entry for entry in found if isinstance(entry, Broken) and not unfinished(entry))


def find(services: Services, backup_id: str) -> Backup:
    """A backup by the id that a person typed.

    Raises `UsageError` for what is no id, `NotFound`, and `BackupFault` for one that lies in the repository,
    cannot be trusted, and is not in the catalogue.
    """
    wanted = read_backup_id(backup_id)
    if wanted is None:
        raise UsageError(f"{backup_id[:60]!r} is not a backup id", "an id looks like B-20251008-191204-abcd")
    with services.store.transaction() as connection:
        backup = backups.find(connection, wanted)
    if backup is None:
        _refuse_untrusted(services, wanted)
        raise NotFound(
            f"there is no backup {wanted}",
            "`/backup list` shows what there is; `secondkey backups rebuild` reads the repository again",
        )
    return as_it_lies(services, backup)


def rebuild(services: Services, by: str) -> tuple[tuple[Backup, ...], tuple[Broken, ...]]:
    """Read the catalogue again from the repository: what it holds now, and what is not trusted.

    A backup that is not trusted any more stays in the catalogue, corrupt; one of which nothing is left goes.
    """
    with services.store.transaction() as connection:
        # Listed before the repository is read: a backup that ends meanwhile is in neither, and stays.
        listed = {backup.id for backup in backups.list_backups(connection)}
    found = services.repository.backups()
    trusted = tuple(entry for entry in found if isinstance(entry, Backup))
    broken = tuple(entry for entry in found if isinstance(entry, Broken))
    gone = listed - {entry.id for entry in found}
    with services.store.transaction() as connection:
        backups.forget(connection, gone)
        for backup in trusted:
            backups.record(connection, backup)
        audit.append(
            connection,
            actor=by,
            action="catalogue.rebuilt",
            subject="repository",
            detail={
                "backups": len(trusted),
                "not_trusted": [entry.id for entry in broken],
                "forgotten": sorted(gone),
            },
        )
    return known(services), broken


def rebuild_where_lost(services: Services, by: str) -> None:
    """Fill a catalogue that is empty although there are backups: then the bot's state was lost, not they."""
    with services.store.transaction() as connection:
        if backups.list_backups(connection):
            return
    if any(isinstance(entry, Backup) for entry in services.repository.backups()):
        rebuild(services, by)


def untrusted(services: Services, name: str) -> tuple[Broken, ...]:
    """What lies in the repository and cannot be trusted, newer than the newest backup that is proven good.

    Of an archive without a manifest nothing is said: it may be a backup that is being made.
    """
    newer = takewhile(
        lambda entry: isinstance(entry, Broken) or not entry.proven_good, services.repository.backups(name)
    )
    return tuple(entry for entry in newer if isinstance(entry, Broken) and not unfinished(entry))


def unfinished(entry: Broken) -> bool:
    """An archive without a manifest: it was never a backup, and may be one that is being made."""
    return isinstance(entry.problem, BackupFault) and entry.problem.fault is Fault.MANIFEST_MISSING


def _refuse_untrusted(services: Services, backup_id: str) -> None:
    """Say why a backup that the catalogue does not know cannot be trusted, if it is in the repository."""
    try:
        services.repository.load(backup_id)
    except NotFound:
        return
    except BackupFault as fault:
        raise BackupFault(fault.fault, f"{backup_id} is not trusted: {fault.reason}", fault.hint) from fault
