"""`secondkey` as scripts run it: each time in a process of its own.

Importing takes longer than most commands: the processes are forked off one that has imported everything.
"""

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import blank

#: How long a command may take, in seconds.
LIMIT = 100
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.e2e.preloaded"])


@dataclass(frozen=True, kw_only=True)
class Finished:
    code: int
    output: str
    errors: str

    @property
    def data(self) -> Any:
        """What was printed for scripts."""
        return json.loads(self.output)


def secondkey(*words: str, config: Path | None = None, **environment: str) -> Finished:
    """Run the command in a process of its own and wait for its end."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("SECONDKEY_")}
    where = {"SECONDKEY_CONFIG": str(config)} if config else {}
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        process = _PROCESSES.Process(
            target=_run, args=(words, {**known, **where, **environment}, output, errors, blank.folder)
        )
        process.start()
        process.join(LIMIT)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"secondkey {' '.join(words)} was not over after {LIMIT} s")
        return Finished(code=process.exitcode, output=output.read_text(), errors=errors.read_text())


def _run(
    words: tuple[str, ...],
    environment: Mapping[str, str],
    output: Path,
    errors: Path,
    blanks: Path | None,
) -> None:
    """Be that command: as if the interpreter had been started with it."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    for number, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    if blanks is not None:
        blank.lend(blanks)
    sys.argv = ["secondkey", *words]
    from bot.cli import main

    main()
