"""Alerts as other systems take them: the objects that Prometheus posts to Alertmanager's API, version 2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.alerting.alert import Alert
from bot.domain.findings import Finding

#: An open alert is taken to be over when it was not repeated for so long.
LASTING = timedelta(minutes=5)
#: For so long it is repeated that an alert is over, as Prometheus does.
REMEMBERED = timedelta(minutes=15)
#: Of so many findings the evidence is sent.
MOST = 20

Labels = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One alert for a system that pages people."""

    #: these are its identity there: with other labels it is another alert
    labels: Labels
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    #: where people read about it; empty where that is not known
    url: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": self.starts_at.isoformat(),
            "endsAt": self.ends_at.isoformat(),
            **({"generatorURL": self.url} if self.url else {}),
        }


def page(alert: Alert, summary: str, found: Sequence[Finding], now: datetime, url: str = "") -> Page:
    """The alert as it stands; `found` is its evidence, as far as it may be told there."""
    return Page(
        labels=_labels(alert),
        annotations={
            "summary": summary,
            "description": "\n".join(map(_line, found[:MOST])),
            "codes": ", ".join(dict.fromkeys(each.code.value for each in found)),
            "sure": alert.sure,
            "alert": alert.id,
        },
        starts_at=alert.since,
        ends_at=alert.resolved_at or now + LASTING,
        url=url,
    )


def over(labels: Labels, alert: Alert, now: datetime) -> Page:
    """What was sent under labels that it has no more: that one is over."""
    return Page(labels=labels, annotations={}, starts_at=alert.since, ends_at=now)


def _labels(alert: Alert) -> Labels:
    cause = alert.cause
    labels = {
        "alertname": f"Secondkey{cause.matter.value.title()}",
        "severity": alert.severity.value,
        "database": cause.database,
        "code": alert.findings[0].code.value,
        "subject": cause.subject,
    }
    return {name: value for name, value in labels.items() if value}


def _line(found: Finding) -> str:
    return " ".join(filter(None, (found.code.value, found.subject, found.detail)))
