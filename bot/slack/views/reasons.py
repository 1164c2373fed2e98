"""The reasons of a verdict: the worst first, each with its evidence and, once, the next move."""

from collections.abc import Callable, Iterable, Sequence

from bot.domain.findings import LOSSES, Code, Finding, Outcome, Severity, Verdict
from bot.domain.observation import Observation
from bot.slack.blocks import Block, clip, code, prose, section, sections
from bot.slack.views.losses import listed_losses, worst_first

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
#: How much evidence stands in the thread.
IN_DETAIL = 1000

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


def can_wait(verdict: Verdict) -> list[Reason]:
    """What is told in passing: where a verdict blocks, all that does not, and says not where the data is."""
    if verdict.outcome is not Outcome.BLOCK:
        return []
    return [reason for reason in reasons(verdict) if not _urgent(reason)]


def _urgent(reason: Reason) -> bool:
    return reason[0].severity is Severity.CRITICAL or reason[0].code is Code.DATA_ELSEWHERE


def cut_short(verdict: Verdict) -> list[Reason]:
    """What the verdict's message does not tell in full; changes of counts are told with all counts."""
    later = can_wait(verdict)
    found = [(reason, reason in later) for reason in reasons(verdict)]
    return [left for reason, passing in found if (left := _left_out(reason, passing=passing))]


def in_full(observation: Observation, found: Sequence[Reason]) -> list[Block]:
    """One block for each reason; what to do is said once, where it comes up first."""
    return _in_full(found, lambda told: worst_first(observation, told))


def as_they_come(found: Sequence[Reason]) -> list[Block]:
    """The same where losses have their order, and say all that there is to say of them."""
    return _in_full(found, listed_losses)


def _in_full(found: Sequence[Reason], losses: Callable[[Reason], list[str]]) -> list[Block]:
    blocks, said = [], set[str]()
    for reason in found:
        told = [each for each in reason if each.code in LOSSES]
        hints = [hint for hint in _unlike(each.hint for each in told or reason) if hint not in said][:HINTS]
        said.update(hints)
        lines = losses(told) if told else _subjects(reason)
        blocks.append(section(_heading(reason), *lines, *(f"→ {prose(hint)}" for hint in hints)))
    return blocks


def in_passing(found: Sequence[Reason]) -> list[Block]:
    """What can wait, a line for each reason: the next move is told once this is all there is."""
    if not found:
        return []
    return [section("*Less urgent*", *(f"• {_codes(reason)} · {_briefly(reason)}" for reason in found))]


def in_detail(found: Sequence[Reason], most: int) -> list[Block]:
    """Each reason with all its evidence and every next move, as far as so many findings go."""
    blocks, room = list[Block](), most
    for reason in found:
        shown = reason[:room]
        room -= len(shown)
        if shown:
            lines = (f"{_subject(each)}  {_detail(each, IN_DETAIL)}" for each in shown)
            hints = (f"→ {prose(hint)}" for hint in _unlike(each.hint for each in shown))
            blocks += sections(_heading(reason), *lines, *hints)
    return blocks


def in_lines(observation: Observation, verdict: Verdict) -> list[tuple[str, ...]]:
    """Paragraphs of a report: what blocks in full, and where its rows lie; the rest, a line for each."""
    urgent = [reason for reason in reasons(verdict) if _blocks(reason[0])]
    waiting = [
        reason
        for reason in reasons(verdict)
        if reason[0].severity is Severity.WARNING and reason not in urgent
    ]
    blocks = [*in_full(observation, urgent), *in_passing(waiting)]
    return [tuple(block["text"]["text"].split("\n")) for block in blocks]


def _blocks(found: Finding) -> bool:
    return found.severity is Severity.CRITICAL or found.code is Code.DATA_ELSEWHERE


def _left_out(reason: Reason, *, passing: bool) -> Reason:
    if any(each.code in LOSSES for each in reason):
        return [each for each in reason if each.code not in LOSSES]
    hints = _unlike(each.hint for each in reason)
    most, moves = (1, 0) if passing else (SUBJECTS, HINTS)
    cut = any(len(each.subject) > NAME or len(each.detail) > DETAIL for each in reason)
    return reason if cut or len(reason) > most or len(hints) > moves else []


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


def _detail(found: Finding, most: int = DETAIL) -> str:
    return prose(clip(found.detail, most))


def _unlike(texts: Iterable[str]) -> list[str]:
    """Each text once, in their order; empty ones are left out."""
    return [text for text in dict.fromkeys(texts) if text]
