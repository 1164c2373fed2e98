"""`secondkey deploy`: the gate, the window and the report around a release's own command."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import structlog

from bot import wording
from bot.domain.deploying.deployment import CLAIMING, Deployment, Stage
from bot.domain.observation import Rehearsed
from bot.domain.operation import Operation
from bot.domain.redaction import secrets_of
from bot.domain.rehearsal import rehearsed
from bot.errors import CommandFailed, Pending, Refused, SecondkeyError
from bot.inline import Watch, interruptible, login, rehearse, to_its_end
from bot.operations import rehearsing, release_command
from bot.operations.deploying import starting, watching, windows
from bot.operations.deploying.source import source_of
from bot.operations.release_command import Ended, How
from bot.operations.services import Services
from bot.store import deployments
from bot.store.database import Away

log = structlog.get_logger()

BLOCKED = 3
#: How often another's window is looked at, in seconds.
LOOK = 0.5
#: How often the process that runs a release says that it lives, in seconds.
BEAT = 10.0
#: How much of what a command said last stands in the thread.
OUTPUT = 2_500
#: What a release's command has no use for.
_OURS = ("SECONDKEY_",)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be deployed, as it was typed."""

    database: str
    release: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    #: the variable with the release's connection string
    url_variable: str
    migrations: Path | None = None
    #: how long another process's window of the same release is waited for, and the command may take
    max_wait: timedelta


@dataclass(frozen=True, kw_only=True)
class Released:
    """What came of it."""

    deployment: Deployment
    #: the verdict as `verify` gives it: at the gate, or of the closing report
    result: Mapping[str, Any]
    #: None where it was not run here
    ended: Ended | None = None

    @property
    def exit_code(self) -> int:
        """3 where the gate was shut; else the command's, but 1 where that was 0 and data is missing."""
        if self.deployment.stage is Stage.BLOCKED:
            return BLOCKED
        code = self.ended.code if self.ended is not None else int(self.deployment.outcome.get("exit") or 0)
        well = self.deployment.stage is Stage.CLOSED and not self.deployment.harmed
        return code or (0 if well else 1)


def deploy(services: Services, order: Order, watch: Watch, on_line: Callable[[str], object]) -> Released:
    """Pass the gate, run the command in its window, and close that with its report.

    Where another process has the window of this very release, wait for its end. Raises `UsageError`,
    `NotFound`, `Refused` where another release stands, and `Pending` where waiting took too long.
    """
    source = source_of(services, order.database, order.environ, order.url_variable, order.migrations)
    _end_what_is_left(services, watch)
    if (standing := _same_release(services, order)) is not None:
        return _waited(services, order, standing, watch)
    if services.database(order.database).deploy.rehearse:
        source = replace(source, rehearsed=_rehearsed(services, order, watch, on_line))
    try:
        gate = starting.request(services, order.database, order.release, login(), source, attended=True)
    except Refused as refused:
        standing = _same_release(services, order)
        if refused.code != "window-open" or standing is None:
            raise
        return _waited(services, order, standing, watch)
    watch(f"{order.release} is at the gate of {order.database}")
    started = to_its_end(services, gate, watch)
    deployment = _load(services, gate.id)
    if deployment.stage is not Stage.OPEN:
        return Released(deployment=deployment, result=started.result)
    watch("the gate is open: the command runs")
    try:
        ended = _run(services, deployment, order, on_line)
    except CommandFailed as failed:
        to_its_end(services, windows.end(services, deployment, Stage.ABORTED, login(), failed.reason), watch)
        raise
    watch(f"{ended}; looking what it did")
    closed = to_its_end(services, _close(services, deployment, ended), watch)
    return Released(deployment=_load(services, deployment.id), result=closed.result, ended=ended)


def closed(services: Services, closing: Operation, watch: Watch) -> Released:
    """A deployment whose window this operation closes, with its report; raises what that raised."""
    ended = to_its_end(services, closing, watch)
    return Released(deployment=_load(services, closing.request["deployment"]), result=ended.result)


def _rehearsed(services: Services, order: Order, watch: Watch, on_line: Callable[[str], object]) -> Rehearsed:
    """What the command did to a restored copy; where it could not be rehearsed, that speaks against it."""
    asked = rehearsing.Command(
        argv=order.argv,
        environ=order.environ,
        url_variables=(order.url_variable,),
        limit=order.max_wait,
    )
    try:
        found = rehearse(services, order.database, order.release, asked, None, watch, on_line)
    except (Refused, CommandFailed) as failed:
        return Rehearsed(backup_id="", failure=failed.reason, told=f"not done: {failed.reason}")
    return replace(rehearsed(found.backup_id, found.ended, found.came, found.lost), told=found.sentence)


def _run(services: Services, deployment: Deployment, order: Order, on_line: Callable[[str], object]) -> Ended:
    """The release's own command; raises `CommandFailed` where it cannot be started."""
    with interruptible() as interrupted, Vigil(services, deployment):
        return release_command.run(
            order.argv,
            _environment(order),
            limit=order.max_wait,
            on_line=on_line,
            secrets=secrets_of(order.environ),
            should_stop=interrupted,
        )


class Vigil:
    """While the command runs: says that this process lives, and looks at the database."""

    def __init__(self, services: Services, deployment: Deployment) -> None:
        self._services = services
        self._deployment = deployment
        self._over = Event()
        self._threads = [
            Thread(target=self._repeat, args=(act, every), name=name, daemon=True)
            for name, act, every in (
                ("release-beat", self._beat, BEAT),
                ("release-watch", self._look, watching.EVERY),
            )
        ]

    def __enter__(self) -> "Vigil":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, act: Callable[[], object], every: float) -> None:
        """What cannot be done now is done next time: the release is not ended for it."""
        while not self._over.wait(every):
            try:
                act()
            except (Away, psycopg.Error, SecondkeyError) as trouble:
                log.warning("a deployment window could not be looked after", reason=str(trouble))

    def _beat(self) -> None:
        with self._services.store.transaction() as connection:
            deployments.beat(connection, self._deployment.id)

    def _look(self) -> None:
        watching.look(self._services, self._deployment, self._over.is_set)


def _close(services: Services, deployment: Deployment, ended: Ended) -> Operation:
    stage = Stage.ABORTED if ended.how is How.CALLER else Stage.CLOSED
    return windows.end(
        services,
        deployment,
        stage,
        login(),
        "" if ended.how is How.ITSELF else f"the command: {ended}",
        exit=ended.code,
        seconds=ended.seconds,
        output=ended.tail[-OUTPUT:],
    )


def _waited(services: Services, order: Order, standing: Deployment, watch: Watch) -> Released:
    """How the other process's deployment ended; this one runs nothing."""
    watch(f"{order.release} is deployed by another process, {standing.id}: waiting for its report")
    deadline = time.monotonic() + order.max_wait.total_seconds()
    with interruptible() as interrupted:
        while (found := _load(services, standing.id)).stage in CLAIMING:
            if interrupted() or time.monotonic() > deadline:
                raise Pending(
                    f"{standing.id} is not over after {wording.duration(order.max_wait)}, and goes on; "
                    "nothing was run here",
                    f"`/deploy status {order.database}` shows how far it is",
                )
            _end_what_is_left(services, watch)
            time.sleep(LOOK)
    return Released(deployment=found, result={"verdict": found.outcome.get("verdict"), "findings": []})


def _same_release(services: Services, order: Order) -> Deployment | None:
    """A window of the same release, which a process like this one has."""
    with services.store.transaction() as connection:
        standing = deployments.claiming(connection, order.database)
    if standing is None or standing.release != order.release or not standing.attended:
        return None
    return standing


def _end_what_is_left(services: Services, watch: Watch) -> None:
    """Windows whose process was killed are reported by whoever comes next, where no bot runs."""
    for operation in windows.sweep(services):
        to_its_end(services, operation, watch)


def _environment(order: Order) -> dict[str, str]:
    return {name: value for name, value in order.environ.items() if not name.startswith(_OURS)}


def _load(services: Services, deployment_id: str) -> Deployment:
    with services.store.transaction() as connection:
        return deployments.load(connection, deployment_id)
