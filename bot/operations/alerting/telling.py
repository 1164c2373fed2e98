"""An alert in Slack: its message, what is said in its thread, and whether counts of rows are shown there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from psycopg import Connection

from bot.domain.alerting import course
from bot.domain.alerting.alert import Alert, Cause
from bot.domain.findings import Finding
from bot.errors import SecondkeyError
from bot.operations.posting import post, reply
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.directory import Directory, why_unfit
from bot.slack.trouble import NO_ANSWER
from bot.slack.views import alert as view
from bot.store import alerts, audit, maintenance, outbox
from bot.store.database import clock

log = structlog.get_logger()

_MEND = "mend it (`/invite @Secondkey`), or name another one in the configuration (`incidents`)"
#: What has counts of rows in an alert's thread; all that it names stands in the message as well.
_COUNTED = ("all", "worse")


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Where an alert is told."""

    #: its id, or its name where Slack did not say; empty where nobody can be told
    channel: str
    #: only those of the database read it
    counts: bool
    #: why it is not told where the configuration wants it, and what to do; empty where it is
    instead: str = ""

    @property
    def reached(self) -> bool:
        """Slack says that the channel takes it."""
        return self.counts or bool(self.instead)

    def alert(self, alert: Alert) -> Alert:
        return alert if self.counts else view.without_counts(alert)

    def findings(self, found: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(found if self.counts else map(view.uncounted, found))


def readers(services: Services, cause: Cause, alert_id: str = "") -> Readers:
    """Whoever reads where incidents are told: of the database, or of the bot itself. Asks Slack.

    Where nothing may be said there, the alert is told in the bot's own channel, and stays there: a loss that
    nobody is told of is worse than one that others read of. Where Slack does not answer, both may still be.
    """
    channel, directory = _channel(services, cause), services.directory
    if not channel or directory is None:
        return Readers(channel=channel, counts=False)
    try:
        return _fit(services, directory, channel, alert_id)
    except (SecondkeyError, *NO_ANSWER) as unknown:
        log.warning("counts of rows are left out of an alert", channel=channel, reason=str(unknown))
        return Readers(channel=channel, counts=False)


def _fit(services: Services, directory: Directory, channel: str, alert_id: str) -> Readers:
    unfit, own = why_unfit(directory, channel), _own(services, directory)
    if unfit:
        return Readers(channel=own or channel, counts=False, instead=f"{unfit}: {_MEND}" if own else "")
    wanted = directory.channel(channel)
    if own not in ("", wanted.id) and _stands_in(services, alert_id, own):
        return Readers(channel=own, counts=False, instead=f"it could not be told in #{wanted.name} at first")
    return Readers(channel=wanted.id, counts=True)


def _own(services: Services, directory: Directory) -> str:
    """The id of the bot's own channel; empty where nothing may be said there."""
    name = services.settings.slack.channel if services.settings.slack else ""
    return directory.channel(name).id if name and not why_unfit(directory, name) else ""


def _stands_in(services: Services, alert_id: str, channel: str) -> bool:
    with services.store.transaction() as connection:
        return outbox.was_shown(connection, alert_id) and outbox.channel_of(connection, alert_id) == channel


def show(connection: Connection[Any], readers: Readers, alert: Alert) -> bool:
    """The alert's one message, as it stands; False where it is not told in Slack."""
    if not readers.channel or not course.is_shown(alert):
        return False
    shown = readers.alert(alert)
    window = maintenance.window_of(connection, alert.cause.database)
    if readers.reached:
        unsaid = () if readers.counts else [f"{alert.id}:{each}" for each in _COUNTED]
        outbox.stand(connection, alert.id, readers.channel, unsaid=unsaid)
    post(connection, alert.id, readers.channel, view.message(shown, window, readers.instead))
    if more := view.in_full(shown):
        reply(connection, f"{alert.id}:all", alert.id, more)
    return True


def worse(connection: Connection[Any], readers: Readers, alert: Alert, found: Sequence[Finding]) -> None:
    """The message says it, and so does its thread."""
    if show(connection, readers, alert):
        say(connection, alert, "worse", view.worse(alert, readers.findings(found)))


def back(connection: Connection[Any], readers: Readers, alert: Alert) -> None:
    """It was over, and is not: in the same thread, not as a new alert."""
    if show(connection, readers, alert):
        say(connection, alert, "back", view.back(alert))


def acknowledged(connection: Connection[Any], readers: Readers, alert: Alert, by: tuple[str, ...]) -> Alert:
    """Those look into it by now, and nobody else: its message says so."""
    for user in by:
        if user not in alert.acknowledged_by:
            record(connection, alert, "alert.acknowledged", user)
    for user in alert.acknowledged_by:
        if user not in by:
            record(connection, alert, "alert.left", user)
    alert = alerts.save(connection, replace(alert, acknowledged_by=by))
    show(connection, readers, alert)
    return alert


def resolved(connection: Connection[Any], readers: Readers, alert: Alert) -> None:
    """It is over: the message says so, and its thread how long it lasted."""
    record(connection, alert, "alert.resolved")
    if show(connection, readers, alert):
        say(connection, alert, "resolved", view.resolved(alert))


def escalated(connection: Connection[Any], readers: Readers, alert: Alert, called: str) -> None:
    """Nobody looks into it: its thread calls a group, and says whom."""
    record(connection, alert, "alert.escalated", times=alert.escalations)
    if show(connection, readers, alert):
        say(connection, alert, "escalated", view.escalated(alert, called, clock(connection)))


def aloud(connection: Connection[Any], readers: Readers, alert: Alert) -> None:
    """The maintenance window is over, and it still stands."""
    record(connection, alert, "alert.aloud")
    if show(connection, readers, alert):
        say(connection, alert, "aloud", view.aloud(alert))


def say(connection: Connection[Any], alert: Alert, what: str, message: Message) -> None:
    """In the thread of its message, which was shown earlier in this transaction."""
    reply(connection, f"{alert.id}:{what}:{clock(connection):%H%M%S%f}", alert.id, message)


def record(
    connection: Connection[Any], alert: Alert, action: str, actor: str = "secondkey", **more: Any
) -> None:
    """What became of an alert, in the audit log."""
    audit.append(
        connection,
        actor=actor,
        action=action,
        subject=alert.cause.database or "secondkey",
        detail={"alert": alert.id, "cause": alert.cause.key, **more},
    )


def _channel(services: Services, cause: Cause) -> str:
    slack, database = services.settings.slack, services.settings.databases.get(cause.database)
    if database is not None:
        return database.incidents
    return slack.channel if slack and not cause.database else ""
