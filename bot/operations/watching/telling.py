"""What the watch over the data tells: alerts, their end, and a fail-over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot import wording
from bot.domain.alerting.alert import Cause, Matter, by_cause
from bot.domain.findings import Finding, Severity
from bot.domain.watching.glance import Glance
from bot.operations.alerting.reporting import report, settle
from bot.operations.posting import post
from bot.operations.services import Services
from bot.operations.watching.confirming import Confirmed
from bot.operations.watching.standing import HASTE, Standing
from bot.slack.views import failover as view
from bot.store import audit

#: What could not be counted for so long is told.
UNSURE = timedelta(minutes=15)


def confirmed(services: Services, found: Confirmed, now: Standing) -> None:
    """What is wrong; and what is not wrong any more, where that is sure."""
    name = found.observation.database
    wrong = by_cause(name, found.wrong)
    for cause, findings in wrong.items():
        report(services, cause, findings, sure=f"counted exactly {wording.moment(found.observation.now)}")
    doubtful = {cause.matter for cause in (*wrong, *by_cause(name, found.unsure))}
    over(services, now, {Matter.DATA, Matter.HISTORY} - doubtful)


def unreadable(services: Services, found: Confirmed) -> None:
    """Why nobody can look into it at all."""
    sure = f"tried {wording.moment(found.observation.now)}"
    for cause, findings in by_cause(found.observation.database, found.wrong).items():
        report(services, cause, findings, sure=sure)


def unsure(services: Services, name: str, findings: Iterable[Finding], now: Standing) -> None:
    """What could not be counted for too long: no loss that is known, and nobody is woken."""
    cause = Cause(matter=Matter.WATCH, database=name, subject="rows")
    if calm := [replace(each, severity=Severity.WARNING) for each in findings]:
        report(services, cause, calm, sure=f"tried again and again for {wording.duration(UNSURE)}")
    elif cause in now.open:
        settle(services, cause)


def over(services: Services, now: Standing, matters: Iterable[Matter]) -> None:
    """Of the alerts that are open, these are over."""
    wanted = frozenset(matters)
    for cause in now.open:
        if cause.matter in wanted:
            settle(services, cause)


def failed_over(services: Services, name: str, glance: Glance) -> None:
    """Said once, as information: it is the same database with the same rows."""
    place = glance.place
    told = view.failed_over(name, place, standby=glance.identity.standby)
    with services.store.transaction(patience=HASTE) as connection:
        key = f"failover:{name}:{place.host}:{place.timeline}"
        post(connection, key, services.database(name).incidents, told)
        audit.append(
            connection,
            actor="secondkey",
            action="watch.failover",
            subject=name,
            detail={"host": place.host, "timeline": place.timeline},
        )
