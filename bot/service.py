"""`secondkey run`: the bot as a service, from its first line of output to its last."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

import structlog

from bot.app import running_bot
from bot.config import Settings
from bot.errors import CommandFailed
from bot.startup import report


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; raises `CommandFailed` when a part of the bot ended by itself."""
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
def stopping() -> Iterator[Event]:
    """An event that SIGINT and SIGTERM set."""
    asked = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
