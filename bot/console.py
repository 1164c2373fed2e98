"""What all commands of the command line share: what they open, what they print, and how they end."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from bot.errors import CommandFailed, SecondkeyError, UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.config import Settings
    from bot.operations.services import Services
    from bot.requested import Standing

#: How a command ends whose request people have not decided yet.


def settings(config: Path | None, *, need_slack: bool) -> "Settings":
    import os

    from bot.config import load

    return load(config, os.environ, need_slack=need_slack)


def bot_token(config: Path | None) -> str:
    """The token that Slack knows the bot by; empty where none is set."""
    import os

    from bot.config import load_bot_token

    return load_bot_token(config, os.environ)


@contextmanager
def services(config: Path | None, as_json: bool) -> Iterator["Services"]:
    """Everything that a command needs; an error is printed as the caller wants to read it."""
    from bot.app import open_services

    with answering(as_json), open_services(settings(config, need_slack=False)) as services:
        yield services


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """An error is printed as the caller wants to read it, and ends the program."""
    from bot.service import log_to_standard_error

    log_to_standard_error(logging.WARNING)
    try:
        yield
    except Exception as error:
        known = in_words(error)
        if known is None:
            raise
        complain(known, as_json)


def in_words(error: Exception) -> SecondkeyError | None:
    """What files, network and PostgreSQL do not let us do is said in words; None for a fault of the bot."""
    import psycopg

    match error:
        case SecondkeyError():
            return error
        case psycopg.Error():
            # Further lines may hold values of rows.
            return CommandFailed(f"PostgreSQL says: {str(error).partition(chr(10))[0]}")
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return CommandFailed(f"{place}{error.strerror or error}")
        case _:
            return None


def complain(error: SecondkeyError, as_json: bool = False) -> NoReturn:
    from bot import endings

    if as_json:
        say(as_json_lines(endings.error_json(error)))
    else:
        tell(endings.error_lines(error), sys.stderr)
    sys.exit(endings.exit_code(error))


def limit(wait: str | None, no_wait: bool) -> "timedelta | None":
    """How long is waited for the end; None for as long as it takes."""
    from datetime import timedelta

    from bot.config.values import read_duration

    if wait and no_wait:
        raise UsageError("--wait and --no-wait contradict each other", "leave out one of them")
    return timedelta(0) if no_wait else read_duration(wait) if wait else None


def end(found: "Standing", as_json: bool) -> None:
    """End as what was asked for ended; what is not over stays open."""
    from bot.endings import Exit

    if found.over:
        found.raise_failure()
    show_request(found, as_json)
    if not found.over:
        name = found.request.id
        progress(f"it stays open: secondkey request wait {name}, or withdraw {name}")
        sys.exit(Exit.PENDING)


def show_request(found: "Standing", as_json: bool) -> None:
    from bot import terminal

    show(
        as_json,
        terminal.request_json(found.request, found.operation),
        terminal.request_lines(found.request, found.operation),
    )


def show(as_json: bool, data: Any, lines: list[str]) -> None:
    if as_json:
        say(as_json_lines(data))
    else:
        tell(lines)


def as_json_lines(data: Any) -> list[str]:
    return json.dumps(data, indent=2, ensure_ascii=False).split("\n")


def tell(lines: Iterable[str], to: TextIO | None = None) -> None:
    """Lines for people, whose commands are those of a terminal."""
    from bot.commands import for_a_terminal

    say(map(for_a_terminal, lines), to)


def say(lines: Iterable[str], to: TextIO | None = None) -> None:
    """The one place that prints what others named: nothing of it acts on a terminal or hides there."""
    from bot import wording

    for line in lines:
        print(wording.visible(line), file=to)


def progress(what: str) -> None:
    """Where a long operation is goes to standard error: standard output is for the result."""
    tell([what], sys.stderr)
