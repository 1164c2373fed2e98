"""The records of deployments: claimed, shown, and ended by whoever is left to do it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.operation import Kind, Operation
from bot.errors import NotFound, Refused
from bot.operations import traffic
from bot.operations.posting import post
from bot.operations.services import Services
from bot.slack.blocks import code, escape
from bot.slack.views import deployment as view
from bot.slack.views.traffic import reminding
from bot.store import audit, deployments, operations
from bot.store.database import PATIENCE


def refuse_without_reason(reason: str, command: str) -> None:
    """Raise `Refused` where the reason is empty; `command` is how it is asked for with one."""
    if not reason.strip():
        raise Refused("reason-missing", "a reason is needed: people see it", f"`{command}`")


def refuse_taken(standing: Deployment) -> Refused:
    """Why another deployment cannot begin: whose stands, and since when."""
    since = wording.moment(standing.opened_at or standing.created_at)
    what = "is at the gate" if standing.stage is Stage.GATE else "has its window open"
    return Refused(
        "window-open",
        f"{standing.release} {what} on {standing.database}, since {since}, by {standing.opened_by}; "
        "nothing was begun",
        f"`/deploy finish {standing.database}` or `/deploy abort {standing.database} REASON` closes it"
        + ("; where its process was killed, it ends by itself within 2 minutes" if standing.attended else ""),
    )


def the_open(services: Services, database: str) -> Deployment:
    """The open window of a database; raises `NotFound`, with how the last one ended."""
    services.database(database)
    with services.store.transaction() as connection:
        standing = deployments.claiming(connection, database)
        last = next(iter(deployments.newest(connection, [database], 1)), None)
    if standing is not None and standing.stage is Stage.OPEN:
        return standing
    if standing is not None:
        raise NotFound(
            f"{standing.release} is still at the gate of {database}: no window is open yet",
            f"`/deploy status {database}` shows how far it is",
        )
    told = f"; the last one, {last.release}, is {last.stage}" if last else ""
    raise NotFound(
        f"no deployment window of {database} is open{told}", f"`/deploy start RELEASE {database}` opens one"
    )


def refuse_at_work(services: Services, deployment: Deployment) -> None:
    """A report on a release whose command still runs would be untrue a moment later."""
    with services.store.transaction() as connection:
        if not deployments.is_at_work(connection, deployment.id):
            return
    raise Refused(
        "release-running",
        f"the command of {deployment.release} runs on {deployment.database}, and its end closes the window; "
        "nothing was closed",
        f"`/deploy abort {deployment.database} REASON` ends the command, and closes the window",
    )


def save(services: Services, connection: Connection[Any], deployment: Deployment) -> Deployment | None:
    """What it is by now, recorded and shown; None where it has ended already."""
    saved = deployments.save(connection, deployment, services.database(deployment.database).deploy.window)
    if saved is not None:
        show(services, connection, saved)
    return saved


def show(services: Services, connection: Connection[Any], deployment: Deployment) -> None:
    """The deployment's one message, as it stands."""
    stopped = traffic.stopped(connection, deployment.database)
    message = reminding(view.drawn(deployment), deployment.database, stopped)
    post(connection, deployment.id, services.database(deployment.database).incidents, message)


def end(
    services: Services,
    deployment: Deployment,
    stage: Stage,
    by: str,
    reason: str = "",
    **outcome: Any,
) -> Operation:
    """Record that a window is to be closed with its report, and hand that over.

    `outcome` is what is known of the release's own command: `exit`, `seconds`.
    """
    with services.store.transaction() as connection:
        return _handed_over(services, connection, deployment, stage, by, reason, outcome)


def _handed_over(
    services: Services,
    connection: Connection[Any],
    deployment: Deployment,
    stage: Stage,
    by: str,
    reason: str,
    outcome: Mapping[str, Any],
) -> Operation:
    operation = operations.create(
        connection,
        kind=Kind.DEPLOYMENT_END,
        database=deployment.database,
        requested_by=by,
        request={
            "deployment": deployment.id,
            "matter": deployment.id,
            "channel": services.database(deployment.database).incidents,
            "stage": stage,
            "reason": reason,
            "outcome": outcome,
        },
    )
    audit.append(
        connection,
        actor=by,
        action=f"deployment.{stage}",
        subject=deployment.database,
        detail={"deployment": deployment.id, "release": deployment.release, "reason": reason},
    )
    services.defer(connection, operation)
    return operation


def end_by_restore(services: Services, connection: Connection[Any], database: str, by: str) -> None:
    """The database was swapped for another one: a release that was at work on it has nothing to finish."""
    standing = deployments.claiming(connection, database)
    if standing is None:
        return
    ended = replace(
        standing,
        stage=Stage.ABORTED,
        title="🔴 Ended by a restore",
        lines=((f"The database was restored while the window was open: {code(by)}",),),
        outcome={"by": by, "reason": "the database was restored"},
    )
    save(services, connection, ended)


def sweep(services: Services, patience: float = PATIENCE) -> list[Operation]:
    """Close what nobody closes: windows whose time is over, and those whose process fell silent.

    `patience` is how long the bot's own database is waited for, in seconds; raises `Away`.
    """
    with services.store.transaction(patience=patience) as connection:
        end_abandoned(services, connection)
        return [
            _handed_over(services, connection, each, stage, "secondkey", _WHY[stage], {})
            for each, stage in deployments.overdue(connection)
            if each.database in services.settings.databases
        ]


def end_abandoned(services: Services, connection: Connection[Any]) -> None:
    """End what stands at the gate, and nobody goes on with."""
    for gone, problem in deployments.abandoned(connection):
        if gone.database not in services.settings.databases:
            continue
        why = (
            "The gate did not come to an end: nothing was let through.",
            *([escape(problem)] if problem else []),
        )
        save(services, connection, replace(gone, stage=Stage.FAILED, title="⚪ Not begun", lines=(why,)))


_WHY = {
    Stage.EXPIRED: "nobody closed it in its time",
    Stage.LOST: "the process that ran the release gave no sign of life for 2 minutes",
}
