"""Looks after the schedules: makes up for what no replica did, and alerts where that is not enough."""

from collections.abc import Callable, Collection
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, Finding
from bot.domain.operation import Kind
from bot.domain.scheduling.standing import Standing, absence, unfinished, unprotected
from bot.operations.alerting import reporting
from bot.operations.scheduling import standing
from bot.operations.scheduling.planned import name_of, planned
from bot.operations.services import Services
from bot.store import alerts, backups
from bot.store.database import clock
from bot.store.schedules import PUNCTUAL, Schedules

#: How often, in seconds: what nobody repeats for a minute is taken to be over.
EVERY = 30.0
#: A drill tells itself why it failed.
_TOLD = {Kind.BACKUP, Kind.DRILL}
#: What can be wrong with a scheduled backup. Corrupt ones are told by the rounds.
_OF_BACKUPS = (Code.BACKUP_FAILED, Code.BACKUP_NOT_RESTORE_TESTED)


def look_after(services: Services, schedules: Schedules, should_stop: Callable[[], bool]) -> None:
    """Once. Raises `Away`."""
    schedules.make_up(late=PUNCTUAL)
    if not should_stop():
        look(services)


def look(services: Services) -> None:
    """Alert where something that was due did not come to be, or a scheduled backup is none; settle the rest.

    Raises `Away`.
    """
    plans = planned(services)
    for plan in plans:
        with services.store.transaction() as connection:
            now = clock(connection)
            found = standing.stand(connection, plan, now)
            backup = _backup_of(connection, found)
        cause = Cause(matter=Matter.SCHEDULE, database=plan.database, subject=plan.name)
        _tell(services, cause, absence(found, now) or (None if plan.kind in _TOLD else unfinished(found)))
        for code, wrong in backup.items():
            _tell(services, Cause(matter=Matter.BACKUP, database=plan.database, subject=code.value), wrong)
    for cause in _switched_off(services, {plan.name for plan in plans}):
        reporting.settle(services, cause)


def _backup_of(connection: Connection[Any], found: Standing) -> dict[Code, Finding | None]:
    """What could be wrong with the last scheduled backup, and is; nothing is said while it is under way."""
    operation = found.operation
    if operation is None or operation.kind is not Kind.BACKUP or operation.finished_at is None:
        return {}
    made = backups.find(connection, operation.result.get("backup_id", ""))
    wrong = unprotected(found, [made] if made else [])
    if wrong is not None:
        # A later one may have mended it. All of them are large: they are read only then.
        wrong = unprotected(found, backups.list_backups(connection, found.database))
    return {code: wrong if wrong is not None and wrong.code is code else None for code in _OF_BACKUPS}


def _switched_off(services: Services, names: Collection[str]) -> list[Cause]:
    """What alerts are open about although nobody wants it done any more."""
    with services.store.transaction() as connection:
        causes = [alert.cause for alert in alerts.all_open(connection)]
    return [cause for cause in causes if (name := _schedule_of(cause)) and name not in names]


def _schedule_of(cause: Cause) -> str:
    """Whose alert it is; empty where it is another's."""
    if cause.matter is Matter.SCHEDULE:
        return cause.subject
    of_backup = cause.matter is Matter.BACKUP and cause.subject in _OF_BACKUPS
    return name_of(Kind.BACKUP, cause.database) if of_backup else ""


def _tell(services: Services, cause: Cause, found: Finding | None) -> None:
    if found is None:
        reporting.settle(services, cause)
    else:
        reporting.report(services, cause, [found], sure="known from Secondkey's own records")
