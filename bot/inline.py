"""Operations run to their end by whoever asks: the command line, beside a running bot or without one."""

import getpass
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from bot.asked import Asked
from bot.config import Settings
from bot.domain import grammar
from bot.domain.backup import Backup, Kind
from bot.domain.deploying.plan import ReleasePlan
from bot.domain.drill import Drill
from bot.domain.operation import Operation, Progress
from bot.domain.rehearsal import Rehearsal
from bot.errors import CommandFailed, RefusalCode, Refused, UsageError
from bot.operations import accept, backup, catalogue, drilled, drilling, rehearsing, runner, switching, verify
from bot.operations.deploying import plan_document
from bot.operations.observing import Reading
from bot.operations.services import Services
from bot.postgres.restore_failures import NotTestable
from bot.programs import Stopped
from bot.store import operations

Watch = Callable[[str], object]
#: How often an operation that a bot took over is looked at, in seconds.
LOOK = 0.3
_NOTHING_LEFT = "nothing of the copy is left, and production was not touched"


def back_up(services: Services, words: str, watch: Watch) -> Backup:
    """`/backup` as typed; raises what the operation raised."""
    command = grammar.parse_backup(words, list(services.settings.databases))
    if not isinstance(command, grammar.Backup):
        raise UsageError(
            "this is not a backup to be made", "secondkey backup [emergency] [database] [reason]"
        )
    kind = Kind.EMERGENCY if command.emergency else Kind.MANUAL
    channel = services.database(command.database).channel
    operation = backup.request(services, command.database, kind, command.reason, login(), channel)
    finished = to_its_end(services, operation, watch)
    return catalogue.find(services, finished.result["backup_id"])


def check(
    services: Services, command: grammar.Verify | grammar.Retest | grammar.Help, watch: Watch
) -> tuple[Operation, Backup | None]:
    """`/verify`: the finished operation, and the backup where one was restore-tested again."""
    match command:
        case grammar.Verify(database=database):
            channel = services.database(database).channel
            return to_its_end(services, verify.request(services, database, login(), channel), watch), None
        case grammar.Retest(id=backup_id):
            channel = services.database(catalogue.find(services, backup_id).manifest.database).channel
            operation = verify.request_retest(services, backup_id, login(), channel)
            return to_its_end(services, operation, watch), catalogue.find(services, backup_id)
        case grammar.Help():
            raise UsageError("name what to verify", "secondkey verify [database | accept | B-…]")


def pin(services: Services, database: str, reason: str, watch: Watch) -> Operation:
    """`/verify accept`; raises what that raised, and `Refused` where it takes two people."""
    channel = services.database(database).channel
    return to_its_end(services, accept.request(services, database, reason, login(), channel), watch)


def switch(services: Services, act: switching.Act, database: str, reason: str, watch: Watch) -> None:
    """`/traffic stop` or `start`; raises what that raised, and `Refused` where it takes two people."""
    channel = services.database(database).channel
    to_its_end(services, act(services, database, reason, login(), channel), watch)


def drill(services: Services, database: str | None, backup_id: str | None, watch: Watch) -> list[Drill]:
    """`/drill`: what it came to, the newest backup first; raises what that raised."""
    name = database or drilling.database_of(services, backup_id)
    channel = services.database(name).channel
    operation = drilling.request(services, name, backup_id, login(), channel)
    return drilled.of(services, to_its_end(services, operation, watch).id)


def rehearse(
    services: Services,
    database: str | None,
    release: str,
    command: rehearsing.Command,
    backup_id: str | None,
    watch: Watch,
    on_line: Watch,
) -> Rehearsal:
    """See `rehearsing.rehearse`; the only protected database need not be named."""
    database = the_database(services.settings, database)
    try:
        with interruptible() as interrupted:
            return rehearsing.rehearse(
                services, database, release, command, login(),
                backup_id=backup_id, on_progress=watch, on_line=on_line, should_stop=interrupted,
            )  # fmt: skip
    except Stopped as stopped:
        raise CommandFailed(f"the rehearsal was stopped; {_NOTHING_LEFT}") from stopped
    except NotTestable as lack:
        raise CommandFailed(
            f"nothing is known of the release: {lack.reason}; {_NOTHING_LEFT}", lack.hint
        ) from lack


def plan(
    services: Services, database: str | None, release: str, migrations: Path | None, watch: Watch
) -> ReleasePlan:
    """See `plan_document.gather`; the only protected database need not be named."""
    database = the_database(services.settings, database)
    watch(f"looking at {database}")
    try:
        with interruptible() as interrupted:
            reading = Reading(purpose="plan", should_stop=interrupted)
            return plan_document.gather(services, database, release, migrations, reading)
    except Stopped as stopped:
        raise CommandFailed("the plan was stopped; nothing was written") from stopped


def the_database(settings: Settings, named: str | None) -> str:
    """The only protected database need not be named; raises `UsageError` where there are several."""
    names = list(settings.databases)
    if named is None and len(names) > 1:
        raise UsageError("several databases are protected: say which", f"--database {' or '.join(names)}")
    return named or names[0]


def login() -> str:
    """Who asks on a command line; nobody proves who that is."""
    return f"cli:{getpass.getuser()}"


def to_its_end(services: Services, operation: Operation, watch: Watch) -> Operation:
    with interruptible() as interrupted:
        finished = _finished(services, operation.id, interrupted, watch)
    raise_failure(finished)
    return finished


def raise_failure(operation: Operation) -> None:
    """Raise what an operation ended with, if it did not end well."""
    if operation.refused:
        raise Refused(cast("RefusalCode", operation.refused), operation.problem, operation.hint)
    if operation.progress is Progress.FAILED:
        raise CommandFailed(operation.problem, operation.hint)


def _finished(
    services: Services, operation_id: str, interrupted: Callable[[], bool], watch: Watch
) -> Operation:
    """The operation once it has ended: a running bot may have taken it over, and may die with it."""
    while True:
        error = runner.run(services, operation_id, interrupted, watch)
        if error is not None:
            raise error
        with services.store.transaction() as connection:
            operation = operations.load(connection, operation_id)
        if operation.progress in (Progress.DONE, Progress.FAILED):
            return operation
        if interrupted():
            raise CommandFailed(
                f"{operation_id} is run by another process, and goes on there",
                "its message in Slack shows how it ends; `secondkey audit` says so too",
            )
        time.sleep(LOOK)


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end what runs here in order: what was begun is cleaned up and said."""
    asked = Asked()

    def stop(_signal: int, _frame: Any) -> None:
        asked.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
