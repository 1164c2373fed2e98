"""What did not work: the reason with the state that everything is in, then the next move."""

from datetime import datetime

from bot.domain.operation import Kind, Operation
from bot.errors import Refused, SecondkeyError
from bot.slack.blocks import Button, Message, actions, context, date, escape, header, prose, sections
from bot.slack.views.common import ask_accept, verify, who

_WHAT = {
    Kind.BACKUP: "Backup failed",
    Kind.VERIFY: "Verification failed",
    Kind.RESTORE_TEST: "Restore test failed",
    Kind.ACCEPT: "Not accepted",
    Kind.PREPARATION: "Restore not prepared",
    Kind.RESTORE: "Restore failed",
    Kind.UNDO: "Undo failed",
    Kind.TRAFFIC_STOP: "Traffic not stopped",
    Kind.TRAFFIC_START: "Traffic not started",
    Kind.DROP: "Not dropped",
    Kind.EARLY_DROP: "Not dropped",
    Kind.DEPLOYMENT_START: "Gate not passed",
    Kind.DEPLOYMENT_END: "Window not closed",
    Kind.OVERRIDE: "Not overridden",
    Kind.THAW: "Not thawed",
    Kind.DRILL: "Drill failed",
    Kind.RETENTION: "Backups not deleted",
    Kind.EARLY_DELETION: "Backup not deleted",
    Kind.RETENTION_LOWERING: "Retention not lowered",
    Kind.INCIDENT_OPEN: "Incident without its channel",
    Kind.INCIDENT_CLOSE: "Incident not closed",
}


def failed(operation: Operation, error: SecondkeyError, at: datetime) -> Message:
    """An operation that ended without its result, and when."""
    title = f"🔴 {_WHAT[operation.kind]} · {operation.database}"
    return Message(
        text=f"{title}: {escape(error.reason)}",
        blocks=(
            header(title),
            *sections(*_lines(error)),
            context(f"As of {date(at)} · asked by {who(operation.requested_by)} · {operation.id}"),
            actions(*_moves(operation, error)),
        ),
    )


def _moves(operation: Operation, error: SecondkeyError) -> list[Button]:
    unasked = operation.kind is Kind.ACCEPT and isinstance(error, Refused) and error.code == "reason-missing"
    return [*([ask_accept(operation.database)] if unasked else []), verify(operation.database)]


def answer(error: SecondkeyError) -> Message:
    """The private answer to a command that was refused or could not be read."""
    return Message(text=escape(error.reason), blocks=tuple(sections(*_lines(error))))


def bug(reference: str) -> Message:
    return answer(
        SecondkeyError(
            "that ended in a fault of Secondkey itself; nothing was changed in your database",
            f"this is a bug: the log has the details under {reference}",
        )
    )


def _lines(error: SecondkeyError) -> list[str]:
    reason = [prose(line) for line in error.reason.splitlines()]
    return [*reason, *(f"→ {prose(line)}" for line in error.hint.splitlines())]
