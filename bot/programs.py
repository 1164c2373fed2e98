"""The one place where programs are started: an argument list, their own environment, a time limit.

A program runs in a session of its own, so that ending it ends all of its children, and dies with the
process that started it. No shell is ever involved, and no secret belongs in an argument: passwords
travel in the environment (`PGPASSWORD`) or in files.

"The process that started it" is, for the kernel, the thread that did: a program is awaited in the thread that
started it, and `running` ends it there. Only servers (`spawn_server`) outlive both.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from bot.errors import CommandFailed

#: How often a running program is looked at, in seconds.
POLL = 0.05
FIRST_POLL = 0.001
#: How much of a program's standard error is kept for the message, in bytes.
STDERR_TAIL = 4000
PIPE_BYTES = 1024 * 1024


class Stopped(Exception):
    """The program was ended because its caller asked for it."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An operating-system account without privileges, to run a program under."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A program that ended by itself."""

    code: int
    stdout: str
    stderr: str


def unprivileged_account() -> Account | None:
    """Who a PostgreSQL server runs as when we are root (it refuses root); None when we are not root."""
    if os.geteuid() != 0:
        return None
    import pwd

    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def environment(**extra: str) -> dict[str, str]:
    """A small environment: nothing of ours leaks into a program but what it needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
    return {"LC_ALL": "C.UTF-8", **kept, **extra}


class Running:
    """A program that runs, with its output as a pipe of bytes."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes], name: str) -> None:
        self.process = process
        self.name = name
        self._stderr = stderr

    @property
    def stdout(self) -> IO[bytes]:
        if self.process.stdout is None:
            raise ValueError(f"the output of {self.name} goes elsewhere")
        return self.process.stdout

    def stderr_tail(self, length: int = STDERR_TAIL) -> str:
        """The last bytes of standard error, as text."""
        # The program shares our file position: seeking here would move where it writes.
        descriptor = self._stderr.fileno()
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, length, max(0, size - length)).decode("utf-8", "replace").strip()

    def wait(self, *, timeout: float, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Wait for the end and return the exit code, negative for a signal; whatever it started ends with it.

        Raises `Stopped`, and `CommandFailed` at the time limit.
        """
        deadline = time.monotonic() + timeout
        pause = FIRST_POLL
        while not self.ended:
            if should_stop():
                self.kill()
                raise Stopped(f"{self.name} was stopped")
            if time.monotonic() > deadline:
                self.kill()
                raise CommandFailed(
                    f"{self.name} did not finish within {timeout:.0f} s and was ended", self.stderr_tail()
                )
            time.sleep(pause)
            pause = min(2 * pause, POLL)
        return self.kill()

    def kill(self) -> int:
        """End the program and everything that it started; returns its exit code."""
        if self.process.returncode is None:
            # Until it is reaped below, its number cannot be somebody else's.
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    @property
    def ended(self) -> bool:
        """Whether it ended; it is not reaped yet."""
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@contextmanager
def running(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    cwd: Path | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.PIPE,
    together: bool = False,
) -> Iterator[Running]:
    """Start a program and yield it; whatever is left of it is ended when the block is left.

    `together`: standard output and error come as one stream, and it has no `stderr_tail`.
    """
    with TemporaryFile() as kept:
        process = _popen(
            list(map(str, arguments)), prefix=_dying_with_us(),
            env=env, account=account, cwd=cwd, stdin=stdin, stdout=stdout,
            stderr=subprocess.STDOUT if together else kept,
        )  # fmt: skip
        program = Running(process, kept, Path(arguments[0]).name)
        try:
            yield program
        finally:
            program.kill()
            if process.stdout:
                process.stdout.close()


def run(
    arguments: Sequence[str | Path],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    cwd: Path | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    should_stop: Callable[[], bool] = lambda: False,
) -> Finished:
    """Run a program to its end, whatever its exit code; its output goes through a file, never blocks."""
    with (
        TemporaryFile() as stdout,
        running(arguments, env=env, account=account, cwd=cwd, stdin=stdin, stdout=stdout) as program,
    ):
        code = program.wait(timeout=timeout, should_stop=should_stop)
        stdout.seek(0)
        return Finished(
            code=code, stdout=stdout.read().decode("utf-8", "replace"), stderr=program.stderr_tail()
        )


def spawn_server(
    arguments: Sequence[str | Path],
    *,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that outlives us unless it is stopped: own session, no pipe of ours held open."""
    with (log or Path(os.devnull)).open("ab") as output:
        return _popen(
            list(map(str, arguments)), env=env, account=account, cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip


def _popen(
    arguments: list[str],
    *,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None,
    account: Account | None,
    cwd: Path | None,
    stdin: IO[bytes] | int,
    stdout: IO[bytes] | int,
    stderr: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """Raises `CommandFailed` where the program, or the folder to run it in, is not there."""
    environ = dict(environment() if env is None else env)
    if shutil.which(arguments[0], path=environ.get("PATH")) is None:
        raise CommandFailed(f"{arguments[0]} cannot be started: it is not there, or not executable")
    try:
        process = subprocess.Popen(
            [*prefix, *arguments],
            bufsize=0,
            env=environ,
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise CommandFailed(f"{arguments[0]} cannot be started: {missing}") from missing
    if process.stdout:
        # An account that already has many large pipes gets a small one.
        with suppress(PermissionError):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return process


@cache
def _dying_with_us() -> tuple[str, ...]:
    """A prefix that lets the kernel end the program when we die (util-linux 2.33; elsewhere, nothing)."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", "KILL", "--")
    tried = subprocess.run([*prefix, setpriv, "--version"], capture_output=True, check=False)
    return prefix if tried.returncode == 0 else ()
