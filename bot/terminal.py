"""What the command line prints: text for people, JSON for scripts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from bot import wording
from bot.domain.approval import Request
from bot.domain.backup import Backup, Health, Level
from bot.domain.catalogue import Choice, default_choice
from bot.domain.counts import counted, held
from bot.domain.findings import Code, Severity, in_danger
from bot.domain.omission import Omission
from bot.domain.operation import Operation
from bot.domain.restoring.traffic import Standing, Stopped
from bot.repository.folder import Broken
from bot.slack.blocks import plain
from bot.store.audit import Entry, Verification

_MOSTLY_EMPTY = "WARNING: most tables of this database are empty; look twice before you accept it"


def backup_json(backup: Backup) -> dict[str, Any]:
    """A backup as scripts read it.

    `level` and `health` are what still holds: of one that is gone, cut or edited `written` and `unknown`, so
    that a script which asks for `restore-tested` and `healthy` is never given it; `corrupt` says why.
    """
    manifest, proof = backup.manifest, backup.holding
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
        "uncounted_tables": manifest.state.uncounted,
        "left_out": [_omission_json(omission) for omission in manifest.omissions],
    }


def untrusted_json(broken: Broken) -> dict[str, Any]:
    """What only the repository knows, as scripts read a backup: the least of all, and `corrupt` says why."""
    unknown = ("kind", "bytes", "sha256", "created_at", "reason", "requested_by", "tables", "rows")
    return {
        "id": broken.id,
        "database": broken.database,
        "level": Level.WRITTEN.value,
        "health": Health.UNKNOWN.value,
        "suspect_because": [],
        "corrupt": broken.problem.reason,
        "not_tested_because": "",
        "uncounted_tables": None,
        "left_out": [],
        **dict.fromkeys(unknown),
    }


def _level(backup: Backup) -> str:
    """How far it is proven by now: never all of it where something was left out."""
    level = backup.holding.level
    partly = level is Level.RESTORE_TESTED and backup.manifest.omissions
    return f"{level.value} but for what was left out" if partly else level.value


def _omission_json(omission: Omission) -> dict[str, Any]:
    return {
        "part": omission.part.value,
        "kind": omission.kind,
        "name": str(omission.name or ""),
        "why": omission.why,
        "cure": omission.cure,
    }


def _omission_line(omission: Omission) -> str:
    return f"  NOT IN IT  {omission}: {omission.why}" + (f"; {omission.cure}" if omission.cure else "")


def backup_lines(backup: Backup) -> list[str]:
    manifest, proof = backup.manifest, backup.holding
    because = ", ".join(code.value for code in proof.suspect_because)
    lines = [
        f"{backup.id}  {manifest.database}  {manifest.kind.value}",
        *map(_omission_line, manifest.omissions),
        f"  taken    {wording.moment(manifest.created_at)} in {wording.duration(manifest.seconds)}",
        f"  size     {wording.size(manifest.archive.bytes)}, sha256 {manifest.archive.sha256}",
        f"  holds    {wording.plural(len(manifest.state.holders), 'table')}, {held(manifest.state)}",
        *([f"  CORRUPT  {backup.corrupt}"] if backup.corrupt else []),
        f"  level    {_level(backup)}" + _because(proof.not_tested_because, "not tested"),
        f"  health   {proof.health.value}" + _because(because, ""),
    ]
    if manifest.reason:
        lines.append(f"  reason   {manifest.reason}")
    return lines


def shown_lines(backup: Backup) -> list[str]:
    """A backup that was only looked up: what of it was compared just now is said."""
    if backup.corrupt:
        return backup_lines(backup)
    return [
        *backup_lines(backup),
        f"  reached  {wording.moment(backup.proof.at)}",
        "looked at now: its documents, signatures and size, not the archive's content",
        f"next: secondkey verify {backup.id} reads that",
    ]


def catalogue_json(
    backups: Sequence[Backup], untrusted: Sequence[Broken], held_by: Mapping[str, str]
) -> list[dict[str, Any]]:
    """All of them, newest first."""
    found = [*map(backup_json, backups), *map(untrusted_json, untrusted)]
    every = [{**one, "held": held_by.get(one["id"])} for one in found]
    return sorted(every, key=lambda one: one["id"], reverse=True) if untrusted else every


def catalogue_lines(
    backups: Sequence[Backup], untrusted: Sequence[Broken], held_by: Mapping[str, str]
) -> list[str]:
    """All of them, and for each database which would be taken by default.

    `held_by` says by id what keeps a backup beyond its time.
    """
    if not backups and not untrusted:
        return ["there is no backup yet"]
    rows = (_row(backup, held_by.get(backup.id)) for backup in backups)
    lines = [*rows, *broken_lines(untrusted)]
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


def verdict_lines(database: str, result: dict[str, Any], known: Sequence[Backup] = ()) -> list[str]:
    """The verdict as an operation's result has it; on first use with the question that people answer.

    `known` are the database's backups, newest first: where data is in danger, what there is to go back to.
    """
    unknown = _first_use(result)
    lines = [_MOSTLY_EMPTY] if unknown and unknown["mostly_empty"] else []
    lines += [f"{database}: {result['verdict']}", *finding_lines(result["findings"])]
    return lines + (_question(database, unknown) if unknown else _way_back(result, known))


def finding_lines(findings: Sequence[dict[str, Any]]) -> list[str]:
    """Findings as a result has them; those that follow each other with one hint share it."""
    lines: list[str] = []
    for hint, alike in groupby(findings, lambda found: found["hint"]):
        lines += map(_finding, alike)
        lines += [f"               hint: {hint}"] if hint else []
    return lines


def _finding(found: dict[str, Any]) -> str:
    return f"  {found['severity']:<11}  {found['code']}  {found['subject']}  {found['detail']}"


def _way_back(result: dict[str, Any], known: Sequence[Backup]) -> list[str]:
    critical = [Code(found["code"]) for found in result["findings"] if found["severity"] == Severity.CRITICAL]
    if not in_danger(critical):
        return []
    if any(found["code"] == Code.BACKUP_UNREADABLE for found in result["findings"]):
        return ["what backups there are cannot be seen now"]
    if (kept := default_choice(known).backup) is None:
        return ["no backup is proven good"]
    manifest = kept.manifest
    made = f"made {wording.moment(manifest.created_at)}, {held(manifest.state)}, restore-tested"
    return [
        f"you still have {kept.id}: {made}",
        f"next: `/restore {manifest.database} {kept.id} REASON`; a second person approves it",
    ]


def _first_use(result: dict[str, Any]) -> dict[str, Any] | None:
    """What was found in a database that nobody has accepted yet; None where that is not the question."""
    codes = {found["code"] for found in result["findings"]}
    found: dict[str, Any] | None = result["state"]
    return found if Code.BASELINE_MISSING.value in codes else None


def _question(database: str, found: dict[str, Any]) -> list[str]:
    newest = _moment(found["newest"]) if found["newest"] else "not known (`newest` in the configuration)"
    return [
        "is this the database you mean?",
        *_place(found),
        f"  newest    {newest}",
        f"  empty     {', '.join(found['empty_tables']) or 'no table is'}",
        f"if it is: secondkey verify accept {database}",
    ]


def accepted_lines(operation: Operation) -> list[str]:
    """What was pinned, in full: this is what everything is compared with from now on."""
    pinned = operation.result["pinned"]
    return [
        f"{operation.database}: accepted",
        f"pinned by {operation.requested_by}, as it was at {_moment(pinned['taken_at'])}:",
        *_place(pinned),
        f"  marker    {pinned['marker']}",
        f"next: secondkey backup {operation.database}",
    ]


def _place(found: dict[str, Any]) -> list[str]:
    """Which database it is, by what cannot be renamed, and what it holds."""
    rows = counted(found["rows"], found["uncounted_tables"])
    return [
        f"  server    {found['system_identifier']}, PostgreSQL {found['server_version']}",
        f"  database  {found['database']}, oid {found['oid']}",
        f"  holds     {wording.plural(found['tables'], 'table')}, {rows}, {wording.size(found['bytes'])}",
    ]


def _moment(at: str) -> str:
    return wording.moment(datetime.fromisoformat(at).astimezone(UTC))


def request_json(request: Request, operation: Operation | None) -> dict[str, Any]:
    """A request for a second person as scripts read it; `operation` is what carries it out, once approved."""
    return {
        "id": request.id,
        "kind": request.plan.kind.value,
        "database": request.plan.database,
        "state": request.state.value,
        "requested_by": request.requested_by,
        "reason": request.reason,
        "needed": request.needed,
        "approved_by": list(request.approved_by),
        "denied_by": request.denied_by,
        "void_because": request.problem,
        "created_at": request.created_at.isoformat(),
        "decide_by": request.decide_by.isoformat(),
        "channel": request.channel,
        "message": request.ts,
        "digest": request.digest,
        "operation": operation
        and {
            "progress": operation.progress.value,
            "result": operation.result,
            "reason": operation.problem,
            "hint": operation.hint,
        },
    }


def request_lines(request: Request, operation: Operation | None) -> list[str]:
    """What was asked, how people voted, the plan, and what became of it."""
    plan, approved = request.plan, ", ".join(request.approved_by) or "nobody yet"
    lines = [
        f"{request.id}  {plan.title}",
        f"  state     {_state(request, operation)}",
        f"  asked     by {request.requested_by} at {wording.moment(request.created_at)}: {request.reason}",
        f"  approved  by {approved}; {wording.plural(request.needed, 'approval')} needed",
        f"  digest    {request.digest}",
    ]
    told = [plain("\n".join(paragraph)) for paragraph in (*plan.lines, request.notes)]
    lines += [f"  {line}" for paragraph in told for line in paragraph if line]
    if request.is_open and operation is None:
        lines.append(f"next: react with ✅ or ⛔ in Slack; secondkey request wait {request.id}")
    return lines


def traffic_json(databases: Sequence[Standing]) -> list[dict[str, Any]]:
    return [
        {
            "database": one.database,
            "stopped": one.now and {**asdict(one.now), "since": one.now.since.isoformat()},
            "inside": one.inside,
        }
        for one in databases
    ]


def traffic_lines(databases: Sequence[Standing]) -> list[str]:
    return [
        line for one in databases for line in (f"{one.database}: {_stopped(one.now)}", _inside(one.inside))
    ]


def _stopped(now: Stopped | None) -> str:
    if now is None:
        return "not stopped by Secondkey"
    how = "by the fence: nobody gets in" if now.fenced else "by command"
    why = f": {now.reason}" if now.reason else ""
    return f"stopped {how}, by {now.by} since {wording.moment(now.since)}{why}"


def _inside(inside: Sequence[str] | None) -> str:
    if inside is None:
        return "  who is in it is not known"
    return f"  in it: {', '.join(inside) or 'nobody'}"


def _state(request: Request, operation: Operation | None) -> str:
    if operation is not None:
        steps = [step["name"] for step in operation.result.get("steps", [])]
        return f"approved, {operation.progress.value}{f' ({steps[-1]})' if steps else ''}"
    if request.deadline:
        return f"{request.state.value} until {wording.moment(request.deadline)}"
    return request.state.value + (f": {request.problem}" if request.problem else "")


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


def _row(backup: Backup, held_by: str | None) -> str:
    manifest, proof = backup.manifest, backup.holding
    state = "CORRUPT" if backup.corrupt else f"{_level(backup)}, {proof.health.value}"
    state += f"; held: {held_by}" if held_by else ""
    size = wording.size(manifest.archive.bytes)
    rows = held(manifest.state)
    return f"{backup.id}  {manifest.database}  {manifest.kind.value:<10}  {size:>9}  {rows:>14}  {state}"


def _entry(entry: Entry) -> str:
    detail = json.dumps(entry.detail, ensure_ascii=False)
    said = f"{entry.actor}  {entry.action}  {entry.subject}  {detail}"
    return f"{entry.number:>6}  {wording.moment(entry.at)}  {said}"


def _because(reason: str, what: str) -> str:
    return f" ({f'{what} because ' if what else ''}{reason})" if reason else ""
