"""Row counts, compared: when fewer rows mean a loss, and how that is told."""

from bot import wording
from bot.domain.state import State

#: A fall of fewer rows than this is told only where at least half the table went.
FEW_ROWS = 10


def fell(before: int, after: int, ratio: float) -> bool:
    """Whether a table lost more than may go unnoticed; the loss of all its rows is never small."""
    gone = before - after
    if after == 0:
        return before > 0
    return gone > before * ratio and (gone >= FEW_ROWS or gone * 2 >= before)


def change(before: int, after: int) -> str:
    """`1,204 → 0`, and with the share where some are left: `1,204 → 602 (−50 %)`."""
    counts = f"{wording.count(before)} → {wording.count(after)}"
    if not 0 < after < before:
        return counts
    return f"{counts} (−{_percent(100 * (before - after) / before)} %)"


def held(state: State) -> str:
    """`48,113 rows`, and where some were not counted `at least 48,113 rows, 2 tables not counted`."""
    return counted(state.rows, state.uncounted)


def counted(number: int, uncounted: int) -> str:
    """What `held` says, of so many rows and tables that were not counted."""
    rows = wording.plural(number, "row")
    return rows if not uncounted else f"at least {rows}, {wording.plural(uncounted, 'table')} not counted"


def _percent(share: float) -> str:
    """Never 0 and never 100: something went, and something is left."""
    whole = round(share)
    return str(whole) if 0 < whole < 100 else f"{min(99.9, max(0.1, share)):.1f}"
