"""What the command line prints: text for people, JSON for scripts."""

import json
from collections.abc import Sequence
from typing import Any

from bot import wording
from bot.domain.backup import Backup
from bot.domain.catalogue import Choice, default_choice
from bot.errors import ConfigurationError, NotFound, Refused, SecondkeyError, UsageError
from bot.repository.folder import Broken
from bot.store.audit import Entry, Verification


def backup_json(backup: Backup) -> dict[str, Any]:
    """A backup as scripts read it."""
    manifest, proof = backup.manifest, backup.proof
    return {
        "id": backup.id,
        "database": manifest.database,
        "kind": manifest.kind.value,
        "level": proof.level.value,
        "health": proof.health.value,
        "suspect_because": [code.value for code in proof.suspect_because],
        "corrupt": backup.corrupt,
        "not_tested_because": proof.not_tested_because,
        "bytes": manifest.archive.bytes,
        "sha256": manifest.archive.sha256,
        "created_at": manifest.created_at.isoformat(),
        "reason": manifest.reason,
        "requested_by": manifest.requested_by,
        "tables": len(manifest.state.holders),
        "rows": manifest.state.rows,
    }


def backup_lines(backup: Backup) -> list[str]:
    manifest, proof = backup.manifest, backup.proof
    because = ", ".join(code.value for code in proof.suspect_because)
    lines = [
        f"{backup.id}  {manifest.database}  {manifest.kind.value}",
        f"  taken    {wording.moment(manifest.created_at)} in {wording.duration(manifest.seconds)}",
        f"  size     {wording.size(manifest.archive.bytes)}, sha256 {manifest.archive.sha256}",
        f"  holds    {len(manifest.state.holders):,} tables, {manifest.state.rows:,} rows",
        f"  level    {proof.level.value}" + _because(proof.not_tested_because, "not tested"),
        f"  health   {proof.health.value}" + _because(because, ""),
    ]
    if manifest.reason:
        lines.append(f"  reason   {manifest.reason}")
    if backup.corrupt:
        lines.append(f"  CORRUPT  {backup.corrupt}")
    return lines


def catalogue_lines(backups: Sequence[Backup]) -> list[str]:
    """All of them, and for each database which would be taken by default."""
    if not backups:
        return ["there is no backup yet"]
    lines = [_row(backup) for backup in backups]
    for database in dict.fromkeys(backup.manifest.database for backup in backups):
        lines += _choice_lines(
            database, default_choice([one for one in backups if one.manifest.database == database])
        )
    return lines


def _choice_lines(database: str, choice: Choice) -> list[str]:
    chosen = choice.backup.id if choice.backup else "none, no backup is healthy and restore-tested"
    passed_over = [f"passed over: {backup.id}, {why}" for backup, why in choice.passed_over]
    return [f"{database} by default: {chosen}", *passed_over]


def broken_lines(broken: Sequence[Broken]) -> list[str]:
    """What lies in the repository and is not trusted, and why."""
    return [f"not trusted: {entry.id} of {entry.database}, {entry.problem.reason}" for entry in broken]


def verdict_lines(database: str, result: dict[str, Any]) -> list[str]:
    """The verdict as an operation's result has it."""
    lines = [f"{database}: {result['verdict']}"]
    for found in result["findings"]:
        lines.append(f"  {found['severity']:<11}  {found['code']}  {found['subject']}  {found['detail']}")
        if found["hint"]:
            lines.append(f"               hint: {found['hint']}")
    return lines


def audit(entries: Sequence[Entry]) -> tuple[list[dict[str, Any]], list[str]]:
    """Entries of the audit log, for scripts and for people."""
    data = [
        {
            "number": entry.number,
            "at": entry.at.isoformat(),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
        }
        for entry in entries
    ]
    return data, [_entry(entry) for entry in entries] or ["the audit log is empty"]


def audit_verdict(checked: Verification) -> tuple[dict[str, Any], list[str]]:
    """Whether the audit log is as it was written, for scripts and for people."""
    data = {
        "intact": checked.intact,
        "entries": checked.entries,
        "broken": [{"number": found.number, "what": found.what} for found in checked.broken],
    }
    if checked.intact:
        return data, [f"intact: {wording.count(checked.entries)} in all, and each follows the one before it"]
    return data, ["BROKEN: somebody changed the audit log", *(f"  {found.what}" for found in checked.broken)]


def error_json(error: SecondkeyError) -> dict[str, Any]:
    if isinstance(error, ConfigurationError):
        return {"error": "configuration", "problems": [error_json(problem) for problem in error.problems]}
    code = error.code if isinstance(error, Refused) else type(error).__name__
    return {"error": code, "reason": error.reason, "hint": error.hint}


def error_lines(error: SecondkeyError) -> list[str]:
    if isinstance(error, ConfigurationError):
        return [line for problem in error.problems for line in error_lines(problem)]
    return [f"error: {error.reason}", *([f"hint: {error.hint}"] if error.hint else [])]


def exit_code(error: SecondkeyError) -> int:
    """2 for usage and configuration, 4 for refusals, 1 for what failed."""
    match error:
        case UsageError() | NotFound() | ConfigurationError():
            return 2
        case Refused():
            return 4
        case _:
            return 1


def _row(backup: Backup) -> str:
    manifest, proof = backup.manifest, backup.proof
    state = "CORRUPT" if backup.corrupt else f"{proof.level.value}, {proof.health.value}"
    size = wording.size(manifest.archive.bytes)
    rows = wording.plural(manifest.state.rows, "row")
    return f"{backup.id}  {manifest.database}  {manifest.kind.value:<10}  {size:>9}  {rows:>14}  {state}"


def _entry(entry: Entry) -> str:
    detail = json.dumps(entry.detail, ensure_ascii=False)
    said = f"{entry.actor}  {entry.action}  {entry.subject}  {detail}"
    return f"{entry.number:>6}  {wording.moment(entry.at)}  {said}"


def _because(reason: str, what: str) -> str:
    return f" ({f'{what} because ' if what else ''}{reason})" if reason else ""
