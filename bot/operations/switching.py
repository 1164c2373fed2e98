"""`/traffic`: one person keeps everybody away from a database; on one that is blocked two let them back.

Where no command is configured, or one fails, the fence keeps clients out: the first move always works.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.domain.approval import Plan, Request
from bot.domain.binding import Facts
from bot.domain.findings import Outcome, Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.facts import target_of
from bot.domain.restoring.traffic import Standing, Stopped
from bot.domain.state import State
from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.operations import approval, traffic
from bot.operations.attempt import Attempt, conclude
from bot.operations.observing import Reading, compare, read
from bot.operations.proposing import propose, proposed
from bot.operations.services import Services
from bot.postgres.lease import LeaseLost
from bot.slack.views import traffic as view
from bot.store import audit, operations

#: `stop` or `start`.
Act = Callable[[Services, str, str, str, str], Operation]
#: They stop traffic and start it again by themselves.
_RESTORES = frozenset({Kind.RESTORE, Kind.UNDO})


def stop(services: Services, database: str, reason: str, by: str, channel: str) -> Operation:
    """Record that traffic is to be stopped, and hand it over; raises `NotFound`, and `Refused` while a
    restore is at work."""
    return _record(services, Kind.TRAFFIC_STOP, database, reason, by, channel)


def start(services: Services, database: str, reason: str, by: str, channel: str) -> Operation:
    """Record that traffic is to be started, and hand it over; raises as `stop` does."""
    return _record(services, Kind.TRAFFIC_START, database, reason, by, channel)


def look(services: Services, databases: Sequence[str]) -> tuple[Standing, ...]:
    """How these databases stand now; raises `NotFound`."""
    return tuple(
        Standing(database=name, now=_now(services, name), inside=_inside(services, name))
        for name in databases
    )


def run(attempt: Attempt) -> None:
    """Stop traffic, or start it."""
    if attempt.operation.kind is Kind.TRAFFIC_STOP:
        _run_stop(attempt)
    else:
        _run_start(attempt)


def _run_stop(attempt: Attempt) -> None:
    """Run the commands; without any, or where one fails, put the fence up."""
    services, operation = attempt.services, attempt.operation
    name, commands = operation.database, services.database(operation.database).traffic.stop
    now = _stopping(attempt)
    _remember(attempt, now)
    problem = _problem(services, name) if commands else None
    if problem is not None or not commands:
        now = _fence(attempt, now, problem)
    outcome = view.Outcome(
        now=now,
        did=traffic.said(commands) if commands and problem is None else "",
        problem=problem,
        inside=_inside(services, name),
    )
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"fenced": now.fenced})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="traffic.stopped",
            subject=name,
            detail={"reason": now.reason, "fenced": now.fenced, "problem": problem.reason if problem else ""},
        )
        conclude(connection, operation, view.stopped(operation, outcome))


def _run_start(attempt: Attempt) -> None:
    """Let everybody back, where the verdict is good or two people said so; else ask a second person."""
    if (asked := proposed(attempt)) is not None:
        _asked(attempt, asked)
        return
    request = approval.found(attempt.services, attempt.operation.id)
    state = read(attempt.services, attempt.operation.database, Reading(purpose=attempt.purpose))
    verdict = judge(compare(attempt.services, attempt.operation.database, state))
    if request is not None:
        _use_up(attempt, request, _facts(attempt, state, verdict))
    elif verdict.outcome is Outcome.BLOCK:
        _asked(attempt, _ask(attempt, state, verdict))
        return
    _start(attempt, verdict)


def _use_up(attempt: Attempt, request: Request, facts: Facts) -> None:
    """The approval, which is good for this one time; raises `Refused` where it does not hold.

    Where an earlier attempt used it, somebody may have stopped traffic since: it is not started again.
    """
    try:
        approval.confirm(attempt.services, request.id, facts, attempt.should_stop)
        approval.use_up(attempt.services, request.id, facts, attempt.should_stop)
    except Refused as refused:
        if refused.code != "approval-used":
            raise
        stopped = _now(attempt.services, attempt.operation.database) is not None
        now = "stopped, though its commands may have run" if stopped else "started"
        raise Refused(refused.code, f"{refused.reason}; traffic counts as {now}", refused.hint) from refused


def _record(services: Services, kind: Kind, database: str, reason: str, by: str, channel: str) -> Operation:
    services.database(database)
    with services.store.transaction() as connection:
        for other in operations.changing(connection, database):
            if other.kind in _RESTORES:
                raise Refused(
                    "already-running",
                    f"{other.id} is at work on {database}: it stops traffic and starts it again by itself",
                    "its message shows how far it is",
                )
        operation = operations.create(
            connection,
            kind=kind,
            database=database,
            requested_by=by,
            request={"reason": reason, "channel": channel},
        )
        services.defer(connection, operation)
    return operation


def _stopping(attempt: Attempt) -> Stopped:
    """As whoever stopped it first said, where it is stopped already."""
    operation = attempt.operation
    return _now(attempt.services, operation.database) or Stopped(
        by=operation.requested_by,
        since=attempt.services.store.now(),
        reason=operation.request["reason"],
    )


def _now(services: Services, database: str) -> Stopped | None:
    with services.store.transaction() as connection:
        return traffic.stopped(connection, database)


def _remember(attempt: Attempt, now: Stopped | None) -> None:
    with attempt.ending() as connection:
        traffic.remember(connection, attempt.operation.database, now)


def _problem(services: Services, database: str) -> CommandFailed | None:
    """Why the commands did not stop it."""
    try:
        traffic.run_all(services, database, services.database(database).traffic.stop)
    except CommandFailed as failed:
        return failed
    return None


def _fence(attempt: Attempt, now: Stopped, problem: CommandFailed | None) -> Stopped:
    fenced = replace(now, fenced=True)
    _remember(attempt, fenced)
    try:
        traffic.close(attempt.services, attempt.operation.database)
    except LeaseLost as cut:
        raise CommandFailed(
            "the session that puts the fence up was cut: nobody knows whether it is up",
            f"`/traffic stop {attempt.operation.database}` again puts it up, `/traffic start` lifts it",
        ) from cut
    except SecondkeyError as failed:
        # Where a command ran, nobody knows what it did: that counts as stopped until somebody starts it.
        _remember(attempt, now if problem else None)
        before = f"{problem.reason}, and the fence could not take its place: " if problem else ""
        raise CommandFailed(f"{before}{failed.reason}; clients can still get in", failed.hint) from failed
    return fenced


def _inside(services: Services, database: str) -> tuple[str, ...] | None:
    """Who is still in there; None where nobody can know."""
    try:
        return tuple(map(str, traffic.inside(services, database)))
    except SecondkeyError:
        return None


def _facts(attempt: Attempt, state: State | Unreadable, verdict: Verdict) -> Facts:
    """What two people approve: on which database, though it is found how, and by which commands."""
    target: dict[str, Any]
    match state:
        case Unreadable(code=code):
            target = {"code": code.value}
        case State(identity=identity):
            target = asdict(target_of(identity))
    commands = attempt.services.database(attempt.operation.database).traffic.commands
    critical = sorted({found.code.value for found in verdict.critical()})
    return Facts(bound={"target": target, "traffic": asdict(commands), "findings": critical}, losses={})


def _ask(attempt: Attempt, state: State | Unreadable, verdict: Verdict) -> Request:
    services, name = attempt.services, attempt.operation.database
    _refuse_without_slack(services, name, verdict)
    configured = services.database(name)
    return propose(
        attempt,
        Plan(
            kind=Kind.TRAFFIC_START,
            database=name,
            title=f"Start of traffic requested · {name} ({configured.environment})",
            lines=view.plan_lines(verdict, configured.traffic.commands, _now(services, name)),
            facts=_facts(attempt, state, verdict),
            act={},
            again=f"/traffic start {name} REASON",
            undo=f"/traffic stop {name} REASON",
        ),
    )


def _asked(attempt: Attempt, request: Request) -> None:
    """The operation ends with its question: whoever takes it over asks no second time, and starts nothing."""
    with attempt.ending() as connection:
        operations.finish(connection, attempt.operation.id, attempt.token, {"request": request.id})


def _refuse_without_slack(services: Services, database: str, verdict: Verdict) -> None:
    if services.directory is None:
        codes = ", ".join(code.value for code in verdict.codes()[:3])
        raise Refused(
            "second-key-needed",
            f"the verdict on {database} is block ({codes}): traffic may start when a second person says so",
            f"ask in Slack: `/traffic start {database} REASON`; or here, while the bot runs",
        )


def _start(attempt: Attempt, verdict: Verdict) -> None:
    services, operation = attempt.services, attempt.operation
    try:
        did = traffic.start(services, operation.database, operation.requested_by)
    except CommandFailed as failed:
        still = _now(services, operation.database)
        state = "it counts as stopped" if still else "traffic was started, and this is its check"
        raise CommandFailed(f"{failed.reason}; {state}", failed.hint) from failed
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"did": did})
        conclude(connection, operation, view.started(operation, did, verdict))
