"""Asking for a restore, its undo, the end of what it set aside or of a backup: recorded and handed over.

The plan is made where there is time for it.
"""

from typing import Any

from psycopg import Connection

from bot.domain.approval import Request
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.people import in_slack
from bot.domain.restoring.choosing import by_id, choose
from bot.errors import NotFound, Refused
from bot.operations import approval, catalogue, deciding, incoming
from bot.operations.services import Services
from bot.store import audit, operations, requests

_USAGE = {
    Kind.RESTORE: "`/restore {} REASON`".format,
    Kind.UNDO: "`/restore undo {} REASON`".format,
    Kind.EARLY_DROP: "`/restore drop {} NAME REASON`".format,
    Kind.EARLY_DELETION: "`/backup delete ID REASON`".format,
}
#: What an operation of the same kind asks; all else is prepared by one of another.
_ASKS_ITSELF = frozenset({Kind.EARLY_DROP, Kind.EARLY_DELETION})


def restore(services: Services, database: str, backup_id: str | None, reason: str, by: str) -> Operation:
    """Ask for this backup, or for the newest that is proven good.

    Raises `NotFound`, and `Refused` for a backup that cannot be trusted, and while another request is open.
    """
    if backup_id is None:
        chosen = choose(catalogue.known(services, database), database)
    else:
        chosen = by_id(catalogue.find(services, backup_id), database)
    asked = {"backup_id": chosen.backup.id, "passed_over": list(chosen.passed_over)}
    return _record(services, database, Kind.RESTORE, reason, by, asked)


def undo(services: Services, database: str, reason: str, by: str) -> Operation:
    """Ask for the set-aside database; raises as `restore` does."""
    incoming.newest_aside(services, database)
    return _record(services, database, Kind.UNDO, reason, by, {})


def drop(services: Services, database: str, name: str, reason: str, by: str) -> Operation:
    """Ask whether the set-aside database of this name may go at once; raises as `restore` does."""
    services.database(database)
    aside = incoming.aside_called(services, database, name)
    return _record(services, database, Kind.EARLY_DROP, reason, by, {"aside": aside.operation})


def delete(services: Services, backup_id: str, reason: str, by: str) -> Operation:
    """Ask whether a backup may go before its time; raises as `restore` does."""
    backup = catalogue.find(services, backup_id)
    return _record(
        services, backup.manifest.database, Kind.EARLY_DELETION, reason, by, {"backup_id": backup.id}
    )


def cancel(services: Services, database: str, by: str) -> Request:
    """Withdraw the open request; raises `NotFound` where there is none, and `Refused`."""
    services.database(database)
    request = approval.waiting(services, database)
    if request is None:
        raise NotFound(f"nothing waits for {database}: there is nothing to cancel", "`/requests` shows all")
    return approval.withdraw(services, request.id, by)


def _record(
    services: Services, database: str, act: Kind, reason: str, by: str, asked: dict[str, Any]
) -> Operation:
    configured = services.database(database)
    if not reason.strip():
        raise Refused("reason-missing", "a reason is needed: people decide by it", _USAGE[act](database))
    with services.store.transaction() as connection:
        deciding.give_way(connection, database, act)
        _refuse_second(connection, database)
        operation = operations.create(
            connection,
            kind=act if act in _ASKS_ITSELF else Kind.PREPARATION,
            database=database,
            requested_by=by,
            request={
                **asked,
                "act": act.value,
                "reason": reason,
                "channel": by if in_slack(by) else configured.channel,
            },
        )
        audit.append(
            connection, actor=by, action=f"{act.value}.asked", subject=database, detail=operation.request
        )
        services.defer(connection, operation)
    return operation


def _refuse_second(connection: Connection[Any], database: str) -> None:
    """One at a time, from the first word of it to the report."""
    if (waiting := requests.waiting(connection, database)) is not None:
        raise Refused(
            "already-requested",
            f"another request for {database} is open: {waiting.id}, {waiting.plan.title}; nothing was asked",
            f"decide that one first, or withdraw it: `/restore cancel {database}`",
        )
    for other in operations.changing(connection, database):
        waits = "waits for its turn" if other.progress is Progress.WAITING else "is at work"
        raise Refused(
            "already-running",
            f"{other.id} ({other.kind}) {waits} on {database} already; nothing was asked",
            "its message shows how far it is; ask again when it has ended",
        )
