"""What the message about a verdict has no room for: every count, and findings that it cuts short."""

from bot import wording
from bot.domain.findings import LOSSES, Verdict
from bot.domain.observation import Observation
from bot.slack.blocks import Block, Message, code, context, sections
from bot.slack.views.common import figures
from bot.slack.views.counts import Figure, changed, unchanged
from bot.slack.views.losses import TABLES as NAMED
from bot.slack.views.reasons import cut_short, in_detail

#: How many tables are named, those that changed first, before the rest is only counted.
TABLES = 60
#: How many findings are told before the rest is only counted.
FINDINGS = 25


def rest(observation: Observation, verdict: Verdict) -> Message | None:
    """For the message's thread; None where the message says all there is."""
    differ, same = _tables(observation, verdict)
    cut = cut_short(verdict)
    tables, findings = len(differ) + len(same), sum(map(len, cut))
    if not tables and not findings:
        return None
    compared = observation.baseline is not None
    first, then = ("Changed: baseline → now", "Same count") if compared else ("Expected", "Rows now")
    return Message(
        text=f"{observation.database} in detail: {_contents(tables, findings)}",
        blocks=(
            *_listed(first, differ[:TABLES]),
            *_listed(then, same[: max(0, TABLES - len(differ))]),
            *in_detail(cut, FINDINGS),
            *_more(observation.database, tables - TABLES, findings - FINDINGS),
        ),
    )


def _tables(observation: Observation, verdict: Verdict) -> tuple[list[Figure], list[Figure]]:
    """What changed and what did not; nothing where the message names all that there is, or that all is the
    same."""
    differ, same = changed(observation), unchanged(observation)
    named = {found.subject for found in verdict.findings if found.code in LOSSES}
    all_named = len(named) <= NAMED and {name for name, _ in (*differ, *same)} <= named
    all_same = observation.baseline is not None and not differ
    return ([], []) if all_named or all_same else (differ, same)


def _contents(tables: int, findings: int) -> str:
    told = [f"counts of {wording.plural(tables, 'table')}"] if tables else []
    return ", ".join([*told, *([f"{wording.plural(findings, 'finding')} in full"] if findings else [])])


def _listed(heading: str, tables: list[Figure]) -> list[Block]:
    return sections(f"*{heading}*", *figures(tables)) if tables else []


def _more(database: str, tables: int, findings: int) -> list[Block]:
    left = [wording.plural(tables, "more table")] if tables > 0 else []
    left += [wording.plural(findings, "more finding")] if findings > 0 else []
    command = code(f"secondkey verify {database} --json")
    return [context(f"and {' and '.join(left)}: {command} has all")] if left else []
