"""What changes slowly around the data, and which of it wakes people: the rest is told by `/verify`."""

from collections.abc import Iterable

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, Finding, Verdict

#: These become worse while nobody looks. What was decided once, such as rights or where the backups lie, does
#: not; and whether backups are made in time is known from the schedules.
_WAKING = {
    Matter.SERVER: (
        Code.SERVER_DISK_LOW,
        Code.SERVER_ARCHIVE_FAILING,
        Code.SERVER_REPLICA_LAGGING,
        Code.SERVER_SLOT_INACTIVE,
        Code.SERVER_CONNECTIONS_FULL,
        Code.SERVER_LONG_TRANSACTION,
    ),
    Matter.BACKUP: (
        Code.BACKUP_CORRUPT,
        Code.BACKUP_UNSIGNED,
        Code.BACKUP_UNREADABLE,
        Code.BACKUP_SHRUNK,
        Code.BACKUP_KEY_LOST,
    ),
}


def by_cause(database: str, verdict: Verdict, matters: Iterable[Matter]) -> dict[Cause, tuple[Finding, ...]]:
    """Every cause of these matters that could wake somebody, and what was found of it: nothing where it is
    fine."""
    return {
        Cause(matter=matter, database=database, subject=code.value): tuple(
            found for found in verdict.findings if found.code is code
        )
        for matter in matters
        for code in _WAKING[matter]
    }
