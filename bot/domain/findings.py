"""Findings and verdicts: the closed list of reason codes, and how severe each is.

Source of codes and severities: docs/verification.md. Extend the list, never improvise a string.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot import wording


class Severity(StrEnum):
    INFORMATION = "information"
    WARNING = "warning"
    CRITICAL = "critical"


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    BLOCK = "block"


class Code(StrEnum):
    IDENTITY_UNREACHABLE = "identity.unreachable"
    IDENTITY_ABSENT = "identity.absent"
    IDENTITY_OTHER_CLUSTER = "identity.other-cluster"
    IDENTITY_OTHER_DATABASE = "identity.other-database"
    IDENTITY_RECREATED = "identity.recreated"
    IDENTITY_MARKER_MISSING = "identity.marker-missing"
    IDENTITY_MARKER_FOREIGN = "identity.marker-foreign"
    IDENTITY_READ_ONLY = "identity.read-only"
    IDENTITY_STANDBY = "identity.standby"

    BASELINE_MISSING = "baseline.missing"
    SCHEMA_MISSING_TABLE = "schema.missing-table"
    SCHEMA_CHANGED = "schema.changed"
    ROWS_ZERO = "rows.zero"
    ROWS_DROPPED = "rows.dropped"
    ROWS_BELOW_FLOOR = "rows.below-floor"
    DATA_ELSEWHERE = "data.elsewhere"
    ROWS_UNREADABLE = "rows.unreadable"
    CHECK_FAILED = "check.failed"
    DATA_STALE = "data.stale"

    HISTORY_MISSING = "history.missing"
    HISTORY_EMPTY = "history.empty"
    HISTORY_ALL_PENDING = "history.all-pending"
    HISTORY_FAILED = "history.failed"
    HISTORY_RUNNING = "history.running"
    HISTORY_ROLLED_BACK = "history.rolled-back"
    HISTORY_UNKNOWN_MIGRATION = "history.unknown-migration"
    HISTORY_EDITED = "history.edited"
    HISTORY_OUT_OF_ORDER = "history.out-of-order"
    HISTORY_UNREADABLE = "history.unreadable"
    HISTORY_PENDING = "history.pending"

    RELEASE_DESTRUCTIVE_SQL = "release.destructive-sql"
    RELEASE_UNPARSABLE_SQL = "release.unparsable-sql"
    RELEASE_REHEARSAL_FAILED = "release.rehearsal-failed"
    RELEASE_REHEARSAL_LOST_ROWS = "release.rehearsal-lost-rows"

    BACKUP_MISSING = "backup.missing"
    BACKUP_STALE = "backup.stale"
    BACKUP_FAILED = "backup.failed"
    BACKUP_NOT_RESTORE_TESTED = "backup.not-restore-tested"
    BACKUP_CORRUPT = "backup.corrupt"
    BACKUP_SHRUNK = "backup.shrunk"
    BACKUP_UNSIGNED = "backup.unsigned"
    BACKUP_UNREADABLE = "backup.unreadable"
    BACKUP_SUSPECT = "backup.suspect"
    BACKUP_SAME_HOST = "backup.same-host"
    BACKUP_EPHEMERAL_STORAGE = "backup.ephemeral-storage"
    BACKUP_KEY_LOST = "backup.key-lost"

    SERVER_DISK_LOW = "server.disk-low"
    SERVER_ARCHIVE_FAILING = "server.archive-failing"
    SERVER_REPLICA_LAGGING = "server.replica-lagging"
    SERVER_SLOT_INACTIVE = "server.slot-inactive"
    SERVER_CONNECTIONS_FULL = "server.connections-full"
    SERVER_LONG_TRANSACTION = "server.long-transaction"
    SERVER_CLIENT_MISSING = "server.client-missing"
    SERVER_CLIENT_VULNERABLE = "server.client-vulnerable"
    SERVER_SUPERUSER = "server.superuser"
    SERVER_ONE_LOGIN = "server.one-login"
    SERVER_CANNOT_RESTORE = "server.cannot-restore"
    SERVER_CANNOT_SWAP = "server.cannot-swap"
    SERVER_KEY_NOT_EXPORTED = "server.key-not-exported"
    SERVER_UNREADABLE = "server.unreadable"

    WATCH_STALLED = "watch.stalled"
    WATCH_SLACK_SILENT = "watch.slack-silent"

    SCHEDULE_MISSED = "schedule.missed"
    SCHEDULE_FAILED = "schedule.failed"

    POLICY_TOO_FEW_APPROVERS = "policy.too-few-approvers"
    POLICY_CHANNEL = "policy.channel"

    @property
    def group(self) -> str:
        return self.value.partition(".")[0]


_CRITICAL_GROUPS = {"identity", "baseline", "schema", "rows", "data", "check", "history", "release", "watch"}
_EXCEPTIONS = {
    Code.SCHEMA_CHANGED: Severity.WARNING,
    Code.DATA_STALE: Severity.WARNING,
    Code.DATA_ELSEWHERE: Severity.INFORMATION,
    Code.HISTORY_OUT_OF_ORDER: Severity.WARNING,
    Code.HISTORY_ROLLED_BACK: Severity.WARNING,
    Code.HISTORY_PENDING: Severity.INFORMATION,
    Code.BACKUP_CORRUPT: Severity.CRITICAL,
    Code.BACKUP_FAILED: Severity.CRITICAL,
    Code.BACKUP_UNSIGNED: Severity.CRITICAL,
    Code.BACKUP_UNREADABLE: Severity.CRITICAL,
    Code.BACKUP_KEY_LOST: Severity.CRITICAL,
    Code.SCHEDULE_MISSED: Severity.CRITICAL,
}


def in_danger(critical: Iterable[Code]) -> bool:
    """Data is missing, or it is another database; a server that only does not answer has lost nothing yet."""
    groups = {code.group for code in critical if code is not Code.IDENTITY_UNREACHABLE}
    return bool(groups & {"rows", "schema", "identity", "data"})


def default_severity(code: Code) -> Severity:
    if code in _EXCEPTIONS:
        return _EXCEPTIONS[code]
    return Severity.CRITICAL if code.group in _CRITICAL_GROUPS else Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fact that was judged."""

    code: Code
    severity: Severity
    #: what it is about: a table, a migration, a backup's id, or the database
    subject: str
    #: the evidence: `1,204 → 0`
    detail: str
    #: the next move
    hint: str = ""
    #: a digest of what it was found in: after an edit it is another finding, whatever it says
    found_in: str = ""


def finding(code: Code, subject: object, detail: str, hint: str = "") -> Finding:
    """A finding of the code's default severity."""
    return Finding(code=code, severity=default_severity(code), subject=str(subject), detail=detail, hint=hint)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The findings, most severe first, and what follows from them."""

    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        severities = {finding.severity for finding in self.findings}
        if Severity.CRITICAL in severities:
            return Outcome.BLOCK
        return Outcome.WARN if Severity.WARNING in severities else Outcome.PASS

    def codes(self) -> tuple[Code, ...]:
        """Each code once, in the order of the findings."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))

    def critical(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.CRITICAL)


_ORDER = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFORMATION: 2}
#: Rows that were there: of these the worst comes first, whatever its code.
LOSSES = frozenset({Code.SCHEMA_MISSING_TABLE, Code.ROWS_ZERO, Code.ROWS_DROPPED})
#: Where missing rows lie elsewhere, that is told right after these.
_EXPLAINED = {*LOSSES, Code.ROWS_BELOW_FLOOR}
_PLACE = {code: place for place, code in enumerate(Code)}
_PLACE |= dict.fromkeys(LOSSES, _PLACE[Code.SCHEMA_MISSING_TABLE])
#: Of these groups harmless findings that say the same become one, which counts these.
_COUNTED = {"schema": "table", "data": "table", "history": "migration"}


def verdict(findings: Iterable[Finding], raised: Mapping[Code, Severity] | None = None) -> Verdict:
    """Sort the findings by severity and code, and fold those that are harmless and say the same.

    Those of one code, and all losses, stay in the order in which they come. `raised` holds the severities of
    the configuration: up only, never down.
    """
    settled = [_raise(found, (raised or {}).get(found.code)) for found in findings]
    lost = any(found.code in _EXPLAINED for found in settled)

    def place(found: Finding) -> tuple[int, int]:
        explains = lost and found.code is Code.DATA_ELSEWHERE
        return _ORDER[Severity.CRITICAL if explains else found.severity], _PLACE[found.code]

    return Verdict(findings=tuple(sorted(_folded(settled), key=place)))


def _folded(findings: Iterable[Finding]) -> list[Finding]:
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for found in findings:
        harmless = found.severity is not Severity.CRITICAL and found.code.group in _COUNTED
        key = (found.code, found.detail, found.hint) if harmless else (found.code, len(alike))
        alike.setdefault(key, []).append(found)
    return [_as_one(same) for same in alike.values()]


def _as_one(same: list[Finding]) -> Finding:
    first, names = same[0], [found.subject for found in same]
    if len(same) == 1:
        return first
    many = wording.plural(len(same), _COUNTED[first.code.group])
    return replace(first, subject=many, detail=f"{first.detail}: {wording.listed(names)}")


def _raise(found: Finding, severity: Severity | None) -> Finding:
    if severity is None or _ORDER[severity] >= _ORDER[found.severity]:
        return found
    return replace(found, severity=severity)
