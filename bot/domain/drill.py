"""Drills: backups are restored while nobody needs them, to know that they do, and in what time."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot import wording
from bot.domain.backup import Backup, Health, Kind, Level, read_backup_id
from bot.domain.findings import Finding

#: How far back the times between backups are looked at.
LOOKED_BACK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One backup that was restored, or was not."""

    #: the operation that did it; one may restore several backups
    operation: str
    #: the name in the configuration
    database: str
    backup_id: str
    #: of the archive
    bytes: int
    #: of the backup when it was drilled: what was written since would have been lost
    age: timedelta
    #: the longest time without a backup that is proven good, within the last days; None where there is none
    gap: timedelta | None
    #: the staging server's host; empty for a throw-away cluster on the bot's machine
    place: str = ""
    #: how long the restore took; None where it did not end well
    seconds: float | None
    #: why it did not; empty where it did
    problem: str = ""
    at: datetime

    @property
    def ok(self) -> bool:
        return not self.problem

    @property
    def widest(self) -> str:
        """The longest time between two good backups, in words; empty where none was longer than this one is
        old."""
        if self.gap is None or self.gap <= self.age:
            return ""
        return f"at most {wording.duration(self.gap)} lay between two good ones"


def chosen(backups: Sequence[Backup], seed: str) -> tuple[Backup, ...]:
    """The newest backup worth a drill and a random older one; `backups` are one database's, newest first.

    The same seed takes the same ones of the same backups.
    """
    worth = [backup for backup in backups if _worth_it(backup)]
    older = worth[1:]
    # A choice that can be repeated, not a secret.
    return (*worth[:1], *([random.Random(seed).choice(older)] if older else []))  # noqa: S311


def longest_gap(backups: Sequence[Backup], now: datetime) -> timedelta | None:
    """The longest time between two backups that are proven good, or since the newest of them."""
    made = sorted(backup.manifest.created_at for backup in backups if backup.proven_good)
    before = [at for at in made if at < now - LOOKED_BACK]
    recent = [*before[-1:], *(at for at in made if at >= now - LOOKED_BACK)]
    return max((later - earlier for earlier, later in pairwise([*recent, now])), default=None)


@dataclass(frozen=True, kw_only=True)
class RestoreTime:
    """What restoring a backup takes, as it was tried last."""

    #: None where no restore was timed
    seconds: float | None
    #: what timed it, in words
    tried: str = "last restore test"


def restore_time(backup: Backup, drill: Drill | None) -> RestoreTime:
    """By the newest drill of the database, unless it failed or the backup was restore-tested since."""
    own = backup.proof
    if drill is not None and drill.ok and (own.restore_seconds is None or drill.at > own.at):
        return RestoreTime(seconds=drill.seconds, tried="last drill")
    return RestoreTime(seconds=own.restore_seconds)


def unanswered(earlier: Iterable[Finding], held: Sequence[Drill]) -> tuple[Finding, ...]:
    """What earlier drills found of backups that nobody tried to restore now, and that are newer than whatever
    was restored: a backup's id begins with its time. That a drill knew nothing is answered by any."""
    tried = {drill.backup_id for drill in held}
    restored = max((drill.backup_id for drill in held if drill.ok), default="")
    untried = (each for each in earlier if read_backup_id(each.subject) and each.subject not in tried)
    return tuple(each for each in untried if each.subject > restored)


def last_drill(drill: Drill | None, now: datetime) -> str:
    """For reports: what a restore takes, and what it would lose, as far as it was tried."""
    if drill is None:
        return "no drill yet"
    when = f"last drill {wording.ago(drill.at, now)}: {drill.backup_id}"
    if drill.seconds is None:
        return f"{when} was not restored: {drill.problem}"
    gap = f", {drill.widest}" if drill.widest else ""
    return (
        f"{when} restored in {wording.duration(drill.seconds)}; it was {wording.duration(drill.age)} old{gap}"
    )


def _worth_it(backup: Backup) -> bool:
    """Somebody would restore it without naming its id."""
    return (
        not backup.corrupt
        and backup.proof.level in {Level.READ, Level.RESTORE_TESTED}
        and backup.proof.health is Health.HEALTHY
        and backup.manifest.kind is not Kind.EMERGENCY
    )
