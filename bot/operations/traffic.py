"""What stops and starts the application. Only the fence proves that nobody is in the database."""

import os
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot import programs, wording
from bot.domain.restoring.traffic import Command
from bot.errors import CommandFailed
from bot.operations.services import Services
from bot.store import audit, facts

#: The bot's own secrets come from these variables; no command of others gets them.
_OURS = ("SECONDKEY_", "PG")


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Traffic of a database is stopped: by whom, and since when."""

    by: str
    #: ISO 8601
    since: str


def stopped(connection: Connection[Any], database: str) -> Stopped | None:
    """None where traffic was not stopped by Secondkey, or was started since."""
    found = facts.get(connection, _key(database))
    return Stopped(**found) if found else None


def stop(services: Services, database: str, by: str, at: datetime) -> str:
    """Run the commands that stop traffic; returns what was done, in words.

    Raises `CommandFailed` at the first that fails: what was stopped until then counts as stopped.
    """
    commands = services.database(database).traffic.stop
    if not commands:
        return "no command is configured: the fence alone stops it"
    with services.store.transaction() as connection:
        facts.put(connection, _key(database), asdict(Stopped(by=by, since=at.isoformat())))
        audit.append(connection, actor=by, action="traffic.stopped", subject=database, detail={})
    _run_all(services, database, commands)
    return _said(commands)


def start(services: Services, database: str, by: str) -> str:
    """Run the commands that start traffic, and ask whether the application answers.

    Raises `CommandFailed` at the first that fails: traffic then counts as stopped.
    """
    configured = services.database(database).traffic
    _run_all(services, database, configured.start)
    with services.store.transaction() as connection:
        facts.put(connection, _key(database), {})
        audit.append(connection, actor=by, action="traffic.started", subject=database, detail={})
    _run_all(services, database, configured.check)
    return _said(configured.start) if configured.start else "no command is configured: the fence is lifted"


def environment() -> dict[str, str]:
    """What the commands need to find their own configuration; nothing of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def _run_all(services: Services, database: str, commands: tuple[Command, ...]) -> None:
    limit = services.database(database).traffic.time_limit.total_seconds()
    for command in commands:
        _run(command, limit)


def _run(command: Command, limit: float) -> None:
    """What a command prints may hold secrets, and is repeated nowhere."""
    name = f"{command[0]} ({wording.plural(len(command) - 1, 'argument')})"
    try:
        done = programs.run(list(command), timeout=limit, env=environment())
    except CommandFailed as failed:
        missing = "is not there" in failed.reason
        raise CommandFailed(
            f"{name} {'is not there' if missing else f'did not end within {wording.duration(limit)}'}",
            "run it by hand, and look at databases.….traffic in the configuration",
        ) from None
    if done.code != 0:
        raise CommandFailed(
            f"{name} ended with exit code {done.code}",
            "run it by hand: what it prints is not repeated here, because it may hold secrets",
        )


def _said(commands: tuple[Command, ...]) -> str:
    return f"{wording.plural(len(commands), 'command')} ran: {wording.listed([each[0] for each in commands])}"


def _key(database: str) -> str:
    return f"traffic:{database}"
