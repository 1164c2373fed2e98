"""Tells people what is wrong, once for each cause, and that it is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.domain.alerting import course
from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.alerting.course import News, Report
from bot.domain.catalogue import default_choice
from bot.domain.findings import Finding, in_danger
from bot.operations import catalogue
from bot.operations.alerting import telling
from bot.operations.alerting.helping import with_incident
from bot.operations.alerting.telling import Readers
from bot.operations.services import Services
from bot.store import alerts, maintenance
from bot.store.database import clock

#: How sure is what nobody had to look at.
RECORDS = "known from Secondkey's own records"


def report(
    services: Services,
    cause: Cause,
    findings: Sequence[Finding],
    *,
    sure: str,
    done: Sequence[str] = (),
    backup_id: str = "",
) -> None:
    """What is wrong is seen, again or for the first time: at most one alert, updated while it lasts.

    `findings` hold at least one, the worst first. `sure` says how it is known: `counted at 12:04:07`. `done`
    is what the bot already did about it. `backup_id` would be restored; by default the newest good one,
    where data is missing. Raises `Away` where the bot's own database does not answer.
    """
    seen = Report(cause=cause, findings=tuple(findings), sure=sure, done=tuple(done))
    with services.store.transaction() as connection:
        news = _news(connection, seen)
        if news.is_told:
            alerts.save(connection, news.alert)
            return
    # Not within a transaction: nobody else who reports waits for Slack and the repository.
    readers = telling.readers(services, cause, news.alert.id)
    backup_id = backup_id or _way_back(services, seen)
    with services.store.transaction() as connection:
        news = _news(connection, seen)
        if news.is_told:
            # Somebody else told it meanwhile.
            alerts.save(connection, news.alert)
            return
        alert = replace(news.alert, backup_id=backup_id or news.alert.backup_id)
        alert = alerts.save(connection, with_incident(services, connection, alert, again=news.reopened))
        _tell(connection, readers, replace(news, alert=alert))


def report_or_settle(services: Services, cause: Cause, findings: Sequence[Finding], *, sure: str) -> None:
    """`report` what is wrong; `settle` where nothing is. Raises `Away`."""
    if findings:
        report(services, cause, findings, sure=sure)
    else:
        settle(services, cause)


def settle(services: Services, cause: Cause) -> None:
    """What was wrong is not there any more; nothing happens where no alert is open.

    Whether it stays away is seen after a while: only then it is told. Raises `Away` where the bot's own
    database does not answer.
    """
    with services.store.transaction() as connection:
        alert = alerts.hold(connection, cause)
        if alert is not None and alert.resolved_at is None:
            alerts.save(connection, course.gone(alert, clock(connection)))


def resolve(services: Services, cause: Cause, counted_at: datetime) -> None:
    """Everything was counted, and nothing found wrong: it is over at once, and what is seen of it from now on
    is news.

    `counted_at` is when counting began, by the bot's own database: an alert that was seen later goes on.
    Raises `Away`.
    """
    with services.store.transaction() as connection:
        alert = alerts.hold(connection, cause)
    if alert is None or alert.resolved_at is not None:
        return
    readers = telling.readers(services, cause, alert.id)
    with services.store.transaction() as connection:
        held, now = alerts.hold_again(connection, alert), clock(connection)
        if held.resolved_at is None and not course.stands_since(held, counted_at):
            over = replace(course.gone(held, now), resolved_at=now)
            telling.resolved(connection, readers, alerts.save(connection, over))


def stands_since(connection: Connection[Any], cause: Cause, moment: datetime) -> bool:
    """Whether somebody saw it after then; nobody reports it before this transaction ends."""
    alert = alerts.hold(connection, cause)
    return alert is not None and course.stands_since(alert, moment)


def _news(connection: Connection[Any], seen: Report) -> News:
    known = alerts.hold(connection, seen.cause)
    now = clock(connection)
    calmly = maintenance.window_of(connection, seen.cause.database) is not None
    if known is None or not _goes_on(connection, known, now):
        return course.first_seen(seen, alerts.new_id(), calmly=calmly, now=now)
    return course.seen_again(known, seen, calmly=calmly, now=now)


def _goes_on(connection: Connection[Any], known: Alert, now: datetime) -> bool:
    """What is seen now is the same alert; once its incident was closed with it, that is another loss."""
    if known.resolved_at is None:
        return True
    return course.reopens(known, now) and not alerts.was_closed(connection, known.id)


def _tell(connection: Connection[Any], readers: Readers, news: News) -> None:
    alert = news.alert
    codes = [found.code.value for found in news.worse or alert.findings]
    if news.opened:
        telling.record(connection, alert, "alert.opened", codes=codes)
        telling.show(connection, readers, alert)
    elif news.reopened:
        telling.record(connection, alert, "alert.reopened", codes=codes)
        telling.back(connection, readers, alert)
    elif news.aloud:
        telling.aloud(connection, readers, alert)
    elif news.worse:
        telling.record(connection, alert, "alert.worse", codes=codes)
        telling.worse(connection, readers, alert, news.worse)


def _way_back(services: Services, seen: Report) -> str:
    if seen.cause.matter is not Matter.DATA or not in_danger(found.code for found in seen.findings):
        return ""
    backup = default_choice(catalogue.known(services, seen.cause.database)).backup
    return backup.id if backup else ""
