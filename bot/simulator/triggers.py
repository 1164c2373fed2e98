"""Trigger ids: what a person did gives the app a short right to open a view for them, once."""

import secrets
import time
from collections.abc import Callable

from bot.simulator.errors import SlackError


class Triggers:
    def __init__(self, life: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._clock = clock
        #: id → person, the end of its life, whether it was used
        self._given: dict[str, tuple[str, float, bool]] = {}

    def give(self, person_id: str) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._given[trigger_id] = (person_id, self._clock() + self._life(), False)
        return trigger_id

    def use(self, trigger_id: str) -> str:
        """Use it up, and return whose it is."""
        person_id, ends, used = self._given.get(trigger_id, ("", 0.0, False))
        if not person_id:
            raise SlackError("invalid_trigger_id")
        if self._clock() > ends:
            raise SlackError("expired_trigger_id")
        if used:
            raise SlackError("exchanged_trigger_id")
        self._given[trigger_id] = (person_id, ends, True)
        return person_id
