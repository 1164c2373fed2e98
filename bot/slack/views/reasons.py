"""The reasons of a verdict: the worst first, each with its evidence and, once, the next move."""

from collections.abc import Iterable, Sequence

from bot.domain.findings import Code, Finding, Severity, Verdict
from bot.domain.observation import Observation
from bot.slack.blocks import Block, clip, code, prose, section
from bot.slack.views.losses import LOSSES, worst_first

_MARK = {
    Severity.CRITICAL: "🔴 critical",
    Severity.WARNING: "🟠 warning",
    Severity.INFORMATION: "ℹ️ information",
}
#: How many subjects one reason shows before it says how many more there are.
SUBJECTS = 5
#: How many different next moves one reason shows.
HINTS = 2
#: How much of a subject's name and of its evidence is shown.
NAME = 130
DETAIL = 300

#: Findings that are told together.
Reason = list[Finding]


def reasons(verdict: Verdict) -> list[Reason]:
    """One for each code, in the verdict's order; all that is told by a change of counts is one."""
    lost = {found.subject for found in verdict.findings if found.code in LOSSES}
    grouped: dict[Code, Reason] = {}
    for found in verdict.findings:
        told_already = found.code is Code.ROWS_BELOW_FLOOR and found.subject in lost
        topic = Code.ROWS_ZERO if found.code in LOSSES or told_already else found.code
        grouped.setdefault(topic, []).append(found)
    return list(grouped.values())


def in_full(observation: Observation, found: Sequence[Reason]) -> list[Block]:
    """One block for each reason; what to do is said once, where it comes up first."""
    blocks, said = [], set[str]()
    for reason in found:
        told = [each for each in reason if each.code in LOSSES]
        hints = [hint for hint in _unlike(each.hint for each in told or reason) if hint not in said][:HINTS]
        said.update(hints)
        lines = worst_first(observation, told) if told else _subjects(reason)
        blocks.append(section(_heading(reason), *lines, *(f"→ {prose(hint)}" for hint in hints)))
    return blocks


def in_passing(found: Sequence[Reason]) -> list[Block]:
    """What can wait, a line for each reason: the next move is told once this is all there is."""
    if not found:
        return []
    return [section("*Less urgent*", *(f"• {_codes(reason)} · {_briefly(reason)}" for reason in found))]


def _heading(reason: Reason) -> str:
    mark = _MARK[reason[0].severity]
    if reason[0].code is Code.DATA_ELSEWHERE:
        mark += ": missing rows were found elsewhere"
    return f"*{_codes(reason)}* · {mark}"


def _codes(reason: Reason) -> str:
    return ", ".join(_unlike(found.code.value for found in reason))


def _subjects(reason: Reason) -> list[str]:
    lines = [f"{_subject(found)}  {_detail(found)}" for found in reason[:SUBJECTS]]
    return lines if len(reason) <= SUBJECTS else [*lines, f"and {len(reason) - SUBJECTS:,} more"]


def _briefly(reason: Reason) -> str:
    first, *others = reason
    more = f", and {len(others):,} more" if others else ""
    return f"{_subject(first)} {_detail(first)}{more}"


def _subject(found: Finding) -> str:
    return code(clip(found.subject, NAME))


def _detail(found: Finding) -> str:
    return prose(clip(found.detail, DETAIL))


def _unlike(texts: Iterable[str]) -> list[str]:
    """Each text once, in their order; empty ones are left out."""
    return [text for text in dict.fromkeys(texts) if text]
