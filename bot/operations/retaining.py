"""Retention: backups whose time is over are announced, and deleted a day later."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.backup import Backup
from bot.domain.retention import Judged, Policy, Situation, judge, over
from bot.operations import catalogue, floors
from bot.operations.attempt import Attempt
from bot.operations.posting import post
from bot.operations.services import Services
from bot.repository import deleting
from bot.slack.blocks import Message
from bot.slack.views import retention as view
from bot.store import audit, backups, operations, retained
from bot.store.database import clock

#: How long before it goes a backup is announced; what comes daily comes a little earlier at times.
AHEAD = timedelta(hours=22)


def run(attempt: Attempt) -> None:
    """Settle what was cut off, delete what was announced a day ago, announce what goes next."""
    services, operation = attempt.services, attempt.operation
    _settle(services, operation.database)
    policy = floors.in_force(services, operation.database)
    if policy is None:
        _end(attempt, (), ())
        return
    judged = look(services, operation.database, policy)
    due = _announced_long_ago(attempt, over(judged))
    gone = [backup for backup in due if not remove(attempt, backup.id)]
    _end(attempt, gone, judged)


def look(services: Services, database: str, policy: Policy) -> tuple[Judged, ...]:
    """Each backup of a database, newest first, and why it stays; raises `NotFound`."""
    known = catalogue.known(services, database)
    with services.store.transaction() as connection:
        situation = Situation(
            now=clock(connection),
            zone=services.database(database).time_zone,
            held=retained.held(connection, database),
            troubled=retained.troubled(connection, database),
        )
    return judge(known, policy, situation)


def shown(services: Services, database: str) -> Message:
    """`/backup retention`: the floors in force, and what ends; raises `NotFound`."""
    policy = floors.in_force(services, database)
    judged = look(services, database, policy) if policy else ()
    return view.standing(database, policy, floors.wanted(services, database), judged)


def remove(attempt: Attempt, backup_id: str) -> str:
    """Delete one backup; where something needs it by now it stays, and what that is is returned, in words.

    Whoever is cut off has left either a backup or something that nobody is offered: see `deleting.begun`.
    """
    repository, operation = attempt.services.repository, attempt.operation
    deleting.begin(repository, operation.database, backup_id)
    # Of two that go at the same time each sees that the other is going: never both are deleted.
    needed = "it is the last one that is proven good" if _is_last_good(attempt, backup_id) else ""
    with attempt.ending() as connection:
        held = retained.held(connection, operation.database, besides=operation.id)
        needed = needed or held.get(backup_id, "")
        if not needed and backups.forget(connection, [backup_id]):
            audit.append(
                connection,
                actor=operation.requested_by,
                action="backup.deleted",
                subject=operation.database,
                detail={"id": backup_id, "operation": operation.id},
            )
    settle = deleting.take_back if needed else deleting.finish
    settle(repository, operation.database, backup_id)
    return needed


def _is_last_good(attempt: Attempt, backup_id: str) -> bool:
    services, database = attempt.services, attempt.operation.database
    with services.store.transaction() as connection:
        going = backups.find(connection, backup_id)
    others = (each for each in catalogue.known(services, database) if each.id != backup_id)
    return going is not None and going.proven_good and not any(each.proven_good for each in others)


def _settle(services: Services, database: str) -> None:
    """What is in no catalogue any more has gone; all else is a backup, and is judged like any other."""
    for backup_id in deleting.begun(services.repository, database):
        with services.store.transaction() as connection:
            gone = backups.find(connection, backup_id) is None
        settle = deleting.finish if gone else deleting.take_back
        settle(services.repository, database, backup_id)


def _announced_long_ago(attempt: Attempt, ending: Sequence[Backup]) -> list[Backup]:
    with attempt.services.store.transaction() as connection:
        now, announced = clock(connection), retained.ends(connection, attempt.operation.database)
    return [each for each in ending if announced.get(each.id, now) <= now - AHEAD]


def _end(attempt: Attempt, gone: Sequence[Backup], judged: Sequence[Judged]) -> None:
    """One message a day at the most, and none where there is nothing new."""
    operation, deleted = attempt.operation, {backup.id for backup in gone}
    coming = [backup for backup in over(judged) if backup.id not in deleted]
    with attempt.ending() as connection:
        now, told = clock(connection), retained.ends(connection, operation.database)
        retained.announce_ends(connection, operation.database, [backup.id for backup in coming])
        if gone or any(backup.id not in told for backup in coming):
            stays = len(judged) - len(deleted) - len(coming)
            message = view.notice(operation.database, gone, coming, stays)
            post(connection, _key(operation.database, now), operation.request["channel"], message)
        operations.finish(
            connection,
            operation.id,
            attempt.token,
            {"deleted": sorted(deleted), "announced": [backup.id for backup in coming]},
        )


def _key(database: str, now: datetime) -> str:
    return f"notice:retention:{database}:{now:%Y-%m-%d}"
