"""Which parts of the bot ended by themselves."""

from collections.abc import Callable


class Faults:
    """Told by each part that ends although nobody stopped it; remembers why, and tells on."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self.reasons: list[str] = []

    def __call__(self, reason: str) -> None:
        self.reasons.append(reason)
        self._tell(reason)
