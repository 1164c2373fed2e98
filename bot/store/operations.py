"""Records of operations: who runs one is decided here, whatever the job queue believes."""

import secrets
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row

from bot import wording
from bot.domain.backup import Kind as BackupKind
from bot.domain.operation import Kind, Operation, Progress
from bot.errors import NotFound, Refused
from bot.store.documents import document, storable
from bot.store.queries import only_row, query

#: A runner that gave no sign of life for so long is taken to be dead.
STALE = timedelta(seconds=20)
#: How often an operation is begun before it counts as failed.
ATTEMPTS = 3
_GIVEN_UP = (
    f"it was begun {ATTEMPTS} times, and each time the process that ran it ended before it did",
    "look into Secondkey's log and the machine's memory; then ask again",
)
_ABANDONED = (
    "the process that ran it ended before it did, and no bot runs that would take it over",
    "another backup of this database was asked for since then, and is made instead",
)


class Overtaken(Exception):
    """Another attempt runs the operation by now: nothing was recorded."""


def create(
    connection: Connection[Any], *, kind: Kind, database: str, requested_by: str, request: Mapping[str, Any]
) -> Operation:
    """Record what was asked for; raises `Refused` where a backup or drill of this database is open.

    An emergency backup never waits for another. One whose process died is open until it is closed:
    `close_abandoned`.
    """
    fields = {
        "kind": kind,
        "database": database,
        "requested_by": storable(requested_by),
        "request": document(request),
    }
    while True:
        try:
            with connection.transaction():
                return _one(connection, "operation_create", {"id": new_id(), **fields})
        except UniqueViolation:
            _refuse_second(connection, kind, database)


def create_approved(
    connection: Connection[Any],
    operation_id: str,
    *,
    kind: Kind,
    database: str,
    requested_by: str,
    request: Mapping[str, Any],
) -> Operation:
    """Record what people approved under this id: a second time it is refused by the database itself."""
    fields = {"id": operation_id, "kind": kind, "database": database, "requested_by": requested_by}
    return _one(connection, "operation_create", {**fields, "request": document(request)})


def close_abandoned(connection: Connection[Any], database: str) -> Operation | None:
    """Close the backup whose process is dead while no worker lives; returns it, as failed.

    A live worker takes it over by itself: see `jobs_missing.sql` and `jobs_stalled.sql`.
    """
    problem, hint = _ABANDONED
    parameters = {"database": database, "stale": STALE.total_seconds(), "problem": problem, "hint": hint}
    return _maybe(connection, "operation_abandon", parameters)


def is_emergency(operation: Operation) -> bool:
    """Whether it goes before all other work."""
    if operation.kind is Kind.BACKUP:
        return bool(operation.request.get("kind") == BackupKind.EMERGENCY)
    return operation.kind in (Kind.TRAFFIC_STOP, Kind.INCIDENT_OPEN)


def claim(connection: Connection[Any], operation_id: str) -> Operation | None:
    """Take an operation to run it: it waits, or whoever ran it is dead.

    None where it is finished or runs elsewhere. What was begun too often is returned as failed, once.
    """
    problem, hint = _GIVEN_UP
    return _maybe(
        connection,
        "operation_claim",
        {
            "id": operation_id,
            "token": secrets.token_hex(16),
            "stale": STALE.total_seconds(),
            "most": ATTEMPTS,
            "problem": problem,
            "hint": hint,
        },
    )


def beat(connection: Connection[Any], operation_id: str, token: str) -> bool:
    """Give a sign of life; False where another attempt runs the operation by now."""
    return _changed(connection, "operation_beat", {"id": operation_id, "token": token})


def note(connection: Connection[Any], operation_id: str, token: str, result: Mapping[str, Any]) -> None:
    """Record how far it is, for whoever takes it over; raises `Overtaken`."""
    parameters = {"id": operation_id, "token": token, "result": document(result)}
    if not _changed(connection, "operation_note", parameters):
        raise Overtaken(operation_id)


def finish(connection: Connection[Any], operation_id: str, token: str, result: Mapping[str, Any]) -> None:
    """Record the result; raises `Overtaken`."""
    parameters = {"id": operation_id, "token": token, "result": document(result)}
    if not _changed(connection, "operation_finish", parameters):
        raise Overtaken(operation_id)


def fail(
    connection: Connection[Any],
    operation_id: str,
    token: str,
    problem: str,
    hint: str,
    *,
    refused: str = "",
    stopped: bool = False,
) -> None:
    """Record why it failed, and the next move; raises `Overtaken`.

    `refused` is the code of a refusal. What was `stopped`, because Secondkey was, counts as no failure.
    """
    parameters = {
        "id": operation_id,
        "token": token,
        "problem": storable(problem),
        "hint": storable(hint),
        "refused": refused,
        "stopped": stopped,
    }
    if not _changed(connection, "operation_fail", parameters):
        raise Overtaken(operation_id)


def load(connection: Connection[Any], operation_id: str) -> Operation:
    """Raises `NotFound`."""
    operation = _maybe(connection, "operation_load", {"id": operation_id})
    if operation is None:
        raise NotFound(f"there is no operation {operation_id[:60]!r}", "an id looks like op-4k7d2m9x")
    return operation


def recent(connection: Connection[Any], *, database: str | None = None, limit: int) -> list[Operation]:
    """The newest operations first."""
    with connection.cursor(row_factory=kwargs_row(_operation)) as cursor:
        return cursor.execute(query("operations_recent"), {"database": database, "limit": limit}).fetchall()


def last_done(connection: Connection[Any], database: str, kind: Kind) -> Operation | None:
    """The newest of one kind that ended well."""
    return _maybe(connection, "operation_last_done", {"database": database, "kind": kind})


def ended(connection: Connection[Any]) -> dict[tuple[str, Kind, Progress], int]:
    """How many ended, by database and kind, and how."""
    rows = connection.execute(query("operations_ended"))
    return {(database, Kind(kind), Progress(how)): count for database, kind, how, count in rows}


def under_way(connection: Connection[Any], kind: Kind, database: str) -> Operation | None:
    """The newest operation of this kind that waits or runs; emergency backups stand for themselves."""
    return _maybe(connection, "operation_under_way", {"kind": kind, "database": database})


def changing(connection: Connection[Any], database: str) -> list[Operation]:
    """Those that wait or run, and hold or want the right to change this database: the oldest first."""
    with connection.cursor(row_factory=kwargs_row(_operation)) as cursor:
        return cursor.execute(query("operations_changing"), {"database": database}).fetchall()


def last_swap(connection: Connection[Any], database: str) -> Operation | None:
    """The newest restore or undo of this database that went live, proven or not."""
    return _maybe(connection, "operation_last_swap", {"database": database})


def backups_asked(connection: Connection[Any], by: str, since: datetime) -> int:
    """How many backups somebody asked for since then; failed, stopped and emergency ones do not count."""
    asked: int = only_row(connection, "backups_requested", {"by": storable(by), "since": since})[0]
    return asked


def _refuse_second(connection: Connection[Any], kind: Kind, database: str) -> None:
    """Respect what blocks, unless it has ended by now."""
    parameters = {"kind": kind, "database": database, "stale": STALE.total_seconds()}
    blocking = connection.execute(query("operation_blocking"), parameters).fetchone()
    if blocking is not None:
        operation_id, at, silent = blocking
        since = wording.moment(at)
        fate = "; its process fell silent, and the running bot takes it over" if silent else ""
        raise Refused(
            "already-running",
            f"a {kind} of {database} is already under way: {operation_id}, since {since}{fate}",
            f"its message shows how far it is; {_instead(kind, database)}"
            + ("" if silent else f"; where it was killed, ask again in {STALE.seconds} s"),
        )


def _instead(kind: Kind, database: str) -> str:
    if kind is Kind.BACKUP:
        return f"`/backup emergency {database}` does not wait for it"
    return "ask again when it has ended"


def new_id() -> str:
    """An id that no operation has yet."""
    letters = string.ascii_lowercase + string.digits
    return "op-" + "".join(secrets.choice(letters) for _ in range(8))


def _one(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Operation:
    operation = _maybe(connection, name, parameters)
    if operation is None:
        raise RuntimeError(f"{name}.sql gave no operation")
    return operation


def _maybe(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> Operation | None:
    with connection.cursor(row_factory=kwargs_row(_operation)) as cursor:
        return cursor.execute(query(name), parameters).fetchone()


def _operation(*, kind: str, progress: str, **fields: Any) -> Operation:
    return Operation(kind=Kind(kind), progress=Progress(progress), **fields)


def _changed(connection: Connection[Any], name: str, parameters: Mapping[str, Any]) -> bool:
    return connection.execute(query(name), parameters).rowcount == 1
