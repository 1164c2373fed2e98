"""One `pg_dump` of a whole database, streamed out of an exported snapshot."""

import os
import re
import select
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from bot import programs as program_runner
from bot.domain.omission import Omission, Part
from bot.postgres.blockers import Blocker, blockers
from bot.postgres.client import Access, access
from bot.postgres.dump_failures import failure, lock_failure
from bot.postgres.installation import Installation
from bot.postgres.tables import quoted
from bot.programs import PIPE_BYTES, Running, Stopped

#: How long the pipe is left to fill after a small piece, in seconds.
GATHER = 0.005
#: How often progress is told and a stop is looked for while nothing comes, in seconds.
TELL = 0.2
#: How long pg_dump may be silent before it is asked who blocks it, and how often after that, in seconds.
BLOCKED = 1.0
#: pg_dump writes its end in the archive before it leaves; it may take so long to do so, in seconds.
LEAVING = 60.0
#: pg_dump limits only some of its waits for a lock; the others end so much later, in seconds.
BEYOND = 3.0
#: How much of what pg_dump says is searched for its error: a failed LOCK TABLE repeats every table's name.
WORDS = 4_000_000
#: The first major whose server and programs know zstd.
_ZSTD = 16
_TABLE = re.compile(r'dumping contents of table "(.*)"$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a dump is."""

    #: of the archive, written so far
    bytes: int
    #: the one being dumped, as `schema.name`; empty before the first
    table: str
    #: who keeps it waiting for a lock
    blocker: Blocker | None = None


def choose_compression(programs: Installation, server_major: int) -> str:
    """What `pg_dump -Z` takes: zstd where the server's own major has it and these programs can, else gzip."""
    return "zstd" if server_major >= _ZSTD and _can_zstd(programs) else "gzip:1"


def dump(
    programs: Installation,
    dsn: str,
    snapshot_id: str,
    write: Callable[[bytes | memoryview], object],
    *,
    purpose: str,
    compression: str,
    lock_wait: timedelta,
    omissions: Iterable[Omission] = (),
    on_progress: Callable[[Progress], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Hand the archive to `write` piece by piece; it is whole when this returns, and only then.

    `snapshot_id` must have been exported by a session that stays open until the dump has ended. Raises
    `CommandFailed` in words (`Obstructed` where it is known at what it stopped), `Stopped`, and whatever
    `write` raises; pg_dump has ended in each case.
    """
    door = access(dsn, purpose)
    arguments = [*_arguments(programs, door, snapshot_id, compression, lock_wait), *_leaving_out(omissions)]
    with program_runner.running(arguments, env=door.environment) as program:
        watch = _Watch(program, dsn, purpose, lock_wait, on_progress)
        _stream(program, write, watch, should_stop)
        code = program.wait(timeout=LEAVING, should_stop=should_stop)
        if code != 0:
            raise failure(code, program.stderr_tail(WORDS), login=door.login, blockers=watch.blockers)


def _arguments(
    programs: Installation, door: Access, snapshot_id: str, compression: str, lock_wait: timedelta
) -> list[str | Path]:
    return [
        programs.program("pg_dump"),
        "--format=custom",
        f"--compress={_compression(programs, compression)}",
        f"--snapshot={snapshot_id}",
        f"--lock-wait-timeout={max(1, round(lock_wait.total_seconds() * 1000))}",
        "--no-password",
        # It names each table when it comes to it.
        "--verbose",
        f"--dbname={door.conninfo}",
    ]


def _leaving_out(omissions: Iterable[Omission]) -> list[str]:
    """A name in double quotes is taken as it is; in UTF-8, whatever the database's encoding."""
    options = {Part.WHOLE: "--exclude-table", Part.CONTENTS: "--exclude-table-data"}
    given = [
        f"{options[omission.part]}={quoted(*omission.name)}" if omission.name else "--no-blobs"
        for omission in omissions
    ]
    return [*given, "--encoding=UTF8"] if given else []


def _compression(programs: Installation, compression: str) -> str:
    """Before 16, `-Z` only takes a level."""
    return compression if programs.major >= _ZSTD else compression.removeprefix("gzip:")


class _Watch:
    """Tells how far a dump is, and who blocks it."""

    def __init__(
        self,
        program: Running,
        dsn: str,
        purpose: str,
        lock_wait: timedelta,
        on_progress: Callable[[Progress], object],
    ) -> None:
        self.bytes = 0
        #: when pg_dump last waited for a lock; locks are all taken before the first byte
        self.blockers: tuple[Blocker, ...] = ()
        self._program = program
        self._dsn = dsn
        self._purpose = purpose
        self._lock_wait = lock_wait.total_seconds()
        self._on_progress = on_progress
        self._waiting_since: float | None = None
        self._told = self._asked = time.monotonic()

    def look(self, read: int) -> None:
        """Called after each piece, and where none came. Raises `CommandFailed` where it waits for ever."""
        self.bytes += read
        now = time.monotonic()
        if not self.bytes:
            if now - self._asked >= BLOCKED:
                self._ask_who_blocks()
        elif now - self._told >= TELL:
            self._told = now
            self._on_progress(Progress(bytes=self.bytes, table=self._table()))

    def _ask_who_blocks(self) -> None:
        found = blockers(self._dsn, self._purpose)
        self._asked = time.monotonic()
        if not found:
            self._waiting_since = None
            return
        self.blockers = found
        self._waiting_since = self._waiting_since or self._asked
        self._on_progress(Progress(bytes=0, table="", blocker=found[0]))
        if self._asked - self._waiting_since > self._lock_wait + BEYOND:
            raise lock_failure(found)

    def _table(self) -> str:
        named = _TABLE.findall(self._program.stderr_tail())
        return named[-1] if named else ""


def _stream(
    program: Running,
    write: Callable[[bytes | memoryview], object],
    watch: _Watch,
    should_stop: Callable[[], bool],
) -> None:
    descriptor = program.stdout.fileno()
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    buffer = memoryview(bytearray(PIPE_BYTES))
    while True:
        if should_stop():
            raise Stopped("the dump was stopped; nothing of it is kept")
        size = 0
        if ready.poll(TELL * 1000):
            size = os.readv(descriptor, [buffer])
            if size == 0:
                return
            write(buffer[:size])
            if size < PIPE_BYTES // 4:
                # pg_dump writes small pieces; the pipe takes many while we wait, for fewer wake-ups.
                time.sleep(GATHER)
        watch.look(size)


@cache
def _can_zstd(programs: Installation) -> bool:
    """A build without zstd says so before it connects; nobody listens where this one is sent."""
    tried = program_runner.run(
        [programs.program("pg_dump"), "--format=custom", "--compress=zstd", "--dbname=host=/nonexistent"],
        timeout=20,
    )
    return programs.major >= _ZSTD and "compress" not in tried.stderr
