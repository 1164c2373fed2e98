"""What an alert is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.findings import Code, Finding, Severity, in_danger


class Matter(StrEnum):
    """What kind of thing is wrong: of each there is one alert at a time, for a database and a subject."""

    #: identity, tables, rows: what may be the loss of data
    DATA = "data"
    #: the history of migrations
    HISTORY = "history"
    #: nobody answers, so nobody knows
    UNREACHABLE = "unreachable"
    #: disk, archive, replicas, connections, long transactions; the subject is the finding's code
    SERVER = "server"
    #: backups missing, stale, failed, corrupt
    BACKUP = "backup"
    DRILL = "drill"
    #: something that was due did not happen; the subject is the schedule's name
    SCHEDULE = "schedule"
    #: the watch itself does not look
    WATCH = "watch"
    #: no word from Slack
    SLACK = "slack"


#: What the groups of codes are about; whatever is not here is about the data.
_MATTERS = {
    "history": Matter.HISTORY,
    "release": Matter.HISTORY,
    "backup": Matter.BACKUP,
    "server": Matter.SERVER,
    "policy": Matter.SERVER,
}


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What an alert is about. The same cause never alerts twice while it is open."""

    matter: Matter
    #: the name in the configuration; empty where it is about the bot itself
    database: str = ""
    #: tells causes of one matter apart; empty where there is one only
    subject: str = ""

    @property
    def key(self) -> str:
        return "/".join((self.database or "secondkey", self.matter.value, self.subject)).rstrip("/")


def by_cause(database: str, findings: Iterable[Finding]) -> dict[Cause, tuple[Finding, ...]]:
    """Which alerts findings about a database belong to; they keep their order."""
    causes: dict[Cause, tuple[Finding, ...]] = {}
    for found in findings:
        cause = cause_of(database, found.code)
        causes[cause] = (*causes.get(cause, ()), found)
    return causes


def cause_of(database: str, code: Code) -> Cause:
    """What a finding about a database is a sign of."""
    if code is Code.IDENTITY_UNREACHABLE:
        return Cause(matter=Matter.UNREACHABLE, database=database)
    matter = _MATTERS.get(code.group, Matter.DATA)
    return Cause(matter=matter, database=database, subject=code.value if matter is Matter.SERVER else "")


def loss_in(database: str) -> Cause:
    """That its data is missing, or that it is another database."""
    return Cause(matter=Matter.DATA, database=database)


def drill_of(database: str) -> Cause:
    """That a backup of it was not restored, or that nobody knows."""
    return Cause(matter=Matter.DRILL, database=database)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A finding, and when it was there last."""

    finding: Finding
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One cause from when it is seen to when it is gone. The times are those of the bot's own database."""

    #: `al-` and eight letters or digits
    id: str
    cause: Cause
    #: as they came last: the worst first
    sightings: tuple[Sighting, ...]
    #: how it is known
    sure: str
    #: what the bot did about it
    done: tuple[str, ...] = ()
    #: what would be restored; empty where that is no way out, or there is none
    backup_id: str = ""
    since: datetime
    #: when somebody saw it last
    seen_at: datetime
    #: since when it counts as told; None while a maintenance window keeps it calm
    aloud_at: datetime | None
    #: not seen since then, and not over yet
    gone_at: datetime | None = None
    #: how often it was gone and came back
    returns: int = 0
    #: Slack user ids of those who look into it
    acknowledged_by: tuple[str, ...] = ()
    #: how often a group was called
    escalations: int = 0
    escalated_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Nobody saw that its cause is gone."""
        return self.resolved_at is None and self.gone_at is None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(sighting.finding for sighting in self.sightings)

    @property
    def critical(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.severity is Severity.CRITICAL)

    @property
    def severity(self) -> Severity:
        return max((found.severity for found in self.findings), key=list(Severity).index)

    @property
    def endangers_data(self) -> bool:
        """Data is missing, or it is another database."""
        return self.cause.matter is Matter.DATA and in_danger(found.code for found in self.critical)
