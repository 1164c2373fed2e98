"""Being asked to end by a signal."""

from queue import SimpleQueue


class Asked:
    """Set once, by a signal's handler or by any thread, and waited for by the main thread.

    A handler runs in the main thread, between any two of its steps. An `Event` that is set there while that
    thread is about to wait for it waits for its own lock, for ever; a `SimpleQueue` may be entered again.
    """

    def __init__(self) -> None:
        self._asked = False
        self._wake: SimpleQueue[None] = SimpleQueue()

    def is_set(self) -> bool:
        return self._asked

    def set(self) -> None:
        """Safe to repeat."""
        self._asked = True
        self._wake.put(None)

    def wait(self) -> None:
        """Until it is set; one thread waits."""
        while not self._asked:
            self._wake.get()
