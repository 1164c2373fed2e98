"""What is known of an incident: found, counted, and never guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.backup import Backup
from bot.domain.deploying.deployment import Deployment
from bot.domain.deploying.gate import named
from bot.domain.drill import Drill, restore_time
from bot.domain.findings import Code, Finding
from bot.domain.incidents.incident import Count, Evidence, Suspect, WayBack
from bot.domain.observation import Observation, Unreadable
from bot.domain.restoring.changes import Change

#: A deployment that was at work so long before is named beside what was found.
NEARBY = timedelta(hours=6)
#: Said of a table that nobody counted in the time there was: it is no loss.
_NOT_LOST = frozenset({Code.ROWS_UNREADABLE, Code.IDENTITY_UNREACHABLE})


def found(earlier: Iterable[Finding], now: Iterable[Finding]) -> tuple[Finding, ...]:
    """What was found first, and what came to it since."""
    new = (each for each in now if each.code not in _NOT_LOST)
    return tuple({named(each): each for each in (*earlier, *new)}.values())


def counts(
    observation: Observation, findings: Iterable[Finding], earlier: Iterable[Count] = ()
) -> tuple[Count, ...]:
    """What the baseline and the database hold of the tables that were found.

    First are those that the configuration expects something of, then the worst. Of another database, and of
    one that is gone, all tables count. A table that is gone holds None. What was counted `earlier` stays
    where it was worse: rows may have come back since.
    """
    lost = {each.table: each for each in earlier}
    for each in _lost(observation, tuple(findings)):
        known = lost.get(each.table)
        if known is None or _gone(each) > _gone(known):
            lost[each.table] = each
    expected = {each.table.short for each in observation.rules.expectations}
    return tuple(sorted(lost.values(), key=lambda each: (each.table not in expected, -_gone(each))))


def _lost(observation: Observation, findings: Sequence[Finding]) -> list[Count]:
    state, baseline = observation.state, observation.baseline
    if baseline is None or (isinstance(state, Unreadable) and state.code is not Code.IDENTITY_ABSENT):
        return []
    now = {} if isinstance(state, Unreadable) else state.counts()
    meant = {each.subject for each in findings}
    all_of_them = any(each.code.group == "identity" for each in findings)
    return [
        Count(table=table.short, before=before, now=now.get(table))
        for table, before in baseline.expected_rows().items()
        if (all_of_them or table.short in meant) and _fell(before, now.get(table, 0))
    ]


def suspect(newest: Sequence[Deployment], at: datetime) -> Suspect | None:
    """The deployment that was let through shortly before; being near does not make it the cause."""
    for deployment in newest:
        began = deployment.opened_at
        if began is not None and at - NEARBY <= began <= at:
            return Suspect(
                deployment=deployment.id,
                release=deployment.release,
                by=deployment.opened_by,
                began_at=began,
                stage=deployment.stage.value,
            )
    return None


def way_back(backup: Backup, proof: str, drill: Drill | None, changes: Sequence[Change] | None) -> WayBack:
    """`proof` is its level and health in words, `drill` the newest of the database.

    Without `changes` nobody knows what would come and go.
    """
    takes = restore_time(backup, drill)
    back = [each.gain for each in changes or () if each.gain > 0]
    return WayBack(
        backup_id=backup.id,
        made_at=backup.manifest.created_at,
        proof=proof,
        seconds=takes.seconds,
        tried=takes.tried,
        comes_back=None if changes is None else sum(back),
        tables=None if changes is None else len(back),
        goes_aside=None if changes is None else sum(each.goes for each in changes),
    )


def without_counts(evidence: Evidence) -> Evidence:
    """For readers who may not see the figures of a business: what was found, and where."""
    back = evidence.way_back
    return replace(
        evidence,
        findings=tuple(replace(each, detail="") for each in evidence.findings),
        counts=(),
        way_back=replace(back, comes_back=None, tables=None, goes_aside=None) if back else None,
    )


def rows_lost(evidence: Evidence) -> int | None:
    """How many rows fewer there are than the baseline has; None where that is not known."""
    return sum(map(_gone, evidence.counts)) if evidence.counts else None


def elsewhere(evidence: Evidence) -> tuple[Finding, ...]:
    """Rows that are missing and lie in another schema or database of the same server."""
    return tuple(each for each in evidence.findings if each.code is Code.DATA_ELSEWHERE)


def _gone(count: Count) -> int:
    return (count.before or 0) - (count.now or 0)


def _fell(before: int, now: int | None) -> bool:
    """One that is there and could not be counted did not fall, as far as anybody knows."""
    return now is not None and now < before
