"""`/deploy override`: two people let a release begin although the gate says no: once, for what they saw."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from bot.domain.approval import Plan
from bot.domain.binding import Facts
from bot.domain.deploying.gate import Override, named_all
from bot.domain.deploying.release_name import check_release
from bot.domain.findings import Outcome, Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Gate, Observation, Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.restoring.facts import target_of
from bot.errors import Refused
from bot.operations import approval
from bot.operations.attempt import Attempt, conclude
from bot.operations.deploying import foretelling
from bot.operations.observing import Reading, observe
from bot.operations.proposing import propose, proposed
from bot.operations.services import Services
from bot.slack.views import deployment as view
from bot.store import audit, deployments, operations

#: For how long the next start of that release may go through.
VALID = timedelta(minutes=30)


def request(services: Services, database: str, release: str, reason: str, by: str, channel: str) -> Operation:
    """Record that a release is to be let through; raises `UsageError`, `NotFound`."""
    check_release(release)
    services.database(database)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.OVERRIDE,
            database=database,
            requested_by=by,
            request={"channel": channel, "reason": reason, "release": release},
        )
        audit.append(
            connection, actor=by, action="override.asked", subject=database, detail=operation.request
        )
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Ask a second person first; what was approved holds for the next start."""
    request = approval.found(attempt.services, attempt.operation.id)
    if request is None:
        _ask(attempt)
        return
    observation, verdict = _judged(attempt)
    facts = _facts(attempt.operation.request["release"], observation, verdict)
    approval.confirm(attempt.services, request.id, facts, attempt.should_stop)
    request = approval.use_up(attempt.services, request.id, facts, attempt.should_stop)
    override = Override(
        id=request.id,
        database=attempt.operation.database,
        release=attempt.operation.request["release"],
        findings=named_all(verdict),
        reason=request.reason,
        requested_by=request.requested_by,
        approved_by=request.approved_by,
        valid_until=attempt.services.store.now() + VALID,
    )
    _grant(attempt, override)


def _ask(attempt: Attempt) -> None:
    services, operation = attempt.services, attempt.operation
    name, release = operation.database, operation.request["release"]
    request = proposed(attempt)
    if request is None:
        observation, verdict = _judged(attempt)
        _refuse_needless(verdict, name, release)
        _refuse_without_slack(services, name, release)
        plan = Plan(
            kind=Kind.OVERRIDE,
            database=name,
            title=f"Override requested · {name} ({services.database(name).environment}) · {release}",
            lines=view.override_lines(observation, verdict, release),
            facts=_facts(release, observation, verdict),
            act={"release": release},
            again=f"/deploy override {release} {name} REASON",
        )
        request = propose(attempt, plan)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _judged(attempt: Attempt) -> tuple[Observation, Verdict]:
    """As the gate will judge; a backup that it would make is not there yet."""
    services, operation = attempt.services, attempt.operation
    release = foretelling.release_of(services, operation.database, "")
    reading = Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
    observation = observe(services, operation.database, reading, release, Gate(backup_follows=False))
    risks = foretelling.foretell(observation).risks
    observation = replace(observation, gate=Gate(risks=risks))
    return observation, judge(observation)


def _facts(release: str, observation: Observation, verdict: Verdict) -> Facts:
    """Exactly what is overridden: this release, on this very database, and these findings."""
    state = observation.state
    target: Mapping[str, Any] = (
        {"code": state.code.value} if isinstance(state, Unreadable) else asdict(target_of(state.identity))
    )
    return Facts(
        bound={"release": release, "target": target, "findings": sorted(named_all(verdict))}, losses={}
    )


def _grant(attempt: Attempt, override: Override) -> None:
    operation = attempt.operation
    with attempt.ending() as connection:
        until = deployments.save_override(connection, override, VALID)
        operations.finish(connection, operation.id, attempt.token, {"override": override.id})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="override.granted",
            subject=operation.database,
            detail={
                "release": override.release,
                "findings": sorted(override.findings),
                "approved_by": list(override.approved_by),
            },
        )
        conclude(connection, operation, view.override_granted(replace(override, valid_until=until)))


def _refuse_needless(verdict: Verdict, name: str, release: str) -> None:
    if verdict.outcome is not Outcome.BLOCK:
        raise Refused(
            "nothing-to-override",
            f"the gate does not say no to {release} on {name}: there is nothing to override",
            f"`/deploy start {release} {name}`",
        )


def _refuse_without_slack(services: Services, name: str, release: str) -> None:
    if services.directory is None:
        raise Refused(
            "second-key-needed",
            f"overriding the gate of {name} takes a second person, who decides in Slack; nothing was asked",
            f"ask in Slack: `/deploy override {release} {name} REASON`",
        )
