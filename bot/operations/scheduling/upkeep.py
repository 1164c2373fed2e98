"""Looks after the schedules: makes up for what no replica did, and alerts where that is not enough."""

from collections.abc import Callable, Collection
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Alert, Cause, Matter, drill_of
from bot.domain.drill import unanswered
from bot.domain.findings import Code, Finding
from bot.domain.operation import Kind
from bot.domain.scheduling.standing import Standing, absence, undrilled, unfinished, unprotected
from bot.operations.alerting import reporting
from bot.operations.scheduling import beginning, standing
from bot.operations.scheduling.planned import Planned, name_of, planned
from bot.operations.services import Services
from bot.store import alerts, backups, drills, firings
from bot.store.database import clock
from bot.store.schedules import PUNCTUAL, Schedules

#: How often, in seconds: what nobody repeats for a minute is taken to be over.
EVERY = 30.0
#: What can be wrong with a scheduled backup. Corrupt ones are told by the rounds.
_OF_BACKUPS = (Code.BACKUP_FAILED, Code.BACKUP_NOT_RESTORE_TESTED)


def look_after(services: Services, schedules: Schedules, should_stop: Callable[[], bool]) -> None:
    """Once. Raises `Away`."""
    schedules.make_up(late=PUNCTUAL)
    begin_again(services)
    if not should_stop():
        look(services)


def begin_again(services: Services) -> None:
    """What failed, when its time has come. Raises `Away`."""
    for plan in planned(services):
        with services.store.transaction() as connection:
            now = clock(connection)
            found = standing.stand(connection, plan, now)
            if found.again is None or now < found.again or found.last is None:
                continue
            if firings.take_again(connection, plan.name, found.last.due, found.last.begun.operation):
                begun = beginning.begin(services, connection, plan)
                firings.begun(connection, plan.name, found.last.due, begun)


def look(services: Services) -> None:
    """Alert where something that was due did not come to be, or came to nothing; settle the rest.

    Raises `Away`.
    """
    plans = planned(services)
    for plan in plans:
        with services.store.transaction() as connection:
            causes = _causes(connection, plan)
        for cause, wrong in causes.items():
            reporting.report_or_settle(services, cause, wrong, sure=reporting.RECORDS)
    for cause in _switched_off(services, {plan.name for plan in plans}):
        reporting.settle(services, cause)


_Wrong = dict[Cause, tuple[Finding, ...]]


def _causes(connection: Connection[Any], plan: Planned) -> _Wrong:
    """What could be wrong, and is; what is left out is not for the schedules to settle now."""
    now = clock(connection)
    found = standing.stand(connection, plan, now)
    absent = absence(found, now)
    own = Cause(matter=Matter.SCHEDULE, database=plan.database, subject=plan.name)
    match plan.kind:
        case Kind.BACKUP:
            return {own: _all(absent), **_of_backup(connection, found)}
        case Kind.DRILL:
            return {own: _all(absent), **_of_drill(connection, found)}
        case _:
            return {own: _all(absent or unfinished(found))}


def _all(wrong: Finding | None) -> tuple[Finding, ...]:
    return (wrong,) if wrong else ()


def _of_backup(connection: Connection[Any], found: Standing) -> _Wrong:
    """What could be wrong with the last scheduled backup, and is; nothing is said while it is under way."""
    operation = found.operation
    if operation is None or operation.kind is not Kind.BACKUP or operation.finished_at is None:
        return {}
    made = backups.find(connection, operation.result.get("backup_id", ""))
    wrong = unprotected(found, [made] if made else [])
    if wrong is not None:
        # A later one may have mended it. All of them are large: they are read only then.
        wrong = unprotected(found, backups.list_backups(connection, found.database))
    return {
        Cause(matter=Matter.BACKUP, database=found.database, subject=code.value): (
            (wrong,) if wrong is not None and wrong.code is code else ()
        )
        for code in _OF_BACKUPS
    }


def _of_drill(connection: Connection[Any], found: Standing) -> _Wrong:
    """The same cause as a drill's own, which is settled by a drill that ends well: what an earlier one found
    stands beside it."""
    wrong, cause = undrilled(found, drills.newest(connection, found.database)), drill_of(found.database)
    if wrong is None:
        return {}
    alert = alerts.hold(connection, cause)
    return {cause: (wrong, *unanswered(alert.findings if alert and alert.stands else (), ()))}


def _switched_off(services: Services, names: Collection[str]) -> list[Cause]:
    """What alerts are open about although nobody wants it done any more."""
    with services.store.transaction() as connection:
        found = alerts.all_open(connection)
    return [alert.cause for alert in found if (name := _schedule_of(alert)) and name not in names]


def _schedule_of(alert: Alert) -> str:
    """Whose alert it is; empty where it is another's."""
    cause = alert.cause
    match cause.matter:
        case Matter.SCHEDULE:
            return cause.subject
        case Matter.BACKUP if cause.subject in _OF_BACKUPS:
            return name_of(Kind.BACKUP, cause.database)
        # What a drill found of a backup stays wrong, whoever asked for the drill.
        case Matter.DRILL if all(each.subject == cause.database for each in alert.findings):
            return name_of(Kind.DRILL, cause.database)
        case _:
            return ""
