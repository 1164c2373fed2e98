"""A terminal that programs run in, as people have it: closing its window hangs them up."""

import os
import pty
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """A terminal with its window open."""

    #: the programs' side of it
    descriptor: int
    #: the people's side
    window: int
    shown: bytearray = field(default_factory=bytearray)

    def start(self, command: Sequence[str | Path]) -> "subprocess.Popen[bytes]":
        """Start a program that the terminal controls, in a process group of its own."""
        return subprocess.Popen(
            ["/usr/bin/setsid", "--ctty", *command],
            stdin=self.descriptor,
            stdout=self.descriptor,
            stderr=self.descriptor,
        )

    def shows(self, words: str) -> bool:
        """Whether these words were printed by now."""
        while select.select([self.window], [], [], 0)[0]:
            self.shown.extend(os.read(self.window, 4096))
        return words.encode() in self.shown


@contextmanager
def terminal() -> Iterator[Terminal]:
    """A terminal whose window is closed when the block is left."""
    window, descriptor = pty.openpty()
    try:
        yield Terminal(descriptor=descriptor, window=window)
    finally:
        os.close(window)
        os.close(descriptor)
