"""How a schedule stands: what is due, what came of it, and whether that is as it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import wording
from bot.domain.backup import Backup, Kind, Level
from bot.domain.drill import Drill
from bot.domain.findings import Code, Finding, finding
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation, Progress
from bot.domain.scheduling.run import Run

#: What is due begins within this time, made up for or not, while a bot runs.
BEGINS = timedelta(minutes=5)
#: What takes longer is told, and goes on.
ENDS = timedelta(hours=6)

#: How long after it failed a backup is made again, each time; then it waits until it is due.
AGAIN = (timedelta(minutes=10), timedelta(minutes=30))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One schedule, at one time."""

    name: str
    #: the name in the configuration
    database: str
    kind: OperationKind
    #: when it is due, as people read it: `0 2 * * *, Europe/Berlin`
    times: str
    #: the last time when it was due; None where it was not yet
    due: datetime | None
    next: datetime
    #: the newest first
    runs: tuple[Run, ...] = ()
    #: what the newest run began, as far as it is by now
    operation: Operation | None = None
    #: somebody made a good backup since the newest run: what failed is not begun again
    answered: bool = False

    @property
    def last(self) -> Run | None:
        return self.runs[0] if self.runs else None

    @property
    def missed(self) -> datetime | None:
        """The last time when it was due, if nobody acted on that."""
        acted = self.due is None or (self.last is not None and self.last.due >= self.due)
        return None if acted else self.due

    @property
    def again(self) -> datetime | None:
        """When what failed is begun again; None where it is not."""
        last, operation = self.last, self.operation
        if last is None or operation is None or operation.finished_at is None:
            return None
        failed = self.kind is OperationKind.BACKUP and operation.progress is Progress.FAILED
        if not failed or self.answered or self.missed is not None or last.again >= len(AGAIN):
            return None
        at = operation.finished_at + AGAIN[last.again]
        return at if at < self.next else None


def absence(standing: Standing, now: datetime) -> Finding | None:
    """What was due and did not come to be: it did not begin, could not, or does not end."""
    last, operation = standing.last, standing.operation
    if standing.missed is not None:
        if now - standing.missed <= BEGINS:
            return None
        return _missed(standing, f"it was due at {wording.moment(standing.missed)}, and nothing began")
    if last is None:
        return None
    if last.begun.problem:
        detail = f"it was due at {wording.moment(last.due)}, and could not begin: {last.begun.problem}"
        return _missed(standing, detail, last.begun.hint)
    if operation is not None and _open(operation):
        # What failed may have been begun again.
        began = max(last.at, operation.created_at)
        if now - began > ENDS:
            return _missed(standing, f"it began at {wording.moment(began)}, and has not ended")
    return None


def unfinished(standing: Standing) -> Finding | None:
    """That the last run failed, of what has no alert of its own."""
    operation = standing.operation
    if operation is None or operation.progress is not Progress.FAILED:
        return None
    detail = f"the last run failed: {operation.problem}"
    return finding(Code.SCHEDULE_FAILED, standing.name, detail, operation.hint)


def unprotected(standing: Standing, backups: Sequence[Backup]) -> Finding | None:
    """That the last scheduled backup failed or is not proven, unless a later one is.

    `backups` are those of the database that are known. One that is corrupt is no matter of schedules.
    """
    last, operation = standing.last, standing.operation
    if last is None or operation is None or _open(operation):
        return None
    if any(_proven(backup) and backup.manifest.created_at > last.at for backup in backups):
        return None
    if operation.progress is Progress.FAILED:
        detail = f"the scheduled one failed{_times(standing)}: {operation.problem}{_tried_again(standing)}"
        hint = operation.hint or f"`/backup {standing.database}` makes one now"
        return finding(Code.BACKUP_FAILED, standing.database, detail, hint)
    made = next((each for each in backups if each.id == operation.result.get("backup_id")), None)
    if made is None or made.corrupt or _proven(made):
        return None
    because = made.proof.not_tested_because or "it was not tried yet"
    return finding(
        Code.BACKUP_NOT_RESTORE_TESTED,
        made.id,
        f"the scheduled one is {made.proof.level.value}, not restore-tested: {because}",
        f"`/verify {made.id}` tries it again",
    )


def undrilled(standing: Standing, newest: Drill | None) -> Finding | None:
    """That the last scheduled drill ended before it knew anything, and no other one was since.

    What a drill finds out, it tells itself.
    """
    operation = standing.operation
    if operation is None or operation.finished_at is None or operation.progress is not Progress.FAILED:
        return None
    if newest is not None and newest.at > operation.finished_at:
        return None
    return finding(
        Code.BACKUP_NOT_RESTORE_TESTED,
        standing.database,
        f"the scheduled drill failed: {operation.problem}",
        operation.hint or f"`/drill {standing.database}` does it now",
    )


def _times(standing: Standing) -> str:
    times = standing.last.again + 1 if standing.last else 1
    return f" {times} times" if times > 1 else ""


def _tried_again(standing: Standing) -> str:
    return f"; it is tried again at {wording.moment(standing.again)}" if standing.again else ""


def _proven(backup: Backup) -> bool:
    tested = backup.proof.level is Level.RESTORE_TESTED
    return tested and not backup.corrupt and backup.manifest.kind is not Kind.EMERGENCY


def _missed(standing: Standing, detail: str, hint: str = "") -> Finding:
    asked = f"`/{standing.kind} {standing.database}` does it now" if standing.kind in _ASKED else ""
    again = asked or f"`/schedule {standing.database}` shows it"
    return finding(Code.SCHEDULE_MISSED, standing.name, detail, hint or again)


def _open(operation: Operation | None) -> bool:
    return operation is not None and operation.progress in {Progress.WAITING, Progress.RUNNING}


#: What people can ask for themselves, by a command of the same name.
_ASKED = {OperationKind.BACKUP, OperationKind.DRILL}
