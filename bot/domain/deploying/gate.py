"""Whether a deployment may begin: one decision, which the report and the gate both show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.findings import Code, Finding, Outcome, Verdict
from bot.domain.restoring.facts import BoundTarget
from bot.domain.sql_risk.risk import Kind, Risk

#: Findings of these groups alone are what a second person may judge: everything else is a fault.
_JUDGED_BY_PEOPLE = frozenset({"release"})
#: A backup that is made at the gate mends these.
_MENDED_BY_A_BACKUP = "backup"
#: The scope of a freeze that means every database; no database may be called so.
ALL = "all"


class Light(StrEnum):
    CLEAR = "clear"
    #: blocked by nothing but what the release would do
    SECOND_PERSON = "second-person"
    BLOCKED = "blocked"
    #: blocked, and two people said that it is meant
    OVERRIDDEN = "overridden"
    #: run while nobody could judge it: the bot's own state was away
    UNJUDGED = "unjudged"

    @property
    def opens(self) -> bool:
        return self in (Light.CLEAR, Light.OVERRIDDEN)


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """Nothing is deployed until somebody thaws it."""

    #: None: every protected database
    database: str | None
    by: str
    since: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Override:
    """Two people said that a release may begin although the gate says no."""

    #: that of the request
    id: str
    database: str
    release: str
    #: the very database that they meant
    target: BoundTarget
    #: exactly what they overrode, as `named` gives it
    findings: frozenset[str]
    reason: str
    requested_by: str
    approved_by: tuple[str, ...]
    valid_until: datetime

    def void_because(self, verdict: Verdict, target: BoundTarget | None) -> str:
        """What they did not see, which voids what they said; empty where it holds."""
        if target != self.target:
            return "it is another database by now"
        new = (found.code.value for found in verdict.critical() if named(found) not in self.findings)
        return ", ".join(dict.fromkeys(new))


@dataclass(frozen=True, kw_only=True)
class Decision:
    verdict: Verdict
    #: which database was judged; None where it could not be read
    target: BoundTarget | None
    freeze: Freeze | None = None
    #: the one that holds for this release, if any
    override: Override | None = None

    @property
    def light(self) -> Light:
        if self.freeze is not None or self.unread:
            return Light.BLOCKED
        if self.verdict.outcome is not Outcome.BLOCK:
            return Light.CLEAR
        if self.override is not None and not self.void_because:
            return Light.OVERRIDDEN
        only_release = {found.code.group for found in self.verdict.critical()} <= _JUDGED_BY_PEOPLE
        return Light.SECOND_PERSON if only_release else Light.BLOCKED

    @property
    def unread(self) -> bool:
        """The database could not be read: no override opens the gate."""
        return self.target is None

    @property
    def void_because(self) -> str:
        """Why the override does not hold for what was found; empty where it does, or there is none."""
        return self.override.void_because(self.verdict, self.target) if self.override else ""

    @property
    def used_override(self) -> Override | None:
        return self.override if self.light is Light.OVERRIDDEN else None


def before_the_backup(verdict: Verdict) -> Verdict:
    """The verdict without what a backup at the gate mends: what is left ends the start before one is made."""
    return Verdict(
        findings=tuple(found for found in verdict.findings if found.code.group != _MENDED_BY_A_BACKUP)
    )


def named(finding: Finding) -> str:
    """What a finding is about, without the figures that move by themselves."""
    return " ".join(filter(None, (finding.code.value, finding.subject, finding.found_in)))


def named_all(verdict: Verdict) -> frozenset[str]:
    return frozenset(map(named, verdict.critical()))


def brought_about(risks: Iterable[Risk]) -> frozenset[str]:
    """What will be found, as `named`, when that is carried out which two people let through."""
    told = {
        Kind.DROP_TABLE: Code.SCHEMA_MISSING_TABLE,
        Kind.TRUNCATE: Code.ROWS_ZERO,
        Kind.DELETE_ALL: Code.ROWS_ZERO,
    }
    return frozenset(
        f"{told[risk.hazard.kind].value} {risk.hazard.table}"
        for risk in risks
        if risk.hazard.kind in told and risk.hazard.table is not None
    )


def new_since(before: Iterable[str], after: Verdict) -> tuple[Finding, ...]:
    """The critical findings that were not there before, as `named` gives those."""
    known = frozenset(before)
    return tuple(found for found in after.critical() if named(found) not in known)


#: What is alarmed about while a release is at work: it locks tables and half-applies its migrations.
_NEVER_MEANT = frozenset({Code.HISTORY_MISSING, Code.HISTORY_EMPTY, Code.SCHEMA_MISSING_TABLE})
_BY_ITSELF = frozenset({Code.IDENTITY_UNREACHABLE, Code.ROWS_UNREADABLE})


def alarming(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that no release means to bring about, even while it is at work."""
    groups = {"identity", "rows"}
    return tuple(
        found
        for found in findings
        if (found.code.group in groups and found.code not in _BY_ITSELF) or found.code in _NEVER_MEANT
    )
