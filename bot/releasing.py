"""`secondkey deploy`: the gate, the window and the report around a release's own command."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
from bot.endings import Exit, error_json
from bot.errors import CommandFailed, Pending, Refused, SecondkeyError
from bot.inline import Watch, interruptible, login, rehearse, to_its_end
from bot.operations import rehearsing, release_command
from bot.operations.attempt import patiently
from bot.operations.deploying import starting, watching, windows
from bot.operations.deploying.source import source_of
from bot.operations.deploying.starting import Source
from bot.operations.release_command import Ended, How
from bot.operations.runner import Unrecorded
from bot.operations.services import Services
from bot.programs import Stopped
from bot.slack.blocks import escape, prose
from bot.store import deployments, operations
from bot.store.database import Away, NotReached

log = structlog.get_logger()

#: How often another's window is looked at, in seconds.
LOOK = 0.5
#: How often the process that runs a release says that it lives, in seconds.
BEAT = 10.0
#: How much of what a command said last stands in the thread.
OUTPUT = 2_500
#: What a release's command has no use for.
_OURS = ("SECONDKEY_",)
_OPENED_MEANWHILE = "a window that was opened meanwhile ends by itself within 2 minutes, and is reported"


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
    #: the verdict as `verify` gives it: at the gate, or of the closing report; without one, why there is none
    result: Mapping[str, Any]
    #: None where it was not run here
    ended: Ended | None = None

    @property
    def exit_code(self) -> int:
        """3 where the gate was shut; else the command's, but 1 where that was 0 and data is missing."""
        if self.deployment.stage is Stage.BLOCKED:
            return Exit.BLOCKED
        code = self.ended.code if self.ended is not None else int(self.deployment.outcome.get("exit") or 0)
        well = self.deployment.stage is Stage.CLOSED and not self.deployment.harmed
        return code or (0 if well else 1)


class StateUnreachable(Refused):
    """The bot's own state is away, nobody can judge a release, and its command was not begun."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(
            "state-unreachable", f"{why}; nobody can judge the release without it, and nothing was run", hint
        )
        self.why = why


def deploy(services: Services, order: Order, watch: Watch, on_line: Callable[[str], object]) -> Released:
    """Pass the gate, run the command in its window, and close that with its report.

    Where another process has the window of this very release, wait for its end. Raises `UsageError`,
    `NotFound`, `Refused` where another release stands, `StateUnreachable` where the bot's own state goes away
    before the command is begun, and `Pending` where waiting took too long.
    """
    protected = services.database(order.database).dsn.get_secret_value()
    source = source_of(order.database, protected, order.environ, order.url_variable, order.migrations)
    with needing_state():
        _end_what_is_left(services, watch)
        gate = _claimed(services, order, source, watch, on_line)
    if isinstance(gate, Deployment):
        return _waited(services, order, gate, watch)
    watch(f"{order.release} is at the gate of {order.database}")
    with needing_state():
        started = to_its_end(services, gate, watch)
    deployment = _judged(services, gate)
    if deployment.stage is not Stage.OPEN:
        return Released(deployment=deployment, result=started.result)
    watch("the gate is open: the command runs")
    try:
        with Vigil(services, deployment) as vigil:
            ended = run_command(order, on_line, vigil.aborted.is_set)
    except CommandFailed as failed:
        _give_up(services, deployment, failed.reason, watch)
        raise
    watch(f"{ended}; looking what it did")
    return _reported(services, deployment, ended, watch)


@contextmanager
def needing_state() -> Iterator[None]:
    """Raises `StateUnreachable` where the bot's own state goes away in the block, which runs nothing."""
    try:
        yield
    except (NotReached, Unrecorded) as away:
        raise StateUnreachable(away.reason, away.hint) from away
    except Away as away:
        raise StateUnreachable(
            str(away),
            f"look whether its server runs, then run this again; {_OPENED_MEANWHILE}",
        ) from away


def _claimed(
    services: Services, order: Order, source: Source, watch: Watch, on_line: Callable[[str], object]
) -> Operation | Deployment:
    """The gate of this release; where another process has the same one there, that one's deployment."""
    if (standing := _same_release(services, order)) is not None:
        return standing
    if services.database(order.database).deploy.rehearse:
        source = replace(source, rehearsed=_rehearsed(services, order, watch, on_line))
    try:
        return starting.request(services, order.database, order.release, login(), source, attended=True)
    except Refused as refused:
        standing = _same_release(services, order)
        if refused.code != "window-open" or standing is None:
            raise
        return standing


def _judged(services: Services, gate: Operation) -> Deployment:
    """What the gate made of it; `Refused` where that cannot be read: by now it is never run unjudged."""
    try:
        with interruptible() as interrupted:
            return patiently(lambda: _load(services, gate.id), interrupted)
    except Away as away:
        raise Refused(
            "state-unreachable",
            f"{away}, and what the gate of {gate.database} said cannot be read; nothing was run",
            f"run this again when it answers; {_OPENED_MEANWHILE}",
        ) from away


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
        migrations=order.migrations,
    )
    try:
        found = rehearse(services, order.database, order.release, asked, None, watch, on_line)
    except (Refused, CommandFailed) as failed:
        return Rehearsed(backup_id="", failure=failed.reason, told=f"not done: {failed.reason}")
    return replace(rehearsed(found.backup_id, found.ended, found.came, found.lost), told=found.sentence)


def run_command(
    order: Order, on_line: Callable[[str], object], should_stop: Callable[[], bool] = lambda: False
) -> Ended:
    """The release's own command; raises `CommandFailed` where it cannot be started."""
    with interruptible() as interrupted:
        return release_command.run(
            order.argv,
            _environment(order),
            limit=order.max_wait,
            on_line=on_line,
            secrets=secrets_of(order.environ),
            should_stop=lambda: interrupted() or should_stop(),
        )


class Vigil:
    """While the command runs: says that this process lives, and looks at the database and at the window."""

    def __init__(self, services: Services, deployment: Deployment) -> None:
        self._services = services
        self._deployment = deployment
        self._over = Event()
        #: somebody gave the release up, or restored the database
        self.aborted = Event()
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
        began = time.monotonic()
        while not self._over.wait(watching.pause(began, every)):
            began = time.monotonic()
            try:
                act()
            except (psycopg.Error, SecondkeyError) as trouble:
                log.warning("a deployment window could not be looked after", reason=str(trouble))
            except Stopped:
                return

    def _beat(self) -> None:
        with self._services.store.transaction() as connection:
            stands = deployments.beat(connection, self._deployment.id)
            if not stands and deployments.load(connection, self._deployment.id).stage is Stage.ABORTED:
                self.aborted.set()

    def _look(self) -> None:
        watching.look(self._services, self._deployment, self._over.is_set)


def stage_after(ended: Ended) -> Stage:
    return Stage.ABORTED if ended.how is How.CALLER else Stage.CLOSED


def _reported(services: Services, deployment: Deployment, ended: Ended, watch: Watch) -> Released:
    """The closing report; where none can be made within a minute, what is known without it."""

    def report() -> Released:
        try:
            closed = to_its_end(services, _close(services, deployment, ended), watch)
        except Unrecorded as unrecorded:
            raise Away(unrecorded.reason) from unrecorded
        return Released(deployment=_load(services, deployment.id), result=closed.result, ended=ended)

    try:
        with interruptible() as interrupted:
            return patiently(report, interrupted)
    except (psycopg.Error, SecondkeyError) as trouble:
        return _unreported(deployment, ended, trouble)


def _unreported(deployment: Deployment, ended: Ended, trouble: psycopg.Error | SecondkeyError) -> Released:
    reason = trouble.reason if isinstance(trouble, SecondkeyError) else str(trouble).partition("\n")[0]
    told = CommandFailed(
        f"the command is over: {ended}; what it did to the data was not compared: {reason}",
        "the window stays open: as soon as its own state answers, the bot reports it as fallen silent within "
        f"2 minutes; before that `/deploy finish {deployment.database}` compares",
    )
    lines = ((escape(told.reason),), (f"→ {prose(told.hint)}",))
    log.warning("a deployment could not be reported", deployment=deployment.id, reason=reason)
    return Released(
        deployment=replace(deployment, title="🟠 Not reported", lines=lines),
        result={"verdict": None, "findings": [], "state": None, **error_json(told)},
        ended=ended,
    )


def _give_up(services: Services, deployment: Deployment, reason: str, watch: Watch) -> None:
    """Close the window of a command that could not be begun; with the state away it falls silent instead."""
    try:
        to_its_end(services, windows.end(services, deployment, Stage.ABORTED, login(), reason), watch)
    except (Away, Unrecorded) as away:
        log.warning("a deployment window could not be closed", reason=str(away))


def _close(services: Services, deployment: Deployment, ended: Ended) -> Operation:
    return windows.end(
        services,
        deployment,
        stage_after(ended),
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
        while standing.stage in CLAIMING:
            if interrupted() or time.monotonic() > deadline:
                raise Pending(
                    f"{standing.id} is not over after {wording.duration(order.max_wait)}, and goes on; "
                    "nothing was run here",
                    f"`/deploy status {order.database}` shows how far it is",
                )
            time.sleep(LOOK)
            # The other one's command goes on while the state is away, and so does waiting for it.
            with suppress(Away, Unrecorded):
                _end_what_is_left(services, watch)
                standing = _load(services, standing.id)
    return Released(deployment=standing, result=_found_there(services, standing))


def _found_there(services: Services, ended: Deployment) -> Mapping[str, Any]:
    """What another process's gate found; of its closing report, no more than the verdict."""
    if ended.stage is not Stage.BLOCKED:
        return {"verdict": ended.outcome.get("verdict"), "findings": []}
    with services.store.transaction() as connection:
        return operations.load(connection, ended.id).result


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
