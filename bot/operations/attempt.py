"""One attempt to run an operation: claimed, kept alive by a heartbeat, stopped when it is the ghost."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from psycopg import Connection, OperationalError

from bot.domain.operation import Kind, Operation
from bot.domain.people import in_slack
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import replies
from bot.store import operations, outbox

#: Nobody waits beside these: a change of the message in the channel wakes no phone.
LONG = frozenset({Kind.BACKUP, Kind.RESTORE_TEST})
#: How often a running operation says that it lives, in seconds.
BEAT = 5.0
#: Progress is written at most this often, in seconds; Slack is not to be updated faster.
PROGRESS = 2.0


class Attempt:
    """What a running operation may do with its own record: report, look whether to stop, finish."""

    def __init__(
        self,
        services: Services,
        operation: Operation,
        stop: Callable[[], bool],
        watch: Callable[[str], object],
    ) -> None:
        self.services = services
        self.operation = operation
        self.ghost = Event()
        self._stop = stop
        self._watch = watch
        self._reported = 0.0
        #: what `operations.claim` gave
        self.token = operation.attempt or ""

    @property
    def purpose(self) -> str:
        """The name under which this attempt's sessions appear on the protected server."""
        return f"{self.operation.id}/{self.token[:8]}"

    def should_stop(self) -> bool:
        """The bot shuts down, or somebody else runs this operation by now."""
        return self.ghost.is_set() or self._stop()

    def progress(self, message: Message) -> None:
        """Show where the operation is; what comes too fast is left out."""
        now = time.monotonic()
        if now - self._reported < PROGRESS:
            return
        self._reported = now
        self._watch(message.text)
        with self.services.store.transaction() as connection:
            show(connection, self.operation, message)

    @contextmanager
    def ending(self) -> Iterator[Connection[Any]]:
        """The transaction in which the operation ends; it changes nothing if this attempt is the ghost."""
        with self.services.store.transaction() as connection:
            if not operations.beat(connection, self.operation.id, self.token):
                self.ghost.set()
                raise Ghost(self.operation.id)
            yield connection


class Ghost(Exception):
    """Somebody else took the operation over; whatever this attempt still does no longer counts."""


def show(connection: Connection[Any], operation: Operation, message: Message) -> None:
    """The operation's one message, updated in place, in the channel that it was asked for."""
    _send(connection, operation.id, operation.request["channel"], message)


def conclude(connection: Connection[Any], operation: Operation, outcome: Message) -> None:
    """Show the outcome; whoever asked in Slack for something long gets it as a direct message, too."""
    show(connection, operation, outcome)
    asker, channel = operation.requested_by, operation.request["channel"]
    if operation.kind in LONG and in_slack(asker) and channel != asker:
        _send(connection, f"{operation.id}:outcome", asker, replies.outcome(outcome, channel))


def _send(connection: Connection[Any], key: str, channel: str, message: Message) -> None:
    limited = message.limited()
    outbox.show(connection, key=key, channel=channel, text=limited.text, blocks=list(limited.blocks))


@contextmanager
def heartbeat(attempt: Attempt) -> Iterator[None]:
    """Keep the operation's record alive while the block runs."""
    done = Event()
    thread = Thread(target=_beat, args=(attempt, done), name=f"beat-{attempt.operation.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(attempt: Attempt, done: Event) -> None:
    while not done.wait(BEAT):
        try:
            with attempt.services.store.transaction() as connection:
                alive = operations.beat(connection, attempt.operation.id, attempt.token)
        except OperationalError:
            # The bot's own database is away for a moment; whether this attempt still counts is asked again.
            continue
        if not alive:
            attempt.ghost.set()
            return
