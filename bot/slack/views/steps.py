"""The steps of a running operation, one line each: what is done ticks, and says how long it took."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import wording
from bot.slack.blocks import escape


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step, as people see it."""

    name: str
    #: how long it took; None while it is not finished
    seconds: float | None = None
    said: str = ""
    #: the process that did it ended meanwhile
    cut_off: bool = False


def lines(steps: Sequence[Step]) -> list[str]:
    return [_line(step) for step in steps]


def _line(step: Step) -> str:
    if step.cut_off:
        return f"– {step.name} · cut off"
    mark = "⏳" if step.seconds is None else "✓"
    took = [] if step.seconds is None else [wording.duration(step.seconds)]
    return " · ".join((f"{mark} {step.name}", *took, *([escape(step.said)] if step.said else [])))
