"""Short private answers, and what the bot says about itself."""

from collections.abc import Sequence

from bot.domain.operation import Kind, Operation, Progress
from bot.slack.blocks import Message, code, escape, section, sections

#: Of what runs now, so many lines fit into one section.
SHOWN = 20
_DOING = {
    Kind.BACKUP: "Backing up",
    Kind.VERIFY: "Verifying",
    Kind.RESTORE_TEST: "Restore-testing",
    Kind.ACCEPT: "Accepting",
    Kind.PREPARATION: "Preparing a restore of",
    Kind.RESTORE: "Restoring",
    Kind.UNDO: "Undoing a restore of",
    Kind.TRAFFIC_STOP: "Stopping traffic of",
    Kind.TRAFFIC_START: "Starting traffic of",
    Kind.DROP: "Dropping what was kept beside",
    Kind.EARLY_DROP: "Dropping early what was kept beside",
    Kind.DEPLOYMENT_START: "Judging a deployment to",
    Kind.DEPLOYMENT_END: "Closing the deployment window of",
    Kind.OVERRIDE: "Asking a second person about",
    Kind.THAW: "Thawing",
    Kind.DRILL: "Drilling backups of",
    Kind.RETENTION: "Deleting backups whose time is over, of",
    Kind.EARLY_DELETION: "Deleting early a backup of",
    Kind.RETENTION_LOWERING: "Lowering the retention of",
    Kind.INCIDENT_OPEN: "Opening an incident of",
    Kind.INCIDENT_CLOSE: "Closing the incident of",
}


def started_elsewhere(operation: Operation, channel: str) -> Message:
    """Where the answer will be, when it is not where it was asked for."""
    place = f"in <#{channel}>" if channel[:1] in "CG" else "in a direct message, for you alone"
    doing = f"{_DOING[operation.kind]} {code(operation.database)}"
    return Message(
        text=f"{_DOING[operation.kind]} {operation.database}: follow it {place}",
        blocks=(section(f"{doing}: follow it {place}."),),
    )


def started_in(operation: Operation, channel: str) -> Message:
    """The same, where it will be is a channel known by its name."""
    doing = _DOING[operation.kind]
    return Message(
        text=f"{doing} {operation.database}: follow it in #{channel}",
        blocks=(section(f"{doing} {code(operation.database)}: follow it in *#{escape(channel)}*."),),
    )


def outcome(result: Message, channel: str) -> Message:
    """How it ended, in one line, and when: for whoever asked and may not be looking at the channel."""
    when = (block for block in result.blocks if block["type"] == "context")
    # Here it stands in a block, where it could call people.
    said = result.limited().text
    return Message(text=said, blocks=(*sections(said, f"All of it is in <#{channel}>."), *when))


def running(operations: Sequence[Operation]) -> list[str]:
    """One line for each operation that waits or runs, as many as one section takes."""
    if not operations:
        return ["nothing"]
    lines = [
        f"{_DOING[operation.kind]} {code(operation.database)} · {operation.id}"
        + (" · waiting" if operation.progress is Progress.WAITING else "")
        for operation in operations[:SHOWN]
    ]
    more = len(operations) - SHOWN
    return [*lines, f"and {more:,} more"] if more > 0 else lines


def notice(title: str, *lines: str) -> Message:
    """What the bot says about itself in its own channel."""
    return Message(text=f"{title} {' '.join(lines)}", blocks=(section(f"*{escape(title)}*", *lines),))
