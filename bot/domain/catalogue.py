"""What a database's backups say together: which one would be taken, and when rows were lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bot import wording
from bot.domain.backup import Backup, Health, Kind
from bot.domain.counts import fell
from bot.domain.findings import Outcome, Verdict
from bot.domain.lineage import may_go, volatile
from bot.domain.observation import Rules
from bot.domain.state import Baseline, TableName


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The backup that is proposed by default."""

    #: None where no backup is both healthy and restore-tested
    backup: Backup | None
    #: the newer ones that were not taken, newest first, each with the reason
    passed_over: tuple[tuple[Backup, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Rows that were there in one backup and are gone in the next one."""

    #: the ids of the two backups
    before: str
    after: str
    table: TableName
    rows_before: int
    rows_after: int
    #: the table itself is gone, too
    gone: bool = False


def default_choice(backups: Sequence[Backup]) -> Choice:
    """The newest that is proven good; `backups` are one database's, newest first."""
    passed_over: list[tuple[Backup, str]] = []
    for backup in backups:
        if backup.proven_good:
            return Choice(backup=backup, passed_over=tuple(passed_over))
        passed_over.append((backup, _why_not(backup)))
    return Choice(backup=None, passed_over=tuple(passed_over))


def losses(backups: Sequence[Backup], rules: Rules = Rules()) -> tuple[Loss, ...]:
    """Dates each loss by the two backups around it: the latest first.

    Of one time, tables that the configuration expects something of come first, then the largest losses.

    `backups` are one database's, newest first; tables that may be empty and small falls are left out.
    """
    return tuple(
        loss
        for after, before in pairwise(backups)
        for loss in sorted(
            _between(before, after, rules),
            key=lambda loss: (rules.expectation(loss.table) is None, loss.rows_after - loss.rows_before),
        )
    )


def moves_baseline(verdict: Verdict, backup: Backup, begun: datetime, baseline: Baseline | None) -> bool:
    """Whether the backup's state becomes the baseline; a first one is only ever accepted by people.

    One that was `begun` before people pinned what counts now may have been read before them.
    """
    return (
        verdict.outcome is not Outcome.BLOCK
        and baseline is not None
        and begun >= baseline.pinned_at
        and backup.proof.health is Health.HEALTHY
        and backup.manifest.kind is not Kind.EMERGENCY
        and not backup.manifest.omissions
        and not backup.corrupt
    )


def _why_not(backup: Backup) -> str:
    proof = backup.proof
    if backup.corrupt:
        return f"corrupt: {backup.corrupt}"
    if backup.manifest.kind is Kind.EMERGENCY:
        return "an emergency backup is only taken by its id"
    if backup.manifest.omissions:
        return f"not whole: without {wording.listed([str(each) for each in backup.manifest.omissions])}"
    if proof.health is Health.SUSPECT:
        return f"suspect: {', '.join(proof.suspect_because)}"
    if proof.health is Health.UNKNOWN:
        return "health unknown: there was no baseline to judge it by"
    return f"not restore-tested: {proof.not_tested_because or 'it was not tried yet'}"


def _between(before: Backup, after: Backup, rules: Rules) -> list[Loss]:
    known = {table.name: table for table in before.manifest.state.tables}
    present = {table.name: table for table in after.manifest.state.tables}
    found = []
    for name, table in known.items():
        gone = name not in present
        left = 0 if gone else present[name].rows
        if table.rows is None or left is None or volatile(name, known, rules):
            continue
        if fell(table.rows, left, rules.drop_ratio) and not (gone and may_go(table, known, present, rules)):
            loss = Loss(
                before=before.id,
                after=after.id,
                table=name,
                rows_before=table.rows,
                rows_after=left,
                gone=gone,
            )
            found.append(loss)
    return found
