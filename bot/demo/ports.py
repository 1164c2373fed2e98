"""Ports of 127.0.0.1: free ones, and why one cannot be had."""

import random
import socket

from bot.errors import SecondkeyError

#: Below the range from which the system takes ports for outgoing connections.
_RANGE = range(20_000, 32_000)


def choose() -> int:
    """A port that nobody uses now."""
    return next(port for port in random.sample(_RANGE, len(_RANGE)) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    return _obstacle(port) is None


def refuse_taken(port: int, hint: str) -> None:
    """Raise where no server could listen there."""
    obstacle = _obstacle(port)
    if obstacle is not None:
        raise SecondkeyError(f"port {port} of 127.0.0.1 cannot be used: {obstacle.strerror}", hint)


def _obstacle(port: int) -> OSError | None:
    with socket.socket() as probe:
        # A port whose last connections are still being forgotten is free, as servers see it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as obstacle:
            return obstacle
    return None
