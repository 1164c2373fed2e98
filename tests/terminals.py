"""A terminal that programs run in, as people have it: closing its window hangs them up."""

import os
import pty
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """The programs' side of it."""

    descriptor: int

    def start(self, command: Sequence[str | Path]) -> "subprocess.Popen[bytes]":
        """Start a program that the terminal controls, in a process group of its own."""
        return subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", *command],
            stdin=self.descriptor,
            stdout=self.descriptor,
            stderr=self.descriptor,
        )


@contextmanager
def terminal() -> Iterator[Terminal]:
    """A terminal whose window is closed when the block is left."""
    window, descriptor = pty.openpty()
    try:
        yield Terminal(descriptor=descriptor)
    finally:
        os.close(window)
        os.close(descriptor)
