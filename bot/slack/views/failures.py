"""What did not work: the reason with the state that everything is in, then the next move."""

from bot.domain.operation import Kind, Operation
from bot.errors import SecondkeyError
from bot.slack.blocks import Message, code, context, escape, header, section
from bot.slack.views.common import who

_WHAT = {
    Kind.BACKUP: "Backup failed",
    Kind.VERIFY: "Verification failed",
    Kind.RESTORE_TEST: "Restore test failed",
    Kind.ACCEPT: "Not accepted",
}


def failed(operation: Operation, error: SecondkeyError) -> Message:
    """An operation that ended without its result."""
    title = f"🔴 {_WHAT[operation.kind]} · {operation.database}"
    return Message(
        text=f"{title}: {escape(error.reason)}",
        blocks=(
            header(title),
            section(*_lines(error)),
            context(f"Asked by {who(operation.requested_by)} · {operation.id}"),
        ),
    )


def answer(error: SecondkeyError) -> Message:
    """The private answer to a command that was refused or could not be read."""
    return Message(text=escape(error.reason), blocks=(section(*_lines(error)),))


def bug(reference: str) -> Message:
    return answer(
        SecondkeyError(
            "that ended in a fault of Secondkey itself; nothing was changed in your database",
            f"this is a bug: the log has the details under {reference}",
        )
    )


def _lines(error: SecondkeyError) -> list[str]:
    reason = [escape(line) for line in error.reason.splitlines()]
    return [*reason, *(f"→ {hint(line)}" for line in error.hint.splitlines())]


def hint(line: str) -> str:
    """A hint keeps its code spans: they hold the command to type."""
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return escape(line)
    return "".join(code(part) if n % 2 else escape(part) for n, part in enumerate(parts))
