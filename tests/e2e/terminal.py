"""`secondkey` as scripts run it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**known, **where, **environment},
    )
    return Finished(code=done.returncode, output=done.stdout, errors=done.stderr)
