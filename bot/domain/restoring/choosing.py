"""Which backup is restored: the newest that is proven good, or the one whose id was typed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.catalogue import default_choice
from bot.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The backup, and the newer ones that were passed over: `B-…: suspect: rows.zero`."""

    backup: Backup
    passed_over: tuple[str, ...] = ()


def choose(known: Sequence[Backup], database: str) -> Chosen:
    """Without an id; `known` are the database's, newest first. Raises `Refused` where none is proven good."""
    choice = default_choice(known)
    if choice.backup is None:
        raise Refused(
            "no-proven-backup",
            f"no backup of {database} is both healthy and restore-tested",
            f"`/backup list` says why; `/restore {database} B-… REASON` takes one by its id",
        )
    passed_over = tuple(f"{backup.id}: {reason}" for backup, reason in choice.passed_over)
    return Chosen(backup=choice.backup, passed_over=passed_over)


def by_id(backup: Backup, database: str) -> Chosen:
    """The one that was asked for; raises `Refused` where it cannot be trusted, or belongs elsewhere."""
    refuse_unusable(backup, database)
    return Chosen(backup=backup)


def refuse_unusable(backup: Backup, database: str) -> None:
    """Raise `Refused` where a backup may not be restored into this database, whoever wants it."""
    if backup.manifest.database != database:
        raise Refused(
            "another-databases-backup",
            f"{backup.id} is a backup of {backup.manifest.database}, not of {database}",
            f"`/restore {backup.manifest.database} {backup.id} REASON` restores it where it belongs",
        )
    if backup.corrupt:
        raise Refused(
            "backup-corrupt",
            f"{backup.id} cannot be trusted: {backup.corrupt}",
            f"take an older one: `/backup list {database}`",
        )
    if backup.proof.level is Level.WRITTEN:
        raise Refused(
            "backup-unread",
            f"{backup.id} was never read back: nobody knows whether it is whole",
            f"`/verify {backup.id}` reads it and restores it as a test; ask again then",
        )


def warnings(backup: Backup) -> tuple[str, ...]:
    """What stands in the plan's first lines: why this backup would not have been proposed."""
    proof, told = backup.proof, []
    if proof.health is Health.SUSPECT:
        because = ", ".join(code.value for code in proof.suspect_because)
        told.append(f"this backup is suspect: it was made of a database with {because}")
    if proof.health is Health.UNKNOWN:
        told.append("this backup's health is unknown: there was no baseline to judge it by")
    if proof.level is not Level.RESTORE_TESTED:
        why = proof.not_tested_because or "it was not tried yet"
        told.append(f"this backup was never restored as a test: {why}")
    if backup.manifest.kind is Kind.EMERGENCY:
        told.append("this is an emergency backup: it holds what was still there in the middle of a loss")
    return tuple(told)
