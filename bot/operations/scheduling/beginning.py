"""Begins what is due, in the transaction that records that it was acted on."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from bot.domain.backup import Kind as BackupKind
from bot.domain.backup import new_backup_id
from bot.domain.operation import Kind
from bot.domain.scheduling.run import Begun
from bot.errors import CommandFailed, SecondkeyError
from bot.operations.attempt import say_failed
from bot.operations.scheduling.planned import Planned
from bot.operations.services import Services
from bot.store import audit, operations
from bot.store.database import clock


def begin(services: Services, connection: Connection[Any], due: Planned) -> Begun:
    """Hand it to the workers, unless it is under way already; where it cannot be done, that is remembered."""
    if due.kind is Kind.BACKUP and (dead := operations.close_abandoned(connection, due.database)) is not None:
        say_failed(connection, dead, CommandFailed(dead.problem, dead.hint))
    if (standing := operations.under_way(connection, due.kind, due.database)) is not None:
        return Begun(operation=standing.id, joined=True)
    try:
        services.repository.keys.refuse_if_lost()
    except SecondkeyError as lost:
        return Begun(problem=lost.reason, hint=lost.hint)
    by = f"schedule:{due.name}"
    operation = operations.create(
        connection,
        kind=due.kind,
        database=due.database,
        requested_by=by,
        request=_request(connection, due.kind),
    )
    audit.append(
        connection,
        actor=by,
        action=f"{due.kind}.requested",
        subject=due.database,
        detail={**operation.request, "operation": operation.id},
    )
    services.defer(connection, operation)
    return Begun(operation=operation.id)


def _request(connection: Connection[Any], kind: Kind) -> Mapping[str, str]:
    if kind is not Kind.BACKUP:
        return {}
    return {
        "backup_id": new_backup_id(clock(connection)),
        "kind": BackupKind.SCHEDULED.value,
        "reason": "scheduled",
    }
