"""A drill: backups are restored while nobody needs them, to know that they do, and in what time."""

import time
from collections.abc import Sequence
from datetime import datetime

from bot.domain.alerting.alert import drill_of
from bot.domain.backup import Backup
from bot.domain.drill import Drill, chosen, longest_gap, unanswered
from bot.domain.findings import Code, Finding, finding
from bot.domain.operation import Kind, Operation
from bot.errors import Refused
from bot.locks import locked_after
from bot.operations import catalogue
from bot.operations.alerting import reporting
from bot.operations.attempt import Attempt, conclude, show
from bot.operations.drilled import to_result
from bot.operations.proving import Restore, prove
from bot.operations.services import Services
from bot.operations.staging import host, on_staging
from bot.postgres.place import make_passable
from bot.postgres.restore_failures import not_the_archives_fault
from bot.programs import Stopped
from bot.slack.views import drill as view
from bot.store import alerts, audit, backups, drills, operations

#: How often a drill looks whether the one before it has ended, in seconds.
LOOK = 0.5


def database_of(services: Services, backup_id: str | None) -> str:
    """Whose backup this is; raises `UsageError` and `NotFound`."""
    return catalogue.find(services, backup_id or "").manifest.database


def request(services: Services, database: str, backup_id: str | None, by: str, channel: str) -> Operation:
    """Record that backups are to be restored: this one, or the newest and a random older one.

    Raises `NotFound`, and `Refused` where there is nothing to restore, it is another database's, or a drill
    is open.
    """
    if backup_id is None:
        _refuse_none(chosen(catalogue.known(services, database), seed=""), database)
    elif (owner := database_of(services, backup_id)) != database:
        raise Refused(
            "another-databases-backup",
            f"{backup_id} is a backup of {owner}, not of {database}; nothing was restored",
            f"`/drill {backup_id}` restores it",
        )
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.DRILL,
            database=database,
            requested_by=by,
            request={"channel": channel, **({"backup_id": backup_id} if backup_id else {})},
        )
        show(connection, operation, view.waiting(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Restore them one after the other, never beside another drill; what came of it is told and kept."""
    operation = attempt.operation
    held = _hold_drills(attempt, _choose(attempt))
    _tell(attempt, held)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, to_result(held))
        audit.append(
            connection,
            actor=operation.requested_by,
            action="drill.done",
            subject=operation.database,
            detail={drill.backup_id: drill.problem or "restored" for drill in held},
        )
        # What a schedule began speaks up where something is wrong.
        if not (operation.scheduled and all(drill.ok for drill in held)):
            conclude(connection, operation, view.result(operation, held))


def _choose(attempt: Attempt) -> Sequence[str]:
    """The backups' ids, recorded so that whoever takes the drill over takes the same ones."""
    operation = attempt.operation
    if "backup_id" in operation.request:
        return [operation.request["backup_id"]]
    if "chosen" not in operation.result:
        found = chosen(catalogue.known(attempt.services, operation.database), seed=operation.id)
        _refuse_none(found, operation.database)
        operation.result["chosen"] = [backup.id for backup in found]
        with attempt.ending() as connection:
            operations.note(connection, operation.id, attempt.token, operation.result)
    ids: list[str] = operation.result["chosen"]
    return ids


def _hold_drills(attempt: Attempt, backup_ids: Sequence[str]) -> list[Drill]:
    """A throw-away cluster takes the room of a database: on one machine there is never a second one."""
    folder = attempt.services.scratch / "drills"
    with not_the_archives_fault():
        make_passable(folder.parent)
        folder.mkdir(exist_ok=True)
    held = {drill.backup_id: drill for drill in _held_before(attempt)}
    with locked_after(folder, lambda: _wait(attempt)):
        return [held.get(each) or _hold(attempt, each) for each in backup_ids]


def _held_before(attempt: Attempt) -> list[Drill]:
    """By an attempt of this drill that was cut off."""
    with attempt.services.store.transaction() as connection:
        return drills.of(connection, attempt.operation.id)


def _wait(attempt: Attempt) -> None:
    if attempt.should_stop():
        raise Stopped
    what = "waiting until another drill on this machine has ended"
    attempt.progress(view.drilling(attempt.operation, None, what))
    time.sleep(LOOK)


def _hold(attempt: Attempt, backup_id: str) -> Drill:
    services, operation = attempt.services, attempt.operation
    backup = services.repository.load(backup_id, operation.database)
    begun = services.store.now()
    backup = prove(
        services,
        backup,
        restore=_elsewhere(attempt),
        on_progress=lambda what: attempt.progress(view.drilling(operation, backup, what)),
        should_stop=attempt.should_stop,
    )
    drill = _drill(attempt, backup, begun)
    with attempt.ending() as connection:
        backups.record(connection, backup)
        drills.record(connection, drill)
    return drill


def _elsewhere(attempt: Attempt) -> Restore | None:
    """On the staging server, where one is configured."""
    dsn = attempt.services.database(attempt.operation.database).drill.staging_dsn
    return on_staging(attempt.services, dsn.get_secret_value(), attempt.purpose) if dsn else None


def _drill(attempt: Attempt, backup: Backup, begun: datetime) -> Drill:
    services, operation = attempt.services, attempt.operation
    dsn = services.database(operation.database).drill.staging_dsn
    problem = backup.corrupt or backup.proof.not_tested_because
    return Drill(
        operation=operation.id,
        database=operation.database,
        backup_id=backup.id,
        bytes=backup.manifest.archive.bytes,
        age=begun - backup.manifest.created_at,
        gap=longest_gap(catalogue.known(services, operation.database), begun),
        place=host(dsn.get_secret_value()) if dsn else "",
        seconds=None if problem else backup.proof.restore_seconds,
        problem=problem,
        at=begun,
    )


def _trouble(attempt: Attempt, drill: Drill) -> Finding | None:
    if drill.ok:
        return None
    with attempt.services.store.transaction() as connection:
        backup = backups.find(connection, drill.backup_id)
    corrupt = backup is not None and bool(backup.corrupt)
    return finding(
        Code.BACKUP_CORRUPT if corrupt else Code.BACKUP_NOT_RESTORE_TESTED,
        drill.backup_id,
        f"a drill did not restore it: {drill.problem}",
        f"`/backup {drill.database}` makes a new one, and proves it"
        if corrupt
        else f"mend that, and `/drill {drill.backup_id}` tries it again",
    )


def _tell(attempt: Attempt, held: Sequence[Drill]) -> None:
    services, cause = attempt.services, drill_of(attempt.operation.database)
    with services.store.transaction() as connection:
        alert = alerts.hold(connection, cause)
    earlier = alert.findings if alert is not None and alert.stands else ()
    trouble = [found for drill in held if (found := _trouble(attempt, drill)) is not None]
    sure = f"{attempt.operation.id} tried to restore at {services.store.now():%H:%M:%S} UTC"
    reporting.report_or_settle(services, cause, (*trouble, *unanswered(earlier, held)), sure=sure)


def _refuse_none(found: Sequence[Backup], database: str) -> None:
    if not found:
        raise Refused(
            "no-proven-backup",
            f"no backup of {database} is healthy and was read back whole: there is nothing to restore",
            f"`/backup {database}` makes one; `/backup list {database}` shows what there is, and why not",
        )
