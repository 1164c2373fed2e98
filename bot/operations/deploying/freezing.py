"""`/deploy freeze` and `thaw`: one person stops deployments; while data is missing two let them go on."""

from dataclasses import asdict
from typing import Any

from psycopg import Connection

from bot.domain.approval import Plan
from bot.domain.binding import Facts
from bot.domain.deploying.gate import ALL, Freeze, named_all
from bot.domain.findings import Verdict, in_danger
from bot.domain.judgement import judge
from bot.domain.observation import Observation, Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.facts import target_of
from bot.errors import NotFound, Refused
from bot.operations import approval
from bot.operations.attempt import Attempt, conclude
from bot.operations.deploying import windows
from bot.operations.observing import Reading, compare, read
from bot.operations.posting import post
from bot.operations.proposing import propose, proposed
from bot.operations.services import Services
from bot.slack.views import gatekeeping as view
from bot.store import audit, deployments, operations


def freeze(services: Services, scope: str, reason: str, by: str) -> Freeze:
    """Stop every deployment of a database, or of `all`, from now on; raises `NotFound` and `Refused`."""
    windows.refuse_without_reason(reason, f"/deploy freeze {scope} REASON")
    channels = incident_channels(services, scope)
    with services.store.transaction() as connection:
        new = put(connection, scope, reason, by)
        found = _of(connection, scope)
        if not new:
            raise Refused(
                "already-frozen",
                f"it is frozen already, by {found.by}: {found.reason}",
                f"`/deploy thaw {scope} REASON` lets deployments through again",
            )
        for channel in channels:
            key = f"freeze:{scope}:{found.since.isoformat()}:{channel}"
            post(connection, key, channel, view.frozen(found))
    return found


def put(connection: Connection[Any], scope: str, reason: str, by: str) -> bool:
    """Freeze where somebody else tells people about it; False where it is frozen already."""
    new = deployments.freeze(connection, scope, by, reason)
    if new:
        audit.append(
            connection, actor=by, action="deployment.frozen", subject=scope, detail={"reason": reason}
        )
    return new


def lift(connection: Connection[Any], scope: str, reason: str, by: str) -> bool:
    """End the freeze that this actor put; False where there is none of theirs."""
    if not any(each.database == scope and each.by == by for each in deployments.all_frozen(connection)):
        return False
    deployments.thaw(connection, scope)
    audit.append(connection, actor=by, action="deployment.thawed", subject=scope, detail={"reason": reason})
    return True


def thaw(services: Services, scope: str, reason: str, by: str) -> Operation:
    """Let deployments begin again, where no data is missing or two people say so; raises as `freeze` does."""
    windows.refuse_without_reason(reason, f"/deploy thaw {scope} REASON")
    channels = incident_channels(services, scope)
    with services.store.transaction() as connection:
        _of(connection, scope)
        operation = operations.create(
            connection,
            kind=Kind.THAW,
            database=_databases(services, scope)[0],
            requested_by=by,
            request={"channel": channels[0], "reason": reason, "scope": scope},
        )
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    services, operation = attempt.services, attempt.operation
    scope = operation.request["scope"]
    request = approval.found(services, operation.id)
    missing = _missing(attempt, scope)
    if request is not None:
        facts = _facts(scope, missing)
        approval.confirm(services, request.id, facts, attempt.should_stop)
        approval.use_up(services, request.id, facts, attempt.should_stop)
    elif missing:
        _ask(attempt, scope, missing)
        return
    with attempt.ending() as connection:
        deployments.thaw(connection, scope)
        operations.finish(connection, operation.id, attempt.token, {"thawed": scope})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="deployment.thawed",
            subject=scope,
            detail={"reason": operation.request["reason"]},
        )
        conclude(connection, operation, view.thawed(scope, operation.requested_by, services.store.now()))


_Missing = list[tuple[Observation, Verdict]]


def _missing(attempt: Attempt, scope: str) -> _Missing:
    """Databases in which data is missing, or that are not what was pinned; one that cannot be read counts."""
    judged = []
    for name in _databases(attempt.services, scope):
        reading = Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
        observation = compare(attempt.services, name, read(attempt.services, name, reading))
        judged.append((observation, judge(observation)))
    return [
        (observation, verdict)
        for observation, verdict in judged
        if isinstance(observation.state, Unreadable) or in_danger(found.code for found in verdict.critical())
    ]


def _ask(attempt: Attempt, scope: str, missing: _Missing) -> None:
    services, operation = attempt.services, attempt.operation
    request = proposed(attempt)
    if request is None:
        if services.directory is None:
            raise Refused(
                "second-key-needed",
                "data is missing: a second person decides in Slack whether deployments may begin again",
                f"ask in Slack: `/deploy thaw {scope} REASON`",
            )
        with services.store.transaction() as connection:
            found = _of(connection, scope)
        observation, verdict = missing[0]
        plan = Plan(
            kind=Kind.THAW,
            database=operation.database,
            title=f"Thaw requested · {scope}",
            lines=view.thaw_lines(observation, verdict, found),
            facts=_facts(scope, missing),
            act={"scope": scope},
            again=f"/deploy thaw {scope} REASON",
            undo=f"/deploy freeze {scope} REASON",
        )
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _facts(scope: str, missing: _Missing) -> Facts:
    bound: dict[str, Any] = {"scope": scope}
    for observation, verdict in missing:
        state = observation.state
        bound[observation.database] = {
            "target": {"code": state.code.value}
            if isinstance(state, Unreadable)
            else asdict(target_of(state.identity)),
            "findings": sorted(named_all(verdict)),
        }
    return Facts(bound=bound, losses={})


def _of(connection: Connection[Any], scope: str) -> Freeze:
    """Raises `NotFound` where it is not frozen."""
    wanted = None if scope == ALL else scope
    frozen = {found.database: found for found in deployments.all_frozen(connection)}
    if wanted in frozen:
        return frozen[wanted]
    if None in frozen:
        raise NotFound(
            f"{scope} has no freeze of its own: every database is frozen, by {frozen[None].by}",
            "`/deploy thaw all REASON` lets deployments through again",
        )
    what = "all of them together" if scope == ALL else f"deployments to {scope}"
    raise NotFound(f"{what} are not frozen", "`/deploy status` shows what is")


def _databases(services: Services, scope: str) -> list[str]:
    if scope == ALL:
        return list(services.settings.databases)
    services.database(scope)
    return [scope]


def incident_channels(services: Services, scope: str) -> list[str]:
    """The incidents channels of those concerned; raises `NotFound`."""
    names = _databases(services, scope)
    return list(dict.fromkeys(services.database(name).incidents for name in names))
