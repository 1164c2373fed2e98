"""Commands that the configuration names: argument lists with a time limit, and no secret of ours for them."""

import os

from bot import programs, wording
from bot.domain.restoring.traffic import Command
from bot.errors import CommandFailed

#: The bot's own secrets come from these variables; no command of others gets them.
_OURS = ("SECONDKEY_", "PG")


def run(command: Command, limit: float, section: str) -> str:
    """Run a command of the configuration's `section` for at most so many seconds; returns what it printed.

    That may hold secrets, and is repeated nowhere. Raises `CommandFailed`.
    """
    name = f"{command[0]} ({wording.plural(len(command) - 1, 'argument')})"
    try:
        done = programs.run(list(command), timeout=limit, env=_environment())
    except CommandFailed as failed:
        missing = "is not there" in failed.reason
        raise CommandFailed(
            f"{name} {'is not there' if missing else f'did not end within {wording.duration(limit)}'}",
            f"run it by hand, and look at databases.….{section} in the configuration",
        ) from None
    if done.code != 0:
        raise CommandFailed(
            f"{name} ended with exit code {done.code}",
            "run it by hand: what it prints is not repeated here, because it may hold secrets",
        )
    return done.stdout


def _environment() -> dict[str, str]:
    """What the commands need to find their own configuration; nothing of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
