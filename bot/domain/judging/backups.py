"""Is there a backup to go back to, how far is it proven, and does it lie where it survives?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot import wording
from bot.domain.backup import Backup, Health, Kind, Level
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import BackupFacts, Observation

#: An archive of less than this share of the one before it is told.
SHRUNK = 0.5
KEY_LOST = finding(
    Code.BACKUP_KEY_LOST,
    "signing key",
    "its file is gone or out of reach: nothing new can be signed, but by a bot that started before",
    "put the copy that `secondkey keys export` made back before the bot is restarted",
)


def findings(observation: Observation) -> Iterator[Finding]:
    facts, name = observation.backups, observation.database
    if not facts.looked_at:
        return
    again = f"`/backup {name}` makes a new one"
    counting = [backup for backup in facts.backups if counts(backup)]
    if facts.last_failure:
        yield finding(Code.BACKUP_FAILED, name, f"the last attempt failed: {facts.last_failure}", again)
    if facts.key_lost:
        yield KEY_LOST
    if facts.unreadable is not None:
        # What lies there is neither good nor bad until somebody can look at it.
        yield finding(Code.BACKUP_UNREADABLE, "repository", facts.unreadable.reason, facts.unreadable.hint)
        return
    yield from _trust(facts, again)
    yield from _newest(facts, counting, observation, again)
    yield from _suspect(name, facts.backups)
    yield from _place(facts)


def counts(backup: Backup) -> bool:
    """Whether it protects: suspect and emergency backups are kept, and never counted on."""
    return (
        not backup.corrupt
        and backup.proof.health is not Health.SUSPECT
        and backup.manifest.kind is not Kind.EMERGENCY
    )


def _trust(facts: BackupFacts, again: str) -> Iterator[Finding]:
    """Backups that cannot be trusted, up to the newest that is proven good: what is older is superseded."""
    for backup in facts.backups:
        if backup.proven_good:
            break
        if backup.corrupt:
            yield finding(Code.BACKUP_CORRUPT, backup.id, backup.corrupt, f"do not rely on it; {again}")
    if facts.unsigned:
        yield finding(
            Code.BACKUP_UNSIGNED,
            "repository",
            facts.unsigned,
            f"do not rely on it, and find out who can write to the repository; {again}",
        )


def _newest(
    facts: BackupFacts, counting: Sequence[Backup], observation: Observation, again: str
) -> Iterator[Finding]:
    if not counting:
        detail = f"none of {wording.plural(len(facts.backups), 'backup')} can be counted on"
        yield finding(
            Code.BACKUP_MISSING, observation.database, detail if facts.backups else "there is none yet", again
        )
        return
    newest = counting[0]
    yield from _stale(newest, facts, observation.now, again)
    if newest.proof.level is not Level.RESTORE_TESTED:
        because = newest.proof.not_tested_because or "it was not tried yet"
        yield finding(
            Code.BACKUP_NOT_RESTORE_TESTED,
            newest.id,
            f"{newest.proof.level.value}, not restore-tested: {because}",
            f"`/verify {newest.id}` tries it again",
        )
    yield from _shrunk(counting)


def _stale(newest: Backup, facts: BackupFacts, now: datetime, again: str) -> Iterator[Finding]:
    made = newest.manifest.created_at
    if now - made > facts.max_age:
        limit = wording.duration(facts.max_age)
        yield finding(
            Code.BACKUP_STALE, newest.id, f"made {wording.ago(made, now)}; at most {limit} is allowed", again
        )


def _shrunk(counting: Sequence[Backup]) -> Iterator[Finding]:
    if len(counting) < 2:
        return
    newest, before = counting[0], counting[1]
    if newest.manifest.archive.bytes < before.manifest.archive.bytes * SHRUNK:
        sizes = (wording.size(each.manifest.archive.bytes) for each in (before, newest))
        yield finding(
            Code.BACKUP_SHRUNK,
            newest.id,
            f"{' → '.join(sizes)} since {before.id}",
            f"`/backup show {newest.id}` shows what it holds",
        )


def _suspect(name: str, backups: Sequence[Backup]) -> Iterator[Finding]:
    if not backups or backups[0].proof.health is not Health.SUSPECT:
        return
    newest = backups[0]
    codes = ", ".join(newest.proof.suspect_because)
    yield finding(
        Code.BACKUP_SUSPECT,
        newest.id,
        f"the newest was made of a database that did not pass: {codes}",
        f"`/backup list {name}` shows which one would be taken instead",
    )


def _place(facts: BackupFacts) -> Iterator[Finding]:
    if facts.same_host:
        yield finding(
            Code.BACKUP_SAME_HOST,
            "repository",
            "the backups lie on the protected server's own machine",
            "one lost machine takes both: let `repository.url` lead to a volume of another one",
        )
    if facts.ephemeral:
        yield finding(
            Code.BACKUP_EPHEMERAL_STORAGE,
            "repository",
            f"the backups lie on {facts.ephemeral}, which does not outlive the machine or container",
            "let `repository.url` lead to a volume that stays",
        )
