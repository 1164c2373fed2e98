"""One attempt to run an operation: claimed, kept alive by a heartbeat, stopped when it is the ghost."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

from psycopg import Connection, OperationalError

from bot.domain.operation import Kind, Operation
from bot.domain.people import in_slack
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import deciding, traffic
from bot.operations.posting import post, reply
from bot.operations.services import Services
from bot.slack.blocks import Message
from bot.slack.views import approval, failures, replies
from bot.slack.views.traffic import reminding
from bot.store import audit, made, operations, outbox, requests
from bot.store.database import Away, clock

#: Nobody waits beside these: a change of the message in the channel wakes no phone.
LONG = frozenset({Kind.BACKUP, Kind.RESTORE_TEST, Kind.RESTORE, Kind.UNDO, Kind.EARLY_DROP, Kind.DRILL})
#: The requests say themselves why nothing was done, with the plan.
SAID = frozenset({"approval-denied", "approval-expired", "approval-void"})
#: How often a running operation says that it lives, in seconds.
BEAT = 5.0
#: Progress is written at most this often, in seconds; Slack is not to be updated faster.
PROGRESS = 2.0
#: How long progress waits for the bot's own database, in seconds: what is shown may be late, work may not.
HASTE = 0.5
#: For how long what must be recorded is tried again while the bot's own database is away, and how often; in
#: seconds.
PATIENCE = 60.0
AGAIN = 1.0
#: How long what is nearly done may go on after it was asked to stop, in seconds.
LENIENCE = 15.0

T = TypeVar("T")


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
        self._due = 0.0
        self._asked_to_stop: float | None = None
        #: what `operations.claim` gave
        self.token = operation.attempt or ""

    @property
    def purpose(self) -> str:
        """The name under which this attempt's sessions appear on the protected server."""
        return f"{self.operation.id}/{self.token[:8]}"

    def should_stop(self, *, nearly_done: bool = False) -> bool:
        """The bot shuts down, or somebody else runs this operation by now.

        What is nearly done may go on for a little while, unless it no longer counts.
        """
        if self.ghost.is_set():
            return True
        if not self._stop():
            return False
        now = time.monotonic()
        if self._asked_to_stop is None:
            self._asked_to_stop = now
        return not nearly_done or now - self._asked_to_stop > LENIENCE

    def progress(self, message: Message) -> None:
        """Show where the operation is; what comes too fast is left out, and what cannot be shown now."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + PROGRESS
        self._watch(message.text)
        try:
            with self.services.store.transaction(patience=HASTE) as connection:
                self._refuse_ghost(connection)
                if not self.operation.scheduled:
                    show(connection, self.operation, message)
        except Away:
            self._due = time.monotonic() + BEAT

    @contextmanager
    def ending(self) -> Iterator[Connection[Any]]:
        """A transaction of the attempt that counts, such as the one in which the operation ends.

        Nobody can take the operation over before it is committed. Raises `Ghost` where somebody did, and
        `Away` where the bot's own database did not answer for a minute.
        """
        transaction, connection = self.patiently(self._begin)
        with transaction:
            yield connection

    def confirm(self) -> None:
        """Raise `Ghost` where somebody else runs this operation by now, and `Away` as `ending` does."""
        with self.ending():
            pass

    def patiently(self, act: Callable[[], T]) -> T:
        """See the function of this name; whoever is overtaken waits no more."""
        return patiently(act, self.should_stop, self.ghost.wait)

    def _begin(self) -> tuple[ExitStack, Connection[Any]]:
        with ExitStack() as stack:
            connection = stack.enter_context(self.services.store.transaction(patience=AGAIN))
            self._refuse_ghost(connection)
            return stack.pop_all(), connection

    def _refuse_ghost(self, connection: Connection[Any]) -> None:
        if not operations.beat(connection, self.operation.id, self.token):
            self.ghost.set()
            raise Ghost(self.operation.id)


def patiently(
    act: Callable[[], T], should_stop: Callable[[], bool], wait: Callable[[float], object] = time.sleep
) -> T:
    """What `act` gives, tried again for a minute while the bot's own database is away; raises `Away`."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except Away:
            if should_stop() or time.monotonic() > deadline:
                raise
        wait(AGAIN)


class Ghost(Exception):
    """Somebody else took the operation over; whatever this attempt still does no longer counts."""


class Interrupted(CommandFailed):
    """Secondkey is stopping, and what it did with it: nothing failed."""


def show(connection: Connection[Any], operation: Operation, message: Message) -> None:
    """The operation's one message, updated in place, in the channel that it was asked for.

    What is tried again and again by operations of their own is one `matter`, with one message.
    """
    message = reminding(message, operation.database, traffic.stopped(connection, operation.database))
    post(connection, operation.request.get("matter", operation.id), operation.request["channel"], message)


def show_rest(connection: Connection[Any], operation: Operation, rest: Message | None) -> None:
    """What the message that was just shown had no room for, in its thread; nothing where there is no more."""
    if rest is not None:
        reply(connection, f"{operation.id}:rest", operation.id, rest)


def conclude(connection: Connection[Any], operation: Operation, outcome: Message) -> None:
    """Show the outcome; of something long, or that took a second person, whoever asked or approved gets it as
    a direct message, too."""
    show(connection, operation, outcome)
    approvers = requests.approvers_of(connection, operation.id)
    if operation.kind not in LONG and not approvers:
        return
    channel = outbox.channel_of(connection, operation.id)
    asker = [operation.requested_by] if in_slack(operation.requested_by) else []
    for person in (*asker, *approvers):
        if person != channel:
            key = f"{operation.id}:outcome" if person in asker else f"{operation.id}:outcome:{person}"
            post(connection, key, person, replies.outcome(outcome, channel))


def say_failed(connection: Connection[Any], operation: Operation, error: SecondkeyError) -> None:
    """Tell the audit log and whoever asked why the operation ended without its result.

    What a schedule began was asked for by nobody: there the alert tells, or the message of its matter.
    """
    how = "stopped" if isinstance(error, Interrupted) else "failed"
    audit.append(
        connection,
        actor=operation.requested_by,
        action=f"{operation.kind}.{how}",
        subject=operation.database,
        detail={"operation": operation.id, "reason": error.reason},
    )
    if operation.kind is Kind.RESTORE:
        made.release_copies(connection, operation.database)
    if isinstance(error, Refused) and error.code in SAID:
        if error.code == "approval-void":
            deciding.void_used(connection, operation.id, error.reason)
        show(connection, operation, approval.message(requests.load(connection, operation.id)))
    elif not operation.scheduled or "matter" in operation.request:
        conclude(connection, operation, failures.failed(operation, error, clock(connection)))


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
    pause = BEAT
    while not done.wait(pause):
        try:
            with attempt.services.store.transaction(patience=AGAIN) as connection:
                alive = operations.beat(connection, attempt.operation.id, attempt.token)
        except OperationalError:
            # The bot's own database is away for a moment. Whether this attempt still counts is asked as soon
            # as it is back, before somebody takes the silence for its end.
            pause = AGAIN
            continue
        pause = BEAT
        if not alive:
            attempt.ghost.set()
            return
