"""Runs of pg_restore over chosen entries of an archive. The login that it takes is never a superuser's."""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import programs as program_runner
from bot import wording
from bot.postgres.archive_list import Entry
from bot.postgres.client import Access
from bot.postgres.restore_plan import as_list
from bot.programs import Running

#: How much of what pg_restore says is searched for its error.
_WORDS = 4_000_000
_BEGUN = re.compile(r"launching item \d+ (.*)$", re.MULTILINE)
_DONE = re.compile(r"(?:processing|finished) item (\d+) ")


@dataclass(frozen=True, kw_only=True)
class PgRestore:
    """How pg_restore is run, again and again over the same archive."""

    #: of the server's major
    program: Path
    archive: Path
    door: Access
    #: where the list of entries is written for it
    listed: Path
    jobs: int
    limit: timedelta
    on_progress: Callable[[str], object] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False

    def run(self, entries: Sequence[Entry], *options: str) -> tuple[int, str]:
        """Restore these entries; returns the exit code and what was said on standard error.

        Raises `CommandFailed` where it does not start or end, and `Stopped`.
        """
        if not entries:
            return 0, ""
        self.listed.write_text(as_list(entries))
        arguments: list[str | Path] = [
            self.program,
            "--exit-on-error",
            "--no-password",
            "--verbose",
            *options,
            f"--jobs={self.jobs}",
            f"--use-list={self.listed}",
            f"--dbname={self.door.conninfo}",
            self.archive,
        ]
        with program_runner.running(arguments, env=self.door.environment) as program:
            look = self._look_at(program, frozenset(entry.id for entry in entries))
            code = program.wait(timeout=self.limit.total_seconds(), should_stop=look)
            return code, program.stderr_tail(_WORDS)

    def _look_at(self, program: Running, items: Set[int]) -> Callable[[], bool]:
        """Asked again and again while it runs: tells what is being restored, and whether to stop."""
        shown = ""

        def look() -> bool:
            nonlocal shown
            now = how_far(program.stderr_tail(_WORDS), items)
            if now and now != shown:
                shown = now
                self.on_progress(now)
            return self.should_stop()

        return look


def how_far(said: str, items: Set[int]) -> str:
    """`restoring TABLE DATA User, 40 of 57 items`, by what pg_restore --verbose said; empty before the first.

    `items` are the ids that it is to restore; what it only passes over is not counted.
    """
    begun = _BEGUN.findall(said)
    if not begun:
        return ""
    done = items & set(map(int, _DONE.findall(said)))
    return f"restoring {begun[-1]}, {wording.progress(len(done), len(items), 'item')}"
