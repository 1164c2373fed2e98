"""How the bot's own records stand to a database when it is looked at."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.deploying.deployment import Deployment, Stage
from bot.operations import traffic
from bot.operations.restore import STOP
from bot.operations.services import Services
from bot.store import alerts, baselines, deployments, operations, watch

#: How long the bot's own database is waited for, in seconds: it is asked again soon.
HASTE = 1.0
#: For so many ticks whoever watches keeps the watch, however silent it is.
LEASE = 3
#: What the watch over the data tells.
MATTERS = (Matter.DATA, Matter.HISTORY, Matter.UNREACHABLE, Matter.WATCH)


@dataclass(frozen=True, kw_only=True)
class Standing:
    #: since when the baseline is what it is; None where there is none
    baseline: datetime | None
    #: Secondkey itself keeps everybody out, or is about to change it for another one
    ours: bool
    #: a release is at work: whoever looks after its window tells what is wrong
    deploying: bool
    #: what two people let the last release bring about, as `gate.named` gives it
    meant: frozenset[str]
    #: what is told already
    open: frozenset[Cause]


def take(services: Services, name: str, watcher: str) -> Standing | None:
    """Take or keep the watch over a database; None where another replica has it. Raises `Away`."""
    with services.store.transaction(patience=HASTE) as connection:
        if not watch.keep(connection, name, watcher, _lease(services, name)):
            return None
        last = next(iter(deployments.newest(connection, [name], 1)), None)
        baseline = baselines.saved_at(connection, name)
        return Standing(
            baseline=baseline,
            ours=_ours(connection, name),
            deploying=last is not None and last.stage is Stage.OPEN,
            meant=_meant(last, baseline),
            open=_open(connection, name),
        )


def keep(services: Services, name: str, watcher: str, counting: timedelta) -> None:
    """Keep the watch also while counting takes so long: else another replica would begin to count as well.

    Raises `Away`.
    """
    with services.store.transaction(patience=HASTE) as connection:
        watch.keep(connection, name, watcher, counting + _lease(services, name))


def _lease(services: Services, name: str) -> timedelta:
    return services.database(name).watch.every * LEASE


def looked(services: Services, name: str, took: timedelta) -> None:
    """Raises `Away`."""
    with services.store.transaction(patience=HASTE) as connection:
        watch.looked(connection, name, took)


def leave(services: Services, watcher: str) -> None:
    """Raises `Away`."""
    with services.store.transaction(patience=HASTE) as connection:
        watch.leave(connection, watcher)


def _meant(last: Deployment | None, baseline: datetime | None) -> frozenset[str]:
    """A baseline that is newer than the release knows what it brought about."""
    if last is None or baseline is None or baseline > last.created_at:
        return frozenset()
    return frozenset(last.meant)


def _ours(connection: Connection[Any], name: str) -> bool:
    now = traffic.stopped(connection, name)
    return (now is not None and now.fenced) or any(
        step["name"] == STOP
        for operation in operations.changing(connection, name)
        for step in operation.result.get("steps", ())
    )


def _open(connection: Connection[Any], name: str) -> frozenset[Cause]:
    """An alert that is thought to be gone counts as open until that is sure."""
    return frozenset(
        alert.cause
        for alert in alerts.all_open(connection)
        if alert.cause.database == name and alert.cause.matter in MATTERS
    )
