"""What changes slowly around the data, and which of it wakes people: the rest is told by `/verify`."""

from collections.abc import Iterable

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, Finding, Verdict
from bot.domain.observation import Observation

#: What the command is called that tells how much room the server has.
DISK_FREE = "disk_free"
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
        Code.SERVER_UNREADABLE,
    ),
    Matter.BACKUP: (
        Code.BACKUP_CORRUPT,
        Code.BACKUP_UNSIGNED,
        Code.BACKUP_UNREADABLE,
        Code.BACKUP_SHRUNK,
        Code.BACKUP_KEY_LOST,
    ),
}


def by_cause(
    observation: Observation, verdict: Verdict, matters: Iterable[Matter]
) -> dict[Cause, tuple[Finding, ...]]:
    """Every cause of these matters that could wake somebody, and what was found of it: nothing where it is
    fine. A cause that is in nobody's sight is fine for nobody: it is left out."""
    found = {
        Cause(matter=matter, database=observation.database, subject=code.value): tuple(
            each for each in verdict.findings if each.code is code and _wakes(each)
        )
        for matter in matters
        for code in _WAKING[matter]
    }
    return {cause: findings for cause, findings in found.items() if findings or _seen(observation, cause)}


def _wakes(found: Finding) -> bool:
    """A server that does not answer has an alert of its own; what a login is never shown was decided once."""
    return found.code is not Code.SERVER_UNREADABLE or found.subject == DISK_FREE


def _seen(observation: Observation, cause: Cause) -> bool:
    """All of it, beside what this login is never shown."""
    if cause.matter is Matter.BACKUP:
        return observation.backups.unreadable is None
    facts = observation.server
    hidden = {unseen.what for unseen in facts.unseen} - {facts.login}
    if cause.subject != Code.SERVER_DISK_LOW:
        hidden -= {DISK_FREE}
    return bool(facts.login) and not hidden
