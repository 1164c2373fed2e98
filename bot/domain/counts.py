"""Row counts, compared: when fewer rows mean a loss, and how that is told."""

from bot import wording

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
    return f"{counts} (−{max(1, round(100 * (before - after) / before))} %)"
