"""How many backups are kept at least: a configuration raises that by itself, and two people lower it."""

from datetime import timedelta
from typing import Any

from psycopg import Connection
from pydantic import TypeAdapter

from bot.domain import retention
from bot.domain.approval import Plan, Request, State
from bot.domain.binding import Facts
from bot.domain.operation import Kind, Operation
from bot.domain.retention import Policy
from bot.errors import NotFound, Refused
from bot.operations import approval
from bot.operations.attempt import Attempt, conclude
from bot.operations.proposing import propose, proposed
from bot.operations.services import Services
from bot.slack.views import retention as view
from bot.store import audit, operations, requests, retained
from bot.store.database import clock

#: Nobody is proven to have changed the configuration.
BY = "secondkey"
#: A question that nobody answered is not put again earlier, however often the bot starts.
AGAIN = timedelta(days=1)
_POLICY = TypeAdapter(Policy)
#: From the floors in force to those that the configuration wants.
Change = tuple[Policy, Policy]


def in_force(services: Services, database: str) -> Policy | None:
    """The floors that hold now, what the configuration raises included; None where none are configured."""
    configured = wanted(services, database)
    if configured is None:
        return None
    with services.store.transaction() as connection:
        retained.hold(connection, database)
        before = retained.in_force(connection, database)
        now = retention.stricter(before, configured) if before else configured
        if now != before:
            _put(connection, database, now, BY)
    return now


def wanted(services: Services, database: str) -> Policy | None:
    """The floors that the configuration says; None where it says none."""
    configured = services.database(database).backup.retention
    return configured.policy if configured else None


def ask_where_lowered(services: Services) -> None:
    """Have two people asked where a configuration lowers a floor; the higher one holds until they say so.

    What they denied is not asked again until the numbers are others, or a person asks: see `request`. What
    they left unanswered is, a day later.
    """
    for database in services.settings.databases:
        change = _lowering(services, database)
        if change is None:
            continue
        with services.store.transaction() as connection:
            if not _is_asked(connection, database) and not _was_asked(connection, database, change):
                reason = f"the configuration says so: {view.lowered_in_short(*change)}"
                _record(services, connection, database, reason, BY)


def request(services: Services, database: str, reason: str, by: str) -> Operation:
    """Ask for what the configuration says. Raises `NotFound` where that lowers nothing, and `Refused`."""
    if not reason.strip():
        usage = f"`/backup retention lower {database} REASON`"
        raise Refused("reason-missing", "a reason is needed: people decide by it", usage)
    if _lowering(services, database) is None:
        raise NotFound(
            f"the configuration of {database} lowers nothing that is in force; nothing was asked",
            f"`/backup retention {database}` shows what is",
        )
    with services.store.transaction() as connection:
        return _record(services, connection, database, reason, by)


def run(attempt: Attempt) -> None:
    """Ask two people first; what they approved is in force from then on."""
    services, operation = attempt.services, attempt.operation
    change = _lowering(services, operation.database)
    request = approval.found(services, operation.id)
    if request is None:
        _ask(attempt, change)
        return
    if request.state is not State.USED:
        facts = _facts(change)
        approval.confirm(services, request.id, facts, attempt.should_stop)
        request = approval.use_up(services, request.id, facts, attempt.should_stop)
    _lower(attempt, request, _POLICY.validate_python(request.plan.facts.bound["after"]))


def _ask(attempt: Attempt, change: Change | None) -> None:
    """Nothing is asked where the configuration was mended meanwhile."""
    services, operation = attempt.services, attempt.operation
    request = proposed(attempt)
    if request is None and change is not None:
        environment = services.database(operation.database).environment
        plan = Plan(
            kind=Kind.RETENTION_LOWERING,
            database=operation.database,
            title=f"Lower retention requested · {operation.database} ({environment})",
            lines=view.lowering_lines(*change),
            facts=_facts(change),
            act={},
            again=f"/backup retention lower {operation.database} REASON",
        )
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        result = {"request": request.id} if request else {}
        operations.finish(connection, operation.id, attempt.token, result)


def _lower(attempt: Attempt, request: Request, policy: Policy) -> None:
    operation = attempt.operation
    with attempt.ending() as connection:
        retained.hold(connection, operation.database)
        _put(connection, operation.database, policy, BY, approved_by=list(request.approved_by))
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})
        conclude(connection, operation, view.lowered(operation, policy, request))


def _put(connection: Connection[Any], database: str, policy: Policy, by: str, **detail: Any) -> None:
    retained.put(connection, database, policy)
    audit.append(
        connection,
        actor=by,
        action="retention.set",
        subject=database,
        detail={"policy": list(retention.in_words(policy)), **detail},
    )


def _is_asked(connection: Connection[Any], database: str) -> bool:
    """Or is about to be: a request that waits for its decision is asked once, however often we start."""
    waiting = requests.waiting(connection, database)
    if waiting is not None and waiting.plan.kind is Kind.RETENTION_LOWERING:
        return True
    return operations.under_way(connection, Kind.RETENTION_LOWERING, database) is not None


def _was_asked(connection: Connection[Any], database: str, change: Change) -> bool:
    """Whether people were asked for exactly this last, and said no, withdrew it, or said nothing of late.

    What became void was not theirs to answer.
    """
    last = requests.newest(connection, Kind.RETENTION_LOWERING, database)
    if last is None or last.plan.facts.bound != _facts(change).bound:
        return False
    unanswered = last.state is State.EXPIRED and clock(connection) < last.created_at + AGAIN
    return unanswered or last.state is State.DENIED


def _lowering(services: Services, database: str) -> Change | None:
    """What the configuration lowers: floors in force, and those that it wants; None where it lowers none."""
    holds, configured = in_force(services, database), wanted(services, database)
    return (holds, configured) if holds and configured and holds != configured else None


def _record(
    services: Services, connection: Connection[Any], database: str, reason: str, by: str
) -> Operation:
    operation = operations.create(
        connection,
        kind=Kind.RETENTION_LOWERING,
        database=database,
        requested_by=by,
        request={"channel": services.database(database).channel, "reason": reason},
    )
    services.defer(connection, operation)
    return operation


def _facts(change: Change | None) -> Facts:
    before, after = ([_POLICY.dump_python(each, mode="json") for each in change]) if change else (None, None)
    return Facts(bound={"before": before, "after": after}, losses={})
