"""What `secondkey rehearse` prints: text for people, JSON for scripts."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot import wording
from bot.domain.counts import change
from bot.domain.rehearsal import Rehearsal
from bot.terminal import finding_lines


def as_json(found: Rehearsal, result: Mapping[str, Any]) -> dict[str, Any]:
    """A rehearsal as scripts read it: the verdict on the copy as `verify` gives it, and what the command did.

    `counts` has for each table its rows before and after; None where it was not there, or not counted.
    """
    ended = found.ended
    return {
        "release": found.release,
        "database": found.database,
        "backup": found.backup_id,
        "backup_at": found.backup_at.isoformat(),
        "restore_seconds": found.restore_seconds,
        "ran": True,
        "came": found.came,
        "command_exit": ended.code,
        "ended_by": ended.how.value,
        "signal": ended.signal,
        "seconds": ended.seconds,
        "output": ended.tail,
        "login": found.login,
        "different": list(found.different),
        "removed_variables": list(found.removed),
        "lost": [
            {"table": str(each.table), "before": each.before, "now": each.now or 0} for each in found.lost
        ],
        "counts": {name: list(rows) for name, rows in _counts(found)},
        "migrations": list(found.migrations),
        "locks": [
            {"table": str(held.table), "mode": held.mode, "seconds": held.seconds} for held in found.locks
        ],
        "locks_unknown": found.locks_unknown,
        "schema": {"objects": list(found.schema.objects), "diff": found.schema.text},
        **result,
    }


def lines(found: Rehearsal, result: Mapping[str, Any]) -> list[str]:
    made, took = wording.moment(found.backup_at), wording.duration(found.restore_seconds)
    return [
        f"{found.release} {found.sentence}",
        *finding_lines(result["findings"]),
        f"  backup    {found.backup_id}, made {made}, restored in {took}",
        f"  command   {found.ended}, after {wording.duration(found.ended.seconds)}, as {found.login}",
        *(f"  rows      {name} {_change(*rows)}" for name, rows in _counts(found) if rows[0] != rows[1]),
        f"  applied   {wording.listed(list(found.migrations)) or 'no migration'}",
        f"  locked    {_locked(found)}",
        f"  schema    {wording.listed(list(found.schema.objects)) or 'not changed'}",
        *(f"    {line}" for line in found.schema.text.splitlines()),
        *(f"  differs   {each}" for each in found.different),
        *([f"  not given {', '.join(found.removed)}"] if found.removed else []),
    ]


def _locked(found: Rehearsal) -> str:
    if found.locks_unknown:
        return f"not known: {found.locks_unknown}"
    return wording.listed([str(held) for held in found.locks]) or "nothing for 0.1 s or longer"


def _counts(found: Rehearsal) -> Iterator[tuple[str, tuple[int | None, int | None]]]:
    before, after = found.before.counts(), found.after.counts()
    for name in before | after:
        yield str(name), (before.get(name), after.get(name))


def _change(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return " → ".join("-" if rows is None else wording.count(rows) for rows in (before, after))
    return change(before, after)
