"""What a terminal asks a second person for: a running bot does the work, and people decide in Slack."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import wording
from bot.domain.approval import Request, State
from bot.domain.incidents.incident import Incident
from bot.domain.operation import Operation, Progress
from bot.errors import NotFound, Pending, Refused
from bot.inline import interruptible, login, pin, raise_failure, switch, to_its_end
from bot.operations import accept as accepting
from bot.operations import approval, asking, floors, switching
from bot.operations.deploying import freezing, overriding
from bot.operations.incidents import closing, talking
from bot.operations.services import Services
from bot.store import incidents, jobs, operations, requests

Watch = Callable[[str], object]
#: Records what is wanted, with the services of whoever is to look at the database.
Ask = Callable[[Services], Operation]
#: How often is looked how far it is, in seconds.
LOOK = 0.3
_ENDED = frozenset({Progress.DONE, Progress.FAILED})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far something is that was asked for."""

    request: Request
    #: what carries it out; None until it is approved
    operation: Operation | None

    @property
    def over(self) -> bool:
        return self._ended or self.request.stopped

    def raise_failure(self) -> None:
        """Raise what it ended with, where that is nothing good: `Refused` or `CommandFailed`."""
        if self.operation is not None and self._ended:
            raise_failure(self.operation)
        elif self.request.stopped:
            approval.approved(self.request)

    @property
    def _ended(self) -> bool:
        return self.operation is not None and self.operation.progress in _ENDED


def restore(
    services: Services,
    database: str,
    backup_id: str | None,
    reason: str,
    limit: timedelta | None,
    watch: Watch,
) -> Standing:
    """Ask for a backup's restore, and wait as `wait` does. Raises as `asking.restore` does, what kept it from
    being asked, and `Pending` where this process is interrupted before."""
    return _carried_out(
        services, lambda there: asking.restore(there, database, backup_id, reason, login()), limit, watch
    )


def undo(services: Services, database: str, reason: str, limit: timedelta | None, watch: Watch) -> Standing:
    """Ask for the set-aside database; raises as `restore` does."""
    return _carried_out(services, lambda there: asking.undo(there, database, reason, login()), limit, watch)


def drop(
    services: Services, database: str, name: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing:
    """Ask whether a set-aside database may be dropped at once; raises as `restore` does."""
    return _carried_out(
        services, lambda there: asking.drop(there, database, name, reason, login()), limit, watch
    )


def delete(
    services: Services, backup_id: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing:
    """Ask whether a backup may be deleted before its time; raises as `restore` does."""
    return _carried_out(
        services, lambda there: asking.delete(there, backup_id, reason, login()), limit, watch
    )


def lower_retention(
    services: Services, database: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing:
    """Ask whether as few backups may be kept as the configuration says; raises as `restore` does."""
    return _carried_out(
        services, lambda there: floors.request(there, database, reason, login()), limit, watch
    )


def override(
    services: Services, database: str, release: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing:
    """Ask whether a release may begin although the gate says no; raises as `restore` does."""
    channel = services.database(database).channel
    return _carried_out(
        services,
        lambda there: overriding.request(there, database, release, reason, login(), channel),
        limit,
        watch,
    )


def accept(
    services: Services, database: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing | Operation:
    """Accept a database; the finished operation where that took nobody else.

    Where it takes a second person, a reason and a running bot are needed. Raises as `restore` does.
    """
    if not reason or not _bot_runs(services):
        return pin(services, database, reason, watch)
    channel = services.database(database).channel
    return _decided(
        services, lambda there: accepting.request(there, database, reason, login(), channel), limit, watch
    )


def thaw(
    services: Services, scope: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing | Operation:
    """Let deployments begin again; the finished operation where that took nobody else.

    Where data is missing, a running bot is needed. Raises as `restore` does.
    """
    if not _bot_runs(services):
        return to_its_end(services, freezing.thaw(services, scope, reason, login()), watch)
    return _decided(services, lambda there: freezing.thaw(there, scope, reason, login()), limit, watch)


def start_traffic(
    services: Services, database: str, reason: str, limit: timedelta | None, watch: Watch
) -> Standing | None:
    """Start traffic, through the bot where one runs; None where that took nobody else.

    Raises as `restore` does, and `Refused` where it takes two people and no bot runs.
    """
    if not _bot_runs(services):
        switch(services, switching.start, database, reason, watch)
        return None
    channel = services.database(database).channel
    found = _decided(
        services, lambda there: switching.start(there, database, reason, login(), channel), limit, watch
    )
    return found if isinstance(found, Standing) else None


def close_incident(services: Services, database: str, reason: str, watch: Watch, *, anyway: bool) -> Incident:
    """Once a running bot has closed it, and written its report; raises what kept it from that."""
    _refuse_without_bot(services)
    incident = talking.the_open(services, database)
    closing_it = closing.request(services, incident, reason, login(), anyway=anyway)
    watch(f"{closing_it.id} closes {incident.id}")
    with interruptible() as interrupted:
        while closing_it.progress not in _ENDED:
            if interrupted():
                raise Pending(f"{closing_it.id} goes on", "`/incident list` shows how it ends")
            time.sleep(LOOK)
            with services.store.transaction() as connection:
                closing_it = operations.load(connection, closing_it.id)
    raise_failure(closing_it)
    with services.store.transaction() as connection:
        return incidents.load(connection, incident.id)


def standing(services: Services, request_id: str) -> Standing:
    """Raises `NotFound`."""
    with services.store.transaction() as connection:
        request = requests.load(connection, request_id)
        try:
            operation = operations.load(connection, request_id)
        except NotFound:
            operation = None
    return Standing(request=request, operation=operation)


def wait(services: Services, request_id: str, limit: timedelta | None, watch: Watch) -> Standing:
    """How it ended; or how far it is after this time, or when this process is interrupted."""
    with interruptible() as interrupted:
        return _waited(services, request_id, limit, watch, interrupted)


def withdraw(services: Services, request_id: str) -> Standing:
    """Raises `NotFound`, and `Refused` where it is too late, and where it has ended."""
    approval.withdraw(services, request_id, login())
    return standing(services, request_id)


def _carried_out(services: Services, ask: Ask, limit: timedelta | None, watch: Watch) -> Standing:
    """What always takes a second person, and was carried out."""
    with interruptible() as interrupted:
        asked = _looked(services, ask, watch, interrupted).result["request"]
        return _waited(services, asked, limit, watch, interrupted)


def _decided(services: Services, ask: Ask, limit: timedelta | None, watch: Watch) -> Standing | Operation:
    """What may take a second person; the finished operation where nobody had to be asked."""
    with interruptible() as interrupted:
        ended = _looked(services, ask, watch, interrupted)
        request = ended.result.get("request")
        return _waited(services, request, limit, watch, interrupted) if request else ended


def _looked(services: Services, ask: Ask, watch: Watch, interrupted: Callable[[], bool]) -> Operation:
    """What looks at the database, as soon as people can decide, or as it was done without them."""
    _refuse_without_bot(services)
    preparation = ask(replace(services, defer=jobs.hand_over))
    watch(f"{preparation.id} looks at the database")
    while "request" not in preparation.result:
        raise_failure(preparation)
        if preparation.progress is Progress.DONE:
            break
        if interrupted():
            raise Pending(
                f"{preparation.id} still looks at the database, and goes on: people may be asked",
                "`/requests` shows it",
            )
        time.sleep(LOOK)
        with services.store.transaction() as connection:
            preparation = operations.load(connection, preparation.id)
    return preparation


def _waited(
    services: Services,
    request_id: str,
    limit: timedelta | None,
    watch: Watch,
    interrupted: Callable[[], bool],
) -> Standing:
    deadline = float("inf") if limit is None else time.monotonic() + limit.total_seconds()
    told = ""
    while not (found := standing(services, request_id)).over:
        if (now := _now(services, found)) != told:
            watch(now)
            told = now
        if interrupted() or time.monotonic() >= deadline:
            break
        time.sleep(LOOK)
    return found


def _refuse_without_bot(services: Services) -> None:
    if not _bot_runs(services):
        raise Refused(
            "bot-not-running",
            "no bot is running: nobody would post the request, and read the reactions; nothing was asked",
            "start it, with Slack's tokens: `secondkey run`; without Slack: docs/without-secondkey.md",
        )


def _bot_runs(services: Services) -> bool:
    with services.store.transaction() as connection:
        return jobs.at_work(connection)


def _now(services: Services, found: Standing) -> str:
    """In words, what is waited for."""
    where = "" if _bot_runs(services) else "; no bot is running, and nothing goes on until one does"
    request = found.request
    if request.state is State.PENDING:
        channel = services.database(request.plan.database).channel
        approvals = wording.progress(len(request.approved_by), request.needed, "approval")
        until = wording.moment(request.decide_by)
        return f"{request.id} waits in #{channel}: {approvals}, until {until}{where}"
    steps = found.operation.result.get("steps", []) if found.operation else []
    step = f": {steps[-1]['name']}" if steps else ""
    return f"{request.id} is approved and under way{step}{where}"
