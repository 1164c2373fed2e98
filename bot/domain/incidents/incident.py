"""One incident, from the alarm to its report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.findings import Code, Finding

#: Begins the id of every incident.
ID = "inc"


class Stage(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Kind(StrEnum):
    DATA_LOSS = "data-loss"
    #: it is there, but it is not the one that was pinned
    WRONG_DATABASE = "wrong-database"
    #: a person said that something is wrong
    REPORTED = "reported"


class Role(StrEnum):
    #: decides what is done next
    LEAD = "lead"
    #: speaks with everybody outside
    COMMS = "comms"
    #: writes down what happens
    SCRIBE = "scribe"
    #: works on the database
    DBA = "dba"


@dataclass(frozen=True, kw_only=True)
class Count:
    """The rows of a table; None where that is not known, or there is no such table."""

    table: str
    before: int | None
    now: int | None


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A deployment that was at work shortly before: it is said to have been near, never to be the cause."""

    deployment: str
    release: str
    by: str
    began_at: datetime
    stage: str


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """The last good backup, and what restoring it would take and lose."""

    backup_id: str
    made_at: datetime
    #: its level and health in words
    proof: str
    #: how long a restore took when it was tried last; None where it was not timed
    seconds: float | None
    #: what timed it, in words
    tried: str = "last restore test"
    #: rows that come back, in so many tables; None where the live database could not be read
    comes_back: int | None = None
    tables: int | None = None
    #: rows written since that would go aside
    goes_aside: int | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known, and nothing else: what could not be found out is None, or empty."""

    looked_at: datetime
    findings: tuple[Finding, ...] = ()
    #: tables that hold fewer rows than before, the worst first
    counts: tuple[Count, ...] = ()
    #: why the database could not be read; empty where it was
    unread: str = ""
    suspect: Suspect | None = None
    way_back: WayBack | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """The record of one incident; its messages are redrawn from it."""

    #: `inc-` and eight letters or digits
    id: str
    #: the name in the configuration
    database: str
    kind: Kind
    stage: Stage
    #: what happened, in one line
    what: str
    #: `secondkey`, a Slack user id, or `cli:<login>`
    opened_by: str
    #: the alerts that belong to it
    alerts: tuple[str, ...] = ()
    #: its channel's id and name; empty while there is none
    channel: str = ""
    channel_name: str = ""
    #: why it has no channel of its own: it is told in a thread then
    no_channel: str = ""
    roles: Mapping[Role, str] = field(default_factory=dict)
    #: None while nobody looked
    evidence: Evidence | None = None
    #: the last status update that a person wrote; None where nobody did
    update: str = ""
    opened_at: datetime
    updated_at: datetime | None = None
    #: when people were last asked for an update, and for a word to the stakeholders
    reminded_at: datetime | None = None
    drafted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    #: what ended it, in the words of whoever closed it
    reason: str = ""

    @property
    def lead(self) -> str | None:
        return self.roles.get(Role.LEAD)

    @property
    def is_open(self) -> bool:
        return self.stage is Stage.OPEN


def is_incident(actor: str) -> bool:
    """Whether an incident did it by itself: it froze the deployments of its database."""
    return actor.startswith(f"{ID}-")


def kind_of(findings: Iterable[Finding]) -> Kind:
    """What kind of incident an alert begins; a database that is gone is no other one."""
    codes = {found.code for found in findings} - {Code.IDENTITY_UNREACHABLE}
    groups = {code.group for code in codes}
    lost = Code.IDENTITY_ABSENT in codes or groups & {"rows", "schema", "data"}
    return Kind.WRONG_DATABASE if "identity" in groups and not lost else Kind.DATA_LOSS
