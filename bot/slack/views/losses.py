"""Tables that lost rows, as a frightened person reads them on a phone: the worst first, and only a few.

Worst are those that the configuration expects something of, then those that lost most: whatever their code.
Last are tables that are gone and held nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot import wording
from bot.domain.findings import LOSSES, Code, Finding
from bot.domain.observation import Observation, Unreadable
from bot.slack.views.common import figures

#: How many tables are named before the rest is only counted.
TABLES = 5
#: How many stand in a notification, which is cut after about 100 characters.
FEW = 2


def worst_first(observation: Observation, found: Sequence[Finding]) -> list[str]:
    """Each table's change of rows; of those that are not named, how many there are and what they lost."""
    lost = _lost_rows(observation)
    ordered = _ordered(observation, found, lost)
    lines = figures([(each.subject, _change(each, lost)) for each in ordered[:TABLES]])
    rest = ordered[TABLES:]
    if rest:
        rows = sum(lost.get(each.subject, 0) for each in rest)
        lines.append(f"and {wording.plural(len(rest), 'more table')}: {wording.plural(rows, 'row')} gone")
    return lines


def told(observation: Observation, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings for whoever does not know the observation: losses first, each with its change of rows."""
    lost = _lost_rows(observation)
    gone = [each for each in found if each.code in LOSSES]
    return (
        *(replace(each, detail=_change(each, lost)) for each in _ordered(observation, gone, lost)),
        *(each for each in found if each.code not in LOSSES),
    )


def listed_losses(found: Sequence[Finding]) -> list[str]:
    """Losses that were told, as they come: the first few, and how many more there are."""
    lines = figures([(each.subject, each.detail) for each in found[:TABLES]])
    rest = len(found) - TABLES
    return [*lines, f"and {wording.plural(rest, 'more table')}"] if rest > 0 else lines


def in_short(observation: Observation, found: Sequence[Finding]) -> str:
    """`User 1,204 → 0, Invoice 18,442 → 0 and 14 more`; empty where nothing was lost."""
    return shortly(told(observation, found))


def shortly(found: Sequence[Finding]) -> str:
    """The same of losses that were told."""
    losses = [f"{each.subject} {each.detail}" for each in found if each.code in LOSSES]
    return wording.listed(losses, FEW)


def _ordered(observation: Observation, found: Sequence[Finding], lost: dict[str, int]) -> list[Finding]:
    expected = {expectation.table.short for expectation in observation.rules.expectations}

    def place(each: Finding) -> tuple[bool, bool, int]:
        rows = lost.get(each.subject, 0)
        return rows <= 0, each.subject not in expected, -rows

    return sorted(found, key=place)


def _change(found: Finding, lost: dict[str, int]) -> str:
    if found.code is not Code.SCHEMA_MISSING_TABLE:
        return found.detail
    return f"{lost[found.subject]:,} → gone" if found.subject in lost else "not there"


def _lost_rows(observation: Observation) -> dict[str, int]:
    """By the name that people use: how many rows fewer than the baseline has there are now."""
    if observation.baseline is None or isinstance(observation.state, Unreadable):
        return {}
    now = observation.state.counts()
    return {
        table.short: expected - (now.get(table) or 0)
        for table, expected in observation.baseline.expected_rows().items()
    }
