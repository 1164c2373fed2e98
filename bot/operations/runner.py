"""Runs a recorded operation from its claim to its end, whatever happens in between."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.domain.operation import Kind, Operation, Progress
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import (
    accept,
    backup,
    drilling,
    dropping,
    early_deletion,
    floors,
    keeping,
    preparing,
    restore,
    retaining,
    switching,
    verify,
)
from bot.operations.attempt import Attempt, Ghost, Interrupted, heartbeat, say_failed
from bot.operations.deploying import ending, freezing, overriding, starting
from bot.operations.incidents import closing, convening
from bot.operations.services import Services
from bot.programs import Stopped
from bot.store import operations
from bot.store.database import Away

log = structlog.get_logger()

_ACTS: dict[Kind, Callable[[Attempt], None]] = {
    Kind.BACKUP: backup.run,
    Kind.VERIFY: verify.run,
    Kind.RESTORE_TEST: verify.retest,
    Kind.ACCEPT: accept.run,
    Kind.PREPARATION: preparing.run,
    Kind.RESTORE: restore.run,
    Kind.UNDO: restore.run,
    Kind.DROP: keeping.run,
    Kind.EARLY_DROP: dropping.run,
    Kind.TRAFFIC_STOP: switching.run,
    Kind.TRAFFIC_START: switching.run,
    Kind.DEPLOYMENT_START: starting.run,
    Kind.DEPLOYMENT_END: ending.run,
    Kind.OVERRIDE: overriding.run,
    Kind.THAW: freezing.run,
    Kind.INCIDENT_OPEN: convening.run,
    Kind.INCIDENT_CLOSE: closing.run,
    Kind.DRILL: drilling.run,
    Kind.RETENTION: retaining.run,
    Kind.EARLY_DELETION: early_deletion.run,
    Kind.RETENTION_LOWERING: floors.run,
}
#: These may have changed a protected database, whatever ended them.
_CHANGES = frozenset({
    Kind.RESTORE, Kind.UNDO, Kind.DROP, Kind.EARLY_DROP, Kind.TRAFFIC_STOP, Kind.TRAFFIC_START,
})  # fmt: skip


class Unrecorded(CommandFailed):
    """The bot's own database is away: how it ended is on no record."""


def run(
    services: Services,
    operation_id: str,
    should_stop: Callable[[], bool] = lambda: False,
    watch: Callable[[str], object] = lambda _: None,
) -> SecondkeyError | None:
    """Run the operation unless it is finished, or runs elsewhere. How it ended is on its record.

    Returns what it failed with, where it was run here and failed.
    """
    with services.store.transaction() as connection:
        claimed = operations.claim(connection, operation_id)
        operation = _addressed(services, claimed) if claimed else None
        if operation is not None and operation.progress is Progress.FAILED:
            given_up = CommandFailed(operation.problem, operation.hint)
            say_failed(connection, operation, given_up)
            return given_up
    if operation is None:
        return None
    attempt = Attempt(services, operation, should_stop, watch)
    try:
        error = _failure_of(attempt)
        if error is not None:
            _fail(attempt, error)
    except Away as away:
        log.warning("the end of an operation could not be recorded", operation=operation.id, reason=str(away))
        return _unrecorded(operation)
    return error


def _addressed(services: Services, operation: Operation) -> Operation:
    """What a schedule asks for names no channel: it is told in the database's own."""
    configured = services.settings.databases.get(operation.database)
    channel = {"channel": configured.channel} if configured else {}
    return replace(operation, request={**channel, **operation.request})


def _failure_of(attempt: Attempt) -> SecondkeyError | None:
    """Act; what goes wrong comes back in words. Of an attempt that was overtaken there is nothing to say.

    Raises `Away` where the operation is left to whoever takes it over.
    """
    operation = attempt.operation
    try:
        with heartbeat(attempt):
            _ACTS[operation.kind](attempt)
    except Ghost:
        log.warning("an attempt was overtaken", operation=operation.id)
    except Stopped:
        # What nobody would ask for again stays open: whoever runs next takes it over.
        return None if operation.scheduled else _stopped(operation)
    except SecondkeyError as error:
        return error
    except Away:
        raise
    except Exception:
        log.exception("an operation ended in a fault of the bot", operation=operation.id)
        return _bug(operation)
    return None


def _fail(attempt: Attempt, error: SecondkeyError) -> None:
    operation = attempt.operation
    try:
        with attempt.ending() as connection:
            operations.fail(
                connection,
                operation.id,
                attempt.token,
                error.reason,
                error.hint,
                refused=error.code if isinstance(error, Refused) else "",
                stopped=isinstance(error, Interrupted),
            )
            say_failed(connection, operation, error)
    except Ghost:
        log.warning("an attempt failed after it was overtaken", operation=operation.id, reason=error.reason)


def _stopped(operation: Operation) -> Interrupted:
    return Interrupted(
        f"the {operation.kind} was ended because Secondkey is stopping; nothing half-made was kept, "
        "and the database was not changed",
        "ask again once it runs",
    )


def _unrecorded(operation: Operation) -> Unrecorded:
    return Unrecorded(
        f"the bot's own database did not answer for a minute: how the {operation.kind} ended is not recorded",
        f"a running bot takes {operation.id} over when it answers again; without one, ask again then",
    )


def _bug(operation: Operation) -> CommandFailed:
    if operation.kind in _CHANGES:
        return CommandFailed(
            f"the {operation.kind} ended in a fault of Secondkey itself, and nobody knows how far it was",
            f"`/verify {operation.database}` says what the database is now; the log has the details under "
            f"{operation.id}",
        )
    return CommandFailed(
        f"the {operation.kind} ended in a fault of Secondkey itself; the database was not changed",
        f"this is a bug: the log has the details under {operation.id}",
    )
