"""Every table's count of rows beside the one that it is compared with: what changed, and what did not."""

from collections.abc import Mapping

from bot.domain.counts import change
from bot.domain.observation import Observation, Unreadable
from bot.domain.state import TableName

#: A table as people call it, and its count.
Figure = tuple[str, str]
#: By table; None where it could not be counted.
Counts = Mapping[TableName, int | None]


def changed(observation: Observation) -> list[Figure]:
    """Tables with another count than the baseline's, the worst first; those that came, went, or that the
    configuration expects and nobody has seen. Without a baseline only these."""
    before, now = _before(observation), _now(observation)
    expected = {each.table for each in observation.rules.expectations}

    def place(name: TableName) -> tuple[bool, bool, int, TableName]:
        lost = (before.get(name) or 0) - (now.get(name) or 0)
        return lost <= 0, name not in expected, -abs(lost), name

    unknown = isinstance(observation.state, Unreadable)
    names = set[TableName]() if unknown else {*before, *now, *expected}
    return [
        (name.short, _change(name, before, now))
        for name in sorted(names, key=place)
        if not _same(name, before, now)
    ]


def unchanged(observation: Observation) -> list[Figure]:
    """Tables with the baseline's count, the largest first; without a baseline all."""
    before, now = _before(observation), _now(observation)
    names = sorted(now, key=lambda name: (-(now[name] or 0), name))
    return [(name.short, _number(now[name])) for name in names if _same(name, before, now)]


def _now(observation: Observation) -> Counts:
    return {} if isinstance(observation.state, Unreadable) else observation.state.counts()


def _before(observation: Observation) -> Counts:
    """What is there by now, where there is nothing to compare it with."""
    if observation.baseline is None:
        return _now(observation)
    return {**observation.baseline.state.counts(), **observation.baseline.expected_rows()}


def _same(name: TableName, before: Counts, now: Counts) -> bool:
    return name in before and name in now and before[name] == now[name]


def _change(name: TableName, before: Counts, now: Counts) -> str:
    if name not in now:
        return f"{_number(before[name])} → gone" if name in before else "not there"
    if name not in before:
        return f"new → {_number(now[name])}"
    then, rows = before[name], now[name]
    if then is None or rows is None:
        return f"{_number(then)} → {_number(rows)}"
    return change(then, rows)


def _number(rows: int | None) -> str:
    return "not counted" if rows is None else f"{rows:,}"
