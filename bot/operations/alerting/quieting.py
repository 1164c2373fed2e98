"""`/watch quiet` and `resume`: what is meant to happen wakes nobody; what stands afterwards is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.alerting import course
from bot.domain.alerting import maintenance as rules
from bot.domain.alerting.alert import Alert
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.deploying.gate import ALL
from bot.errors import NotFound, UsageError
from bot.operations.alerting import telling
from bot.operations.alerting.helping import with_incident
from bot.operations.deploying.freezing import incident_channels
from bot.operations.deploying.windows import refuse_without_reason
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.views import watch as view
from bot.store import alerts, audit, maintenance
from bot.store.database import clock


def begin(services: Services, scope: str, length: timedelta, reason: str, by: str) -> MaintenanceWindow:
    """Tell alerts of a database, or of `all`, calmly for so long from now on; raises `NotFound`, `Refused`
    and `UsageError`."""
    refuse_without_reason(reason, f"/watch quiet {scope} DURATION REASON")
    channels = incident_channels(services, scope)
    if not timedelta() < length <= rules.LONGEST:
        raise UsageError(
            f"a maintenance window lasts at most {wording.duration(rules.LONGEST)}; nothing was changed",
            "`/watch quiet` again makes it longer, when it is seen that it takes longer",
        )
    with services.store.transaction() as connection:
        window = maintenance.begin(connection, scope, by=by, reason=reason, length=length)
        _record(connection, window, "maintenance.began", by, until=window.until.isoformat())
        _announce(connection, window, channels, None)
    return window


def resume(services: Services, scope: str, by: str) -> MaintenanceWindow:
    """End the window before its time; raises `NotFound`."""
    incident_channels(services, scope)
    ended = _end(services, scope, by)
    if ended is None:
        what = "all databases together" if scope == ALL else scope
        raise NotFound(f"no maintenance window of {what} is open", "`/watch status` shows those that are")
    return ended


def others(services: Services, scope: str) -> list[MaintenanceWindow]:
    """The windows that are open and cover some of the same."""
    with services.store.transaction() as connection:
        return [each for each in maintenance.standing(connection) if scope == ALL or each.covers(scope)]


def end_overdue(services: Services) -> None:
    """End the windows whose time is over."""
    with services.store.transaction() as connection:
        overdue = maintenance.overdue(connection)
    for window in overdue:
        _end(services, window.scope, "secondkey", overdue=True)


def speak_up(services: Services, alert: Alert) -> None:
    """Tell aloud what was kept calm, and still stands now that no window keeps it so."""
    readers = telling.readers(services, alert.cause, alert.id)
    with services.store.transaction() as connection:
        held = alerts.hold_again(connection, alert)
        if not course.is_kept_calm(held) or maintenance.window_of(connection, held.cause.database):
            return
        held = with_incident(services, connection, replace(held, aloud_at=clock(connection)))
        telling.aloud(connection, readers, alerts.save(connection, held))


def _end(services: Services, scope: str, by: str, *, overdue: bool = False) -> MaintenanceWindow | None:
    """What still stands is told by whoever looks after alerts."""
    channels = incident_channels(services, scope) if scope in (ALL, *services.settings.databases) else []
    with services.store.transaction() as connection:
        window = maintenance.end(connection, scope, overdue=overdue)
        if window is not None:
            _record(connection, window, "maintenance.ended", by)
            _announce(connection, window, channels, by)
        return window


def _announce(
    connection: Connection[Any], window: MaintenanceWindow, channels: list[str], ended_by: str | None
) -> None:
    for channel in channels:
        key = f"maintenance:{window.scope}:{window.since.isoformat()}:{channel}"
        post(connection, key, channel, view.maintenance(window, ended_by, clock(connection)))


def _record(
    connection: Connection[Any], window: MaintenanceWindow, action: str, by: str, **more: str
) -> None:
    detail = {"reason": window.reason, **more}
    audit.append(connection, actor=by, action=action, subject=window.scope, detail=detail)
