"""Runs a release's own command, whatever it is: its output line by line without secrets, and how it ended."""

import codecs
import io
import os
import re
import select
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bot import programs
from bot.domain.ended import Ended, How
from bot.domain.redaction import redacted
from bot.errors import NotFound
from bot.programs import PIPE_BYTES, Running

__all__ = ["Ended", "How", "refuse_missing", "run"]

#: How often a command that says nothing is looked at, in seconds.
POLL = 0.05
#: Exit codes of what did not end by itself, as `timeout` and a shell have them.
OVERDUE, STOPPED, SIGNALLED = 124, 130, 128
#: How much of its last words is kept, in characters; a line that is longer comes in several.
TAIL = 16_000
LINE = 4_000
#: How programs colour their words.
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def refuse_missing(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> None:
    """Raise `NotFound` where there is no such program, before anything is prepared for it."""
    path = os.pathsep.join(str((cwd or Path()) / each) for each in os.get_exec_path(env))
    name = str((cwd or Path()) / argv[0]) if os.sep in argv[0] else argv[0]
    if shutil.which(name, path=path) is None:
        raise NotFound(
            f"the command {argv[0]!r} is not there, or not executable; nothing was begun",
            "behind -- comes a program with its arguments; what only a shell knows: -- sh -c '…'",
        )


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    limit: timedelta | None = None,
    on_line: Callable[[str], object] = lambda _: None,
    secrets: Collection[str] = (),
    should_stop: Callable[[], bool] = lambda: False,
    cwd: Path | None = None,
) -> Ended:
    """Run it to its end, its standard output and error as one stream; its environment is `env` and no more.

    At the limit, and when `should_stop` says so, it is ended with everything that it started. Raises
    `CommandFailed` where it cannot be started, and what `on_line` raises; nothing of it runs on then.
    """
    started = time.monotonic()
    deadline = float("inf") if limit is None else started + limit.total_seconds()
    with programs.running(argv, env=env, cwd=cwd, together=True) as program:
        output = _Output(program, _Lines(secrets), on_line)
        how = _follow(program, output, deadline, should_stop)
        code = program.kill()
        output.finish()
    if how is None:
        how = How.SIGNAL if code < 0 else How.ITSELF
    return Ended(
        how=how,
        code=_shell_code(how, code),
        signal=_signal_name(-code) if how is How.SIGNAL else "",
        tail=output.tail,
        seconds=time.monotonic() - started,
    )


def _follow(
    program: Running, output: "_Output", deadline: float, should_stop: Callable[[], bool]
) -> How | None:
    """Until it ended by itself (None), or has to be ended."""
    while not program.ended:
        if should_stop():
            return How.CALLER
        if time.monotonic() > deadline:
            return How.LIMIT
        output.read(POLL)
    return None


def _shell_code(how: How, code: int) -> int:
    match how:
        case How.ITSELF:
            return code
        case How.SIGNAL:
            return SIGNALLED - code
        case How.LIMIT:
            return OVERDUE
        case How.CALLER:
            return STOPPED


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class _Output:
    """What comes out of a program: handed on line by line, with only the last of it kept."""

    def __init__(self, program: Running, lines: "_Lines", on_line: Callable[[str], object]) -> None:
        self._descriptor = program.stdout.fileno()
        self._lines = lines
        self._on_line = on_line
        self._kept: deque[str] = deque()
        self._kept_length = 0
        self._ready = select.poll()
        self._ready.register(self._descriptor, select.POLLIN)

    @property
    def tail(self) -> str:
        return "\n".join(self._kept)

    def read(self, wait: float) -> int:
        """Take what is there, or comes within so many seconds; returns how many bytes that were."""
        if not self._ready.poll(wait * 1000):
            return 0
        piece = os.read(self._descriptor, PIPE_BYTES)
        if not piece:
            # It closed its output, and may work on.
            self._ready.unregister(self._descriptor)
        self._tell(self._lines.feed(piece))
        return len(piece)

    def finish(self) -> None:
        """Take what it left behind, no more than a pipe holds: a child that got away may go on writing."""
        left = PIPE_BYTES
        while left > 0 and (size := self.read(0)):
            left -= size
        self._tell(self._lines.finish())

    def _tell(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._kept.append(line)
            self._kept_length += len(line) + 1
            while self._kept_length > TAIL:
                self._kept_length -= len(self._kept.popleft()) + 1
            self._on_line(line)


class _Lines:
    """Bytes in, lines without secrets out; a secret is found wherever the bytes were cut."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = secrets
        self._longest = max(map(len, secrets), default=1)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._rest = ""

    def feed(self, piece: bytes) -> Iterator[str]:
        whole, newline, self._rest = (self._rest + self._decoder.decode(piece)).rpartition("\n")
        if newline:
            for line in self._clean(whole).split("\n"):
                yield from _pieces(line)
        while len(self._rest) > LINE + self._longest:
            # What is hidden is hidden before the cut; what only begins here stays together behind it.
            self._rest = self._clean(self._rest)
            cut = max(LINE, len(self._rest) - self._longest)
            yield from _pieces(self._rest[:cut])
            self._rest = self._rest[cut:]

    def finish(self) -> Iterator[str]:
        rest = self._clean(self._rest + self._decoder.decode(b"", final=True))
        self._rest = ""
        return _pieces(rest) if rest else iter(())

    def _clean(self, text: str) -> str:
        return redacted(_COLOURS.sub("", text).expandtabs(), self._secrets)


def _pieces(line: str) -> Iterator[str]:
    return (line[at : at + LINE] for at in range(0, max(1, len(line)), LINE))
