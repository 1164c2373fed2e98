"""`/deploy finish`, and every other end of a window: the state again, beside the one before the release."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg import Connection

from bot.domain.deploying.closing import Closing, close
from bot.domain.deploying.deployment import Deployment, Item, Stage, Start
from bot.domain.deploying.row_counts import over_releases
from bot.domain.findings import Outcome, Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Observation, Unreadable
from bot.domain.operation import Operation
from bot.operations.attempt import Attempt
from bot.operations.deploying import alarms, foretelling, windows
from bot.operations.observing import observe
from bot.operations.posting import reply
from bot.operations.services import Services
from bot.operations.verify import reading_for, to_result
from bot.slack.blocks import Message, escape
from bot.slack.views import deployment as view
from bot.slack.views import deployment_reports as reports
from bot.store import audit, baselines, deployments, operations, outbox


def finish(services: Services, database: str, by: str, **outcome: Any) -> Operation:
    """Close the open window; raises `NotFound` where none is open, and `Refused` where it closes itself."""
    deployment = windows.the_open(services, database)
    windows.refuse_at_work(services, deployment)
    return windows.end(services, deployment, Stage.CLOSED, by, **outcome)


def abort(services: Services, database: str, reason: str, by: str) -> Operation:
    """Close the open window of a release that is given up; raises `NotFound`, and `Refused` without a reason.

    A process that runs the release notices, and ends its command.
    """
    windows.refuse_without_reason(reason, f"/deploy abort {database} REASON")
    return windows.end(services, windows.the_open(services, database), Stage.ABORTED, by, reason)


def run(attempt: Attempt) -> None:
    """Look again, compare, and say what came of it; on loss everybody is alarmed at once."""
    services, operation = attempt.services, attempt.operation
    deployment, start, folder = _load(services, operation.request["deployment"])
    observation = _observe(attempt, folder)
    schema = foretelling.schema_of(attempt)
    found = close(deployment, start, observation, judge(observation), schema)
    with attempt.ending() as connection:
        deployment = deployments.hold(connection, deployment.id)
        if deployment.stage is Stage.OPEN:
            deployment = _closed(attempt, connection, deployment, found)
        else:
            # It has its report already: that is what its message goes on to say.
            windows.show(services, connection, deployment)
        operations.finish(connection, operation.id, attempt.token, _result(deployment, found))
    if found.harm:
        attempt.patiently(lambda: alarms.sound(services, deployment, observation, found.harm))


def _closed(
    attempt: Attempt, connection: Connection[Any], deployment: Deployment, found: Closing
) -> Deployment:
    services, operation = attempt.services, attempt.operation
    stage = Stage(operation.request["stage"])
    told = dict(operation.request["outcome"])
    output = told.pop("output", "")
    outcome = {
        **told,
        "verdict": found.verdict.outcome.value,
        "harm": [each.code.value for each in found.harm],
        "applied": list(found.applied),
        "by": operation.requested_by,
        "reason": operation.request["reason"],
    }
    ended = replace(deployment, stage=stage, outcome={**outcome, "counts": found.counts})
    ended = replace(ended, ticks=_ticks(ended, found.verdict))
    title, lines = reports.closing(ended, found, services.store.now())
    ended = windows.save(services, connection, replace(ended, title=title, lines=lines)) or ended
    if output:
        _in_thread(connection, ended, "output", view.output(output))
    if found.schema:
        _in_thread(connection, ended, "schema", view.schema(found.schema))
    if found.counts:
        _show_chart(connection, ended)
    _move_baseline(connection, ended, found)
    audit.append(
        connection,
        actor=operation.requested_by,
        action="deployment.reported",
        subject=deployment.database,
        detail={"deployment": deployment.id, "release": deployment.release, "stage": stage, **outcome},
    )
    return ended


def _move_baseline(connection: Connection[Any], deployment: Deployment, found: Closing) -> None:
    """A deployment that was closed well leaves what counts as good from now on."""
    state, baseline = found.observation.state, found.observation.baseline
    well = deployment.stage is Stage.CLOSED and not deployment.outcome.get("exit")
    if isinstance(state, Unreadable) or not well or found.verdict.outcome is Outcome.BLOCK:
        return
    pinned = baselines.hold(connection, deployment.database)
    if pinned is not None and baseline is not None and pinned.pinned_at <= state.taken_at:
        by = f"deployment {deployment.release}"
        baselines.save(connection, deployment.database, state, by=by, pinned=False)


def _in_thread(connection: Connection[Any], deployment: Deployment, what: str, message: Message) -> None:
    reply(connection, f"{deployment.id}:{what}", deployment.id, message)


def _show_chart(connection: Connection[Any], deployment: Deployment) -> None:
    """Rows over the last releases; of one alone the report says all."""
    chart = over_releases(deployment.database, deployments.counted(connection, deployment.database))
    if len(chart.releases) > 1 and chart.lines:
        outbox.reply_with_chart(
            connection,
            key=f"{deployment.id}:rows",
            parent=deployment.id,
            text=escape(chart.words),
            chart=chart,
        )


def _ticks(deployment: Deployment, verdict: Verdict) -> dict[str, str]:
    """What the report itself ticks; that the application works only a person can say."""
    ticks = dict(deployment.ticks)
    if deployment.stage is Stage.CLOSED and not deployment.outcome.get("exit"):
        ticks[Item.MIGRATED] = f"{len(deployment.outcome['applied'])} applied"
    ticks[Item.COMPARED] = "by the report"
    if verdict.outcome is not Outcome.BLOCK:
        ticks[Item.VERIFIED] = f"verdict {verdict.outcome.value}"
    return ticks


def _observe(attempt: Attempt, folder: str) -> Observation:
    """Beside the migrations that were at the gate; a pipeline's folder may be out of reach here."""
    services, name = attempt.services, attempt.operation.database
    if folder and not Path(folder).is_dir():
        return replace(observe(services, name, reading_for(attempt)), release=None)
    release = foretelling.release_of(services.database(name), folder)
    return observe(services, name, reading_for(attempt), release)


def _load(services: Services, deployment_id: str) -> tuple[Deployment, Start | None, str]:
    """It, how the database stood before it, and the folder that was named for it."""
    with services.store.transaction() as connection:
        return (
            deployments.load(connection, deployment_id),
            deployments.start_of(connection, deployment_id),
            operations.load(connection, deployment_id).request["migrations"],
        )


def _result(deployment: Deployment, found: Closing) -> dict[str, Any]:
    return {
        **to_result(found.verdict, found.observation.state),
        "deployment": deployment.id,
        "release": deployment.release,
        "stage": deployment.stage,
        "harm": [each.code.value for each in found.harm],
        "applied": list(found.applied),
        "schema": list(found.schema.objects) if found.schema is not None else None,
    }
