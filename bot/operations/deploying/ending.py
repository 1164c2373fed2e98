"""`/deploy finish`, and every other end of a window: the state again, beside the one before the release."""

from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot.domain.deploying.deployment import Deployment, Item, Stage, newly_applied
from bot.domain.deploying.gate import new_since
from bot.domain.findings import Finding, Outcome, Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Observation, Unreadable
from bot.domain.operation import Operation
from bot.operations.attempt import Attempt
from bot.operations.deploying import alarms, windows
from bot.operations.observing import Reading, observe
from bot.operations.services import Services
from bot.operations.verify import to_result
from bot.slack.views import deployment as view
from bot.slack.views import verify as verify_view
from bot.store import audit, baselines, deployments, operations, outbox

#: What a deployment cannot bring about: it is told, and is no loss.
_NOT_ITS_OWN = frozenset({"backup", "server", "policy"})


def finish(services: Services, database: str, by: str, **outcome: Any) -> Operation:
    """Close the open window; raises `NotFound` where none is open."""
    return windows.end(services, windows.the_open(services, database), Stage.CLOSED, by, **outcome)


def abort(services: Services, database: str, reason: str, by: str) -> Operation:
    """Close the open window of a release that is given up; raises as `finish` does."""
    return windows.end(services, windows.the_open(services, database), Stage.ABORTED, by, reason)


def run(attempt: Attempt) -> None:
    """Look again, compare, and say what came of it; on loss everybody is alarmed at once."""
    services, operation = attempt.services, attempt.operation
    deployment = _load(services, operation.request["deployment"])
    observation = observe(services, operation.database, _reading(attempt))
    verdict = judge(observation)
    harm = harm_of(deployment, verdict)
    with attempt.ending() as connection:
        deployment = deployments.hold(connection, deployment.id)
        if deployment.stage is Stage.OPEN:
            deployment = _closed(attempt, connection, deployment, observation, verdict, harm)
        result = _result(deployment, observation, verdict, harm)
        operations.finish(connection, operation.id, attempt.token, result)
    if harm:
        alarms.sound(services, deployment, observation, harm)


def harm_of(deployment: Deployment, verdict: Verdict) -> tuple[Finding, ...]:
    """What is critical now and was not before the release."""
    new = new_since(deployment.findings, verdict)
    return tuple(found for found in new if found.code.group not in _NOT_ITS_OWN)


def _closed(
    attempt: Attempt,
    connection: Connection[Any],
    deployment: Deployment,
    observation: Observation,
    verdict: Verdict,
    harm: tuple[Finding, ...],
) -> Deployment:
    services, operation = attempt.services, attempt.operation
    stage = Stage(operation.request["stage"])
    told = dict(operation.request["outcome"])
    output = told.pop("output", "")
    outcome = {
        **told,
        "verdict": verdict.outcome.value,
        "harm": [found.code.value for found in harm],
        "applied": _applied(deployment, observation),
        "by": operation.requested_by,
        "reason": operation.request["reason"],
    }
    now = services.store.now()
    ended = replace(deployment, stage=stage, outcome=outcome, ticks=_ticks(deployment, outcome, verdict))
    title, lines = view.closing(ended, observation, verdict, harm, now)
    ended = windows.save(services, connection, replace(ended, title=title, lines=lines)) or ended
    if output:
        _show_output(connection, ended, output)
    _move_baseline(connection, ended, observation, verdict)
    audit.append(
        connection,
        actor=operation.requested_by,
        action="deployment.reported",
        subject=deployment.database,
        detail={"deployment": deployment.id, "release": deployment.release, "stage": stage, **outcome},
    )
    return ended


def _move_baseline(
    connection: Connection[Any], deployment: Deployment, observation: Observation, verdict: Verdict
) -> None:
    """A deployment that was closed well leaves what counts as good from now on."""
    state, well = observation.state, deployment.stage is Stage.CLOSED and not deployment.outcome.get("exit")
    if isinstance(state, Unreadable) or not well or verdict.outcome is Outcome.BLOCK:
        return
    pinned = baselines.hold(connection, deployment.database)
    if pinned is not None and observation.baseline is not None and pinned.pinned_at <= state.taken_at:
        baselines.save(
            connection, deployment.database, state, by=f"deployment {deployment.release}", pinned=False
        )


def _show_output(connection: Connection[Any], deployment: Deployment, output: str) -> None:
    """What the release's command said last, in the thread."""
    message = view.output(output).limited()
    outbox.reply(
        connection,
        key=f"{deployment.id}:output",
        parent=deployment.id,
        text=message.text,
        blocks=list(message.blocks),
    )


def _applied(deployment: Deployment, observation: Observation) -> list[str]:
    if deployment.before is None or isinstance(observation.state, Unreadable):
        return []
    return list(newly_applied(deployment.before.history, observation.state.history))


def _ticks(deployment: Deployment, outcome: dict[str, Any], verdict: Verdict) -> dict[str, str]:
    """What the report itself ticks; that the application works only a person can say."""
    ticks = dict(deployment.ticks)
    if deployment.stage is Stage.CLOSED and not outcome.get("exit"):
        applied = len(outcome["applied"])
        ticks[Item.MIGRATED] = f"{applied} applied"
    ticks[Item.COMPARED] = "by the report"
    if verdict.outcome is not Outcome.BLOCK:
        ticks[Item.VERIFIED] = f"verdict {verdict.outcome.value}"
    return ticks


def _reading(attempt: Attempt) -> Reading:
    operation = attempt.operation
    return Reading(
        purpose=attempt.purpose,
        on_progress=lambda at: attempt.progress(verify_view.counting(operation, at.table, at.done, at.total)),
        should_stop=attempt.should_stop,
    )


def _load(services: Services, deployment_id: str) -> Deployment:
    with services.store.transaction() as connection:
        return deployments.load(connection, deployment_id)


def _result(
    deployment: Deployment, observation: Observation, verdict: Verdict, harm: tuple[Finding, ...]
) -> dict[str, Any]:
    return {
        **to_result(verdict, observation.state),
        "deployment": deployment.id,
        "release": deployment.release,
        "stage": deployment.stage,
        "harm": [found.code.value for found in harm],
        "applied": _applied(deployment, observation),
    }
