"""A backup that goes before its time: two people say so, and there is no way back."""

from bot.domain.approval import Plan, Request, State
from bot.domain.backup import Backup
from bot.domain.binding import Facts
from bot.domain.operation import Kind
from bot.errors import Refused
from bot.operations import approval, catalogue, retaining
from bot.operations.attempt import Attempt, conclude
from bot.operations.proposing import propose, proposed
from bot.slack.views import retention as view
from bot.store import operations, retained


def run(attempt: Attempt) -> None:
    """Ask a second person first; what was approved is deleted."""
    request = approval.found(attempt.services, attempt.operation.id)
    if request is None:
        _ask(attempt)
    else:
        _carry_out(attempt, request)


def _ask(attempt: Attempt) -> None:
    operation, request = attempt.operation, proposed(attempt)
    if request is None:
        backup = _dispensable(attempt)
        environment = attempt.services.database(operation.database).environment
        plan = Plan(
            kind=Kind.EARLY_DELETION,
            database=operation.database,
            title=f"Deletion of a backup requested · {operation.database} ({environment})",
            lines=view.plan_lines(backup, attempt.services.store.now()),
            facts=_facts(backup),
            act={"backup_id": backup.id},
            again=f"/backup delete {backup.id} REASON",
        )
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _carry_out(attempt: Attempt, request: Request) -> None:
    operation = attempt.operation
    backup_id = operation.request["backup_id"]
    # An attempt that was cut off between the two has used the approval up for this very backup.
    if request.state is not State.USED:
        facts = _facts(_dispensable(attempt))
        approval.confirm(attempt.services, request.id, facts, attempt.should_stop)
        request = approval.use_up(attempt.services, request.id, facts, attempt.should_stop)
    if needed := retaining.remove(attempt, backup_id):
        raise _needed(backup_id, needed)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"deleted": backup_id})
        conclude(connection, operation, view.deleted(operation, backup_id, request))


def _dispensable(attempt: Attempt) -> Backup:
    """The backup as it is now; raises `Refused` where it cannot be done without."""
    services, operation = attempt.services, attempt.operation
    backup = catalogue.find(services, operation.request["backup_id"])
    with services.store.transaction() as connection:
        held = retained.held(connection, operation.database, besides=operation.id)
    if backup.id in held:
        raise _needed(backup.id, held[backup.id])
    good = [each.id for each in catalogue.known(services, operation.database) if each.proven_good]
    if good == [backup.id]:
        raise _needed(backup.id, "it is the last one that is proven good")
    return backup


def _needed(backup_id: str, why: str) -> Refused:
    return Refused(
        "backup-needed",
        f"{backup_id} is needed: {why}; nothing was deleted",
        f"`/backup show {backup_id}` shows it; ask again when that is over, or `/backup unpin {backup_id}`",
    )


def _facts(backup: Backup) -> Facts:
    """That very archive, and what it is worth."""
    return Facts(
        bound={
            "deleted": backup.id,
            "checksum": backup.manifest.archive.sha256,
            "level": backup.holding.level.value,
            "health": backup.holding.health.value,
        },
        losses={},
    )
