"""Parts of the bot that do one thing again and again, each in a thread of its own."""

import time
from collections.abc import Callable, Iterable
from threading import Event, Thread

import psycopg
import structlog

from bot.errors import SecondkeyError
from bot.slack.trouble import NO_ANSWER

log = structlog.get_logger()

#: Does it once; may ask whether the bot is stopping by now.
Act = Callable[[Callable[[], bool]], None]
#: How long stopping waits for what is under way, in seconds: it is done again at the next start.
LAST_LOOK = 2.0
#: The share of its time that a part rests at least.
LEAST = 0.1


class Repeating:
    """Acts every so many seconds until it is stopped. Where the bot's own database, a protected one or Slack
    do not answer, that is logged, and it is tried again the next time."""

    def __init__(
        self,
        name: str,
        act: Act,
        *,
        every: float,
        on_death: Callable[[str], object],
        at_once: bool = False,
        after_trouble: float = 0.0,
    ) -> None:
        """`name` says what it does: `watching over deployment windows`. `on_death` gets a reason, when it
        ended by itself. `at_once`: for the first time when it starts, not `every` seconds later.
        `after_trouble`: it is tried again so many seconds later at the soonest."""
        self._name = name
        self._act = act
        self._every = every
        self._on_death = on_death
        self._at_once = at_once
        self._after_trouble = after_trouble
        self._stopping = Event()
        self._thread = Thread(target=self._main, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_end(self) -> None:
        """Act no more; wait for nothing."""
        self._stopping.set()

    def stop(self) -> None:
        """Safe to repeat."""
        self.ask_to_end()
        if self._thread.is_alive():
            self._thread.join(LAST_LOOK)

    def _main(self) -> None:
        try:
            pause = 0.0 if self._at_once else self._every
            while not self._stopping.wait(pause):
                began = time.monotonic()
                rest = 0.0 if self._once() else self._after_trouble
                # Counted from when it began; whatever takes longer than that leaves the others some room.
                pause = max(self._every - (time.monotonic() - began), self._every * LEAST, rest)
        except Exception as error:
            log.exception("a part of the bot ended", part=self._name)
            if not self._stopping.is_set():
                self._on_death(f"{self._name} ended by itself: {error}")

    def _once(self) -> bool:
        """False where something did not answer."""
        began = time.monotonic()
        try:
            self._act(self._stopping.is_set)
        except (psycopg.Error, SecondkeyError, *NO_ANSWER) as trouble:
            took = round(time.monotonic() - began, 1)
            log.warning("not done this time", part=self._name, reason=str(trouble), seconds=took)
            return False
        return True


class Together:
    """Several of them as one part: none waits until another one has ended."""

    def __init__(self, parts: Iterable[Repeating]) -> None:
        self._parts = tuple(parts)

    def start(self) -> None:
        for part in self._parts:
            part.start()

    def stop(self) -> None:
        """Safe to repeat."""
        for part in self._parts:
            part.ask_to_end()
        for part in self._parts:
            part.stop()
