"""How far two words are apart, so that a mistyped name can be asked back."""

from collections.abc import Iterable, Sequence


def edits(one: str, other: str, limit: int) -> int:
    """Letters inserted, left out, changed, or swapped with their neighbour; `limit + 1` where it is more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def nearest(word: str, known: Iterable[str], limit: int) -> list[str]:
    """The known words that are closest, within so many edits: all of them where they are equally near."""
    distances = {each: edits(word, each, limit) for each in known}
    least = min(distances.values(), default=limit + 1)
    return [each for each, distance in distances.items() if distance == least <= limit]


def did_you_mean(near: Sequence[str]) -> str:
    """`did you mean a?`, `did you mean a, b or c?`"""
    *others, last = near
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"
