"""`secondkey run`: the bot as a service, from its first line of output to its last."""

import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

from bot.app import running_bot
from bot.asked import Asked
from bot.config import Settings
from bot.errors import CommandFailed
from bot.startup import report


def run(settings: Settings) -> None:
    """Run until a signal of `stopping`; raises `CommandFailed` when a part of the bot ended by itself."""
    log_to_standard_error()
    faults: list[str] = []
    with stopping() as stop:

        def fault(reason: str) -> None:
            faults.append(reason)
            stop.set()

        with running_bot(settings, fault) as services:
            print(report(services), flush=True)  # noqa: T201 - what was resolved belongs to the operator's eyes
            stop.wait()
    if faults:
        raise CommandFailed(
            f"{faults[0]}; Secondkey ended, and what it was asked for is kept",
            "start it again: it goes on where it was",
        )


@contextmanager
def stopping() -> Iterator[Asked]:
    """What SIGINT and SIGTERM set, and SIGHUP: the terminal was closed. `nohup` keeps that away."""
    asked = Asked()
    terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]

    def stop(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            _silence(terminals)
        asked.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _silence(descriptors: Iterable[int]) -> None:
    """Whoever writes to a closed terminal fails, and would not end in order."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor)
    os.close(nothing)


def log_to_standard_error(level: int = logging.INFO) -> None:
    """One line an event; what people sent is never in it."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
