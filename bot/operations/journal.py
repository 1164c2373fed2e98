"""The steps of an operation: recorded in its row, shown while they run, found by whoever takes it over."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.operations.attempt import Attempt, show
from bot.slack.blocks import Message
from bot.slack.views.steps import Step
from bot.store import operations

Draw = Callable[[Sequence[Step]], Message]


@dataclass
class Told:
    """What a step has to say of itself when it ends."""

    said: str = ""


class Journal:
    """What one attempt did, and what earlier ones had done before they ended."""

    def __init__(self, attempt: Attempt, draw: Draw) -> None:
        """`draw` makes the operation's message of its steps."""
        recorded = attempt.operation.result
        self._attempt = attempt
        self._draw = draw
        self.steps = [Step(**step) for step in recorded.get("steps", ())]
        #: what a successor needs to know: names and oids
        self.facts: dict[str, Any] = dict(recorded.get("facts", {}))
        self._began = time.monotonic()

    @property
    def begun_before(self) -> bool:
        """An earlier attempt began, and nobody knows where it ended."""
        return bool(self.steps)

    @contextmanager
    def step(self, name: str, **facts: Any) -> Iterator[Told]:
        """Record that a step begins, and how long it took when it ends; one that fails stays unfinished.

        `facts` are what a successor needs to know. Raises `Ghost` where somebody else runs the operation by
        now, and `Away`.
        """
        self.begin(name, **facts)
        told = Told()
        yield told
        self.end(told.said)

    def begin(self, name: str, **facts: Any) -> None:
        """The same for a step whose end is recorded elsewhere."""
        self.facts |= facts
        self.steps.append(Step(name=name))
        self._record()
        self._began = time.monotonic()

    def end(self, said: str = "") -> None:
        self.steps[-1] = replace(self.steps[-1], seconds=time.monotonic() - self._began, said=said)
        self._record()

    def remember(self, **facts: Any) -> None:
        """Record what a successor needs to know, beside the steps."""
        self.facts |= facts
        self._record()

    def ended(self, name: str) -> bool:
        """Whether this step came to its end, in whatever attempt."""
        return any(step.name == name and step.seconds is not None for step in self.steps)

    def cut_off(self) -> None:
        """Whoever did the last step did not live to see its end."""
        self.steps[-1] = replace(self.steps[-1], cut_off=True)

    def progress(self, said: str) -> None:
        """How far the running step is, shown where there is time for it."""
        steps = [*self.steps[:-1], replace(self.steps[-1], said=said)]
        self._attempt.progress(self._draw(steps))

    def as_result(self, **more: Any) -> dict[str, Any]:
        """For the operation's row."""
        return {"steps": [asdict(step) for step in self.steps], "facts": self.facts, **more}

    def _record(self) -> None:
        operation = self._attempt.operation
        with self._attempt.ending() as connection:
            operations.note(connection, operation.id, self._attempt.token, self.as_result())
            show(connection, operation, self._draw(self.steps))
