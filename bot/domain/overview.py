"""A protected database at a glance: what the records say of it, without asking its server."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.alerting.alert import Alert
from bot.domain.alerting.maintenance import MaintenanceWindow
from bot.domain.approval import Request
from bot.domain.backup import Backup, Health
from bot.domain.deploying.deployment import Deployment
from bot.domain.deploying.gate import Freeze
from bot.domain.drill import Drill
from bot.domain.findings import Outcome, Severity
from bot.domain.incidents.incident import Incident
from bot.domain.restoring.traffic import Stopped
from bot.domain.state import Baseline


class Glance(StrEnum):
    """The worst first."""

    IN_DANGER = "in danger"
    NEEDS_ATTENTION = "needs attention"
    NOT_KNOWN = "not known"
    ALL_WELL = "all well"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What the last verification came to."""

    outcome: Outcome
    at: datetime
    #: what it counted; None where not every table could be
    rows: int | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One protected database. Whatever is None or empty is not there, or was never."""

    database: str
    environment: str
    #: None where it was not asked for
    baseline: Baseline | None = None
    verified: Verified | None = None
    #: the last look of the watch, and how long that took
    looked_at: datetime | None = None
    look_took: timedelta | None = None
    newest: Backup | None = None
    newest_good: Backup | None = None
    drill: Drill | None = None
    #: when the schedules make the next ones
    backup_due: datetime | None = None
    drill_due: datetime | None = None
    #: those that are not resolved, the oldest first
    alerts: tuple[Alert, ...] = ()
    #: those that wait for people, or for what they approved
    requests: tuple[Request, ...] = ()
    deployment: Deployment | None = None
    freeze: Freeze | None = None
    incident: Incident | None = None
    maintenance: MaintenanceWindow | None = None
    stopped: Stopped | None = None

    @property
    def glance(self) -> Glance:
        verdict = self.verdict
        critical = any(alert.severity is Severity.CRITICAL for alert in self.alerts)
        if critical or self.incident or self.stopped or (verdict is Outcome.BLOCK and self.baseline):
            return Glance.IN_DANGER
        if self.baseline is None or (verdict is None and self.looked_at is None):
            return Glance.NOT_KNOWN
        if self.alerts or verdict is Outcome.WARN or not self._way_back_is_sure:
            return Glance.NEEDS_ATTENTION
        return Glance.ALL_WELL

    @property
    def verdict(self) -> Outcome | None:
        """Of the last verification; None where there is none, or people accepted since what is there."""
        if self.verified is None or (self.baseline and self.verified.at < self.baseline.pinned_at):
            return None
        return self.verified.outcome

    @property
    def _way_back_is_sure(self) -> bool:
        doubt = self.newest is not None and (
            self.newest.corrupt or self.newest.proof.health is Health.SUSPECT
        )
        failed = self.drill is not None and not self.drill.ok
        return self.newest_good is not None and not doubt and not failed

    @property
    def counted(self) -> tuple[datetime, int] | None:
        """When all rows were counted last, by a verification or a backup, and how many there were."""
        found = list[tuple[datetime, int]]()
        if self.verified is not None and self.verified.rows is not None:
            found.append((self.verified.at, self.verified.rows))
        if self.newest is not None and not self.newest.manifest.state.uncounted:
            found.append((self.newest.manifest.created_at, self.newest.manifest.state.rows))
        return max(found, default=None)
