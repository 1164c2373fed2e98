"""The job queue: operations are handed over in the transaction that records them, and run by workers here.

The queue's status is not the truth; the operation's record is. A job that comes twice finds nothing to do.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import structlog
from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from psycopg import Connection, OperationalError
from psycopg_pool import AsyncConnectionPool

from bot.domain.operation import Kind, Operation
from bot.store import operations
from bot.store.database import RECONNECT, SESSION
from bot.store.queries import only_row, query

log = structlog.get_logger()

Run = Callable[[str, Callable[[], bool]], object]

TASK = "operation"
QUEUE = "operations"
#: Work that must never wait for other work has workers of its own.
EMERGENCY_QUEUE = "emergency"
EMERGENCY_PRIORITY = 100
#: A worker's signs of life, and how long one may be silent before its jobs are taken over; in seconds.
HEARTBEAT = 5.0
STALLED = operations.STALE.total_seconds()
#: How often stalled jobs and forgotten operations are looked for, in seconds.
SWEEP = 5.0
POLL = 2.0
#: For how long the workers wait for the bot's own database before they give up, with what they run; in
#: seconds.
AWAY = 75.0
#: How long the bot's own database may take to answer when the bot stops, in seconds.
LAST_WORD = 3.0
#: How long a job may go on when the bot stops, before it is asked to end; in seconds.
GRACE = 3.0
#: The names of the tasks that help a worker.
_HELPERS = {"update_heartbeats", "deferrer", "poll_jobs_to_abort", "listener"}


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Workers for some of the queues."""

    #: None for all of them
    queues: tuple[str, ...] | None
    concurrency: int


LANES = (Lane(queues=None, concurrency=4), Lane(queues=(EMERGENCY_QUEUE,), concurrency=2))


def hand_over(connection: Connection[Any], operation: Operation) -> None:
    """Hand an operation to the workers of all replicas, in the caller's transaction."""
    emergency = operations.is_emergency(operation)
    # Deferring needs no connection but the caller's: the connector's own is never opened.
    task = App(connector=SyncPsycopgConnector()).configure_task(
        TASK,
        queue=EMERGENCY_QUEUE if emergency else QUEUE,
        priority=EMERGENCY_PRIORITY if emergency else 0,
        # Drills take long, and never take more than one of the workers.
        lock="drill" if operation.kind is Kind.DRILL else None,
        connection=connection,
    )
    with connection.transaction():
        task.defer(operation=operation.id)


def at_work(connection: Connection[Any]) -> bool:
    """Whether some process takes up what is handed over, as far as it gave a sign of life lately."""
    found: bool = only_row(connection, "jobs_at_work", {"stalled": STALLED})[0]
    return found


class _PutBack(BaseRetryStrategy):
    """A job that was not begun because the bot stops is put back; any other ended for good."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        return RetryDecision() if isinstance(exception, JobAborted) else None


class Jobs:
    """Runs operations that were handed over, in threads of this process."""

    def __init__(self, dsn: str, run: Run, on_death: Callable[[str], object]) -> None:
        """`run` gets an operation's id and whether to stop; `on_death` a reason, when the workers ended."""
        self._dsn = dsn
        self._run = run
        self._on_death = on_death
        self._app = App(connector=SyncPsycopgConnector())
        self._app.task(name=TASK, pass_context=True, retry=_PutBack())(self._work)
        self._thread = Thread(target=self._main, name="jobs")
        self._begun = Event()
        self._stopping = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing new, ask what runs to end, and wait for it. Safe to repeat."""
        self._stopping.set()
        if not self._thread.is_alive():
            return
        self._begun.wait()
        if self._loop is not None:
            # The loop may have closed by itself just now.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join()

    def _work(self, context: JobContext, *, operation: str) -> None:
        if context.should_abort():
            raise JobAborted
        self._run(operation, context.should_abort)

    def _main(self) -> None:
        reason = "the job workers ended by themselves"
        try:
            asyncio.run(self._serve())
        except Exception as error:
            log.exception("the job workers ended")
            reason = f"{reason}: {error}"
        finally:
            self._begun.set()
            if not self._stopping.is_set():
                self._on_death(reason)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        threads = sum(lane.concurrency for lane in LANES) + 2
        # The loop's own pool has too few threads on a small machine.
        self._loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
        connector = PsycopgConnector(
            conninfo=self._dsn,
            kwargs={**SESSION, "application_name": "secondkey/jobs"},
            min_size=1,
            max_size=threads,
            timeout=AWAY,
            reconnect_timeout=RECONNECT,
            reconnect_failed=_begin_anew,
        )
        app = self._app.with_connector(connector)
        async with app.open_async():
            await _together(app, [_worker(app, lane) for lane in LANES], self._asked, connector.pool)


async def _begin_anew(pool: AsyncConnectionPool[Any]) -> None:
    """As the store's pool does."""
    await pool.resize(0, pool.max_size)
    await pool.resize(1, pool.max_size)


def _worker(app: App, lane: Lane) -> Worker:
    return Worker(
        app,
        queues=lane.queues and list(lane.queues),
        name="-".join(lane.queues or ("all",)),
        concurrency=lane.concurrency,
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=STALLED,
        fetch_job_polling_interval=POLL,
        abort_job_polling_interval=POLL,
        shutdown_graceful_timeout=GRACE,
    )


async def _together(
    app: App, workers: list[Worker], asked: asyncio.Event, pool: AsyncConnectionPool[Any]
) -> None:
    """Run the workers and what looks after them, until asked to stop; the first that ends ends all."""
    tasks = [asyncio.create_task(_run(worker)) for worker in workers]
    tasks.append(asyncio.create_task(_look_after(app, workers, asked)))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    asked.set()
    for worker in workers:
        worker.stop()  # type: ignore[no-untyped-call] # its annotations leave the result out
    await _ended(tasks, pool)
    failures = [failure for failure in (task.exception() for task in tasks) if failure is not None]
    if failures:
        raise failures[0]


async def _run(worker: Worker) -> None:
    await worker.run()  # type: ignore[no-untyped-call] # as above


async def _ended(tasks: Sequence[asyncio.Task[None]], pool: AsyncConnectionPool[Any]) -> None:
    """Wait until the tasks have ended. A worker cancels its helpers, and Python 3.11 may lose that when it
    comes while a query ends: it is repeated."""
    while (await asyncio.wait(tasks, timeout=1))[1]:
        for task in asyncio.all_tasks():
            if task.get_name() in _HELPERS:
                task.cancel()
        await _close_where_away(pool)


async def _close_where_away(pool: AsyncConnectionPool[Any]) -> None:
    """Nobody waits any longer to record how jobs ended: whoever stops the bot would not wait so long. A job
    whose end is not recorded comes back, and finds its operation as it is."""
    if pool.closed:
        return
    try:
        async with pool.connection(LAST_WORD) as connection:
            await connection.execute("SELECT 1")
    except OperationalError as away:
        log.warning("how jobs ended is not recorded in the queue", reason=str(away))
        await pool.close()


async def _look_after(app: App, workers: list[Worker], asked: asyncio.Event) -> None:
    """Sweep until asked to stop; raises when the bot's own database was away for too long."""
    clock = asyncio.get_running_loop().time
    heard = clock()
    while not asked.is_set():
        try:
            await _give_signs_of_life(app, workers)
            # Where it was away for so long, nobody could be heard: they are given time until the next round.
            if clock() - heard < STALLED:
                await _sweep(app)
            heard = clock()
        except ConnectorException as error:
            log.warning("the job queue cannot be reached", reason=str(error.__cause__ or error))
            if clock() - heard > STALLED:
                raise
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), SWEEP)


async def _give_signs_of_life(app: App, workers: list[Worker]) -> None:
    for worker in workers:
        # A worker's own heartbeat ends for good at the first error, and nobody is told.
        if worker.worker_id is not None:
            await app.job_manager.update_heartbeat(worker.worker_id)


async def _sweep(app: App) -> None:
    await app.connector.execute_query_all_async(query("jobs_stalled"), stalled=STALLED)
    await app.connector.execute_query_all_async(
        query("jobs_missing"),
        stale=STALLED,
        task=TASK,
        queue=QUEUE,
        emergency_queue=EMERGENCY_QUEUE,
        emergency_priority=EMERGENCY_PRIORITY,
    )
