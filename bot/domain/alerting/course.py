"""The course of an alert: seen, seen again, worse, gone, back, over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alerting.alert import Alert, Cause, Matter, Sighting
from bot.domain.findings import Finding, Severity

#: A finding that nobody repeats for so long is no longer part of its alert: two may report one cause, and
#: each sees its own share of it.
REPEATED = timedelta(minutes=1)
#: An alert is over when its cause was not seen for so long; twice as long for each time that it came back.
CALM = timedelta(minutes=1)
LONGEST_CALM = timedelta(minutes=30)
#: What comes back so soon after it was over is the same alert.
REOPENS = timedelta(minutes=10)
#: Between two calls for a group at the most: each waits twice as long as the one before.
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody saw of a cause."""

    cause: Cause
    #: at least one, the worst first
    findings: tuple[Finding, ...]
    #: how it is known
    sure: str
    #: what the bot did about it
    done: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class News:
    """An alert that was seen, and what is to be told of it."""

    alert: Alert
    opened: bool = False
    #: it was over, and is not
    reopened: bool = False
    #: a maintenance window kept it calm, and is over
    aloud: bool = False
    #: critical findings that it did not have, or that were less severe
    worse: tuple[Finding, ...] = ()

    @property
    def is_told(self) -> bool:
        """Everybody knows it already."""
        return not (self.opened or self.reopened or self.aloud or self.worse)


def first_seen(report: Report, alert_id: str, *, calmly: bool, now: datetime) -> News:
    """A cause that no alert is about. `calmly`: a maintenance window is open."""
    alert = Alert(
        id=alert_id,
        cause=report.cause,
        sightings=tuple(Sighting(finding=found, at=now) for found in report.findings),
        sure=report.sure,
        done=report.done,
        since=now,
        seen_at=now,
        aloud_at=None if calmly else now,
    )
    return News(alert=alert, opened=True)


def seen_again(alert: Alert, report: Report, *, calmly: bool, now: datetime) -> News:
    """The same cause once more. How it is known stays as it was told, unless what is known changed."""
    reopened = alert.resolved_at is not None
    aloud = alert.aloud_at is None and not calmly
    after = replace(
        alert,
        sightings=_merged(alert, report.findings, now),
        done=tuple(dict.fromkeys((*alert.done, *report.done))),
        seen_at=now,
        returns=alert.returns + reopened,
        gone_at=None,
    )
    if after.findings != alert.findings:
        after = replace(after, sure=report.sure)
    if reopened or aloud:
        aloud_at = None if calmly else now
        after = replace(after, resolved_at=None, aloud_at=aloud_at, escalations=0, escalated_at=None)
    return News(alert=after, reopened=reopened, aloud=aloud, worse=_worse(alert, report.findings))


def gone(alert: Alert, now: datetime) -> Alert:
    """Its cause is not there; whether it stays away is not known yet."""
    return alert if alert.gone_at else replace(alert, gone_at=now)


def is_over(alert: Alert, now: datetime) -> bool:
    """It stayed away for long enough."""
    calm = min(CALM * 2 ** min(alert.returns, 10), LONGEST_CALM)
    return alert.resolved_at is None and alert.gone_at is not None and alert.gone_at + calm <= now


def stands_since(alert: Alert, moment: datetime) -> bool:
    """Somebody saw its cause after then, and nobody that it was gone."""
    return alert.stands and alert.seen_at > moment


def reopens(alert: Alert, now: datetime) -> bool:
    """What is seen of its cause now belongs to this alert, not to a new one."""
    return alert.resolved_at is None or now < alert.resolved_at + REOPENS


def is_shown(alert: Alert) -> bool:
    """What a maintenance window keeps calm is only listed, unless data is at stake."""
    return alert.aloud_at is not None or alert.cause.matter is Matter.DATA


def is_kept_calm(alert: Alert) -> bool:
    """It stands, and nobody told it aloud yet."""
    return alert.aloud_at is None and alert.stands


def to_be_escalated(alert: Alert, after: timedelta, now: datetime) -> bool:
    """Nobody looks into it, although it was told long enough ago."""
    if alert.aloud_at is None or alert.resolved_at or alert.gone_at or alert.acknowledged_by:
        return False
    wait = min(after * 2 ** min(alert.escalations, 10), max(after, LONGEST_WAIT))
    return alert.severity is Severity.CRITICAL and (alert.escalated_at or alert.aloud_at) + wait <= now


def _merged(alert: Alert, findings: Sequence[Finding], now: datetime) -> tuple[Sighting, ...]:
    """What is seen now, and what another look saw just before."""
    there = {_what(found) for found in findings}
    others = (each for each in alert.sightings if _what(each.finding) not in there)
    recent = [each for each in others if alert.resolved_at is None and each.at + REPEATED > now]
    return (*(Sighting(finding=found, at=now) for found in findings), *recent)


def _worse(alert: Alert, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    before = {_what(found) for found in alert.critical}
    return tuple(
        found for found in findings if found.severity is Severity.CRITICAL and _what(found) not in before
    )


def _what(found: Finding) -> tuple[str, str]:
    return found.code, found.subject
