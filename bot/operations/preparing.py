"""The first half of a restore: plan, ask, and restore beside while people decide. It destroys nothing."""

import time
from collections.abc import Sequence
from typing import Any

from bot.domain.approval import Plan as Proposal
from bot.domain.approval import Request
from bot.domain.backup import Backup
from bot.domain.operation import Kind
from bot.domain.restoring.choosing import refuse_unusable
from bot.domain.restoring.plan import Plan
from bot.domain.restoring.target import Found
from bot.domain.restoring.traffic import Prepare
from bot.errors import CommandFailed, Refused
from bot.operations import approval, copies, incoming, planning
from bot.operations.attempt import PROGRESS, Attempt
from bot.operations.observing import Reading
from bot.operations.obstacles import live_name, refuse_unready, refuse_unswappable
from bot.operations.proposing import propose, proposed
from bot.operations.vetoes import Vetoed
from bot.postgres.naming import Names, names_for_restore, names_for_undo
from bot.programs import Stopped
from bot.slack.views import restore_plan as view
from bot.store import drills, operations


def run(attempt: Attempt) -> None:
    """Ask once, however often this is begun, and have the copy ready as early as it is wanted."""
    services, operation = attempt.services, attempt.operation
    database = services.database(operation.database)
    if operation.request["act"] == Kind.UNDO:
        request = proposed(attempt) or _ask_undo(attempt)
    else:
        backup = services.repository.look_at(operation.database, operation.request["backup_id"])
        request = proposed(attempt) or _ask_restore(attempt, backup)
        if database.restore.prepare is Prepare.AT_REQUEST:
            _prepare(attempt, backup, request)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, {"request": request.id})


def _ask_restore(attempt: Attempt, backup: Backup) -> Request:
    services, operation = attempt.services, attempt.operation
    refuse_unusable(backup, operation.database)
    names = names_for_restore(live_name(services, operation.database), operation.id)
    with services.store.transaction() as connection:
        drill = drills.newest(connection, operation.database)
    plan = planning.plan(
        services,
        operation.database,
        incoming.of_backup(backup, drill),
        names=names,
        reading=_reading(attempt),
        passed_over=tuple(operation.request.get("passed_over", ())),
        left_out=refuse_unready(attempt, backup),
    )
    again = f"/restore {operation.database} {backup.id} REASON"
    return _ask(attempt, plan, Kind.RESTORE, {"backup_id": backup.id}, names, again)


def _ask_undo(attempt: Attempt) -> Request:
    services, operation = attempt.services, attempt.operation
    aside = incoming.newest_aside(services, operation.database)
    names = names_for_undo(live_name(services, operation.database), operation.id, aside.name)
    refuse_unswappable(attempt, aside.name)
    plan = planning.plan(
        services,
        operation.database,
        incoming.of_aside(services, aside, _reading(attempt)),
        names=names,
        reading=_reading(attempt),
    )
    again = f"/restore undo {operation.database} REASON"
    return _ask(attempt, plan, Kind.UNDO, {"aside": aside.operation}, names, again)


def _ask(attempt: Attempt, plan: Plan, kind: Kind, act: dict[str, Any], names: Names, again: str) -> Request:
    """Put the plan before people; that it was asked is recorded in the same moment."""
    services, operation = attempt.services, attempt.operation
    proposal = Proposal(
        kind=kind,
        database=operation.database,
        title=view.title(plan),
        lines=view.plan_lines(plan, services.store.now()),
        facts=plan.facts,
        act={**act, "preparation": operation.id, "target": plan.target.found.value, "names": vars(names)},
        again=again,
        undo="" if plan.target.absent else f"/restore undo {operation.database} REASON",
    )
    return propose(attempt, proposal)


def _prepare(attempt: Attempt, backup: Backup, request: Request) -> None:
    """Restore beside, told below the plan; a request that was denied meanwhile needs no copy."""
    notes, vetoed = _Notes(attempt, request.id), Vetoed(attempt.services, request.id)
    try:
        copy = copies.ready(
            attempt, order(backup, request), notes.tell, lambda: vetoed() or attempt.should_stop()
        )
    except Stopped:
        if attempt.should_stop():
            raise
    except (CommandFailed, Refused) as failed:
        notes.put(view.copy_failed(failed.reason))
        raise
    else:
        notes.put(view.copy_ready(copy.seconds, len(copy.state.holders)))


def order(backup: Backup, request: Request) -> copies.Order:
    """The copy that an approved request, or one that is being decided, wants."""
    return copies.Order(
        backup=backup,
        names=Names(**request.plan.act["names"]),
        found=Found(request.plan.act["target"]),
        server=request.plan.facts.bound["target"]["server"],
    )


class _Notes:
    """What stands below a plan while people decide."""

    def __init__(self, attempt: Attempt, request_id: str) -> None:
        self._services = attempt.services
        self._request = request_id
        self._told = float("-inf")

    def tell(self, what: str) -> None:
        """How far the copy is; what comes too fast is left out."""
        if time.monotonic() - self._told > PROGRESS:
            self._told = time.monotonic()
            self.put(view.copy_progress(what))

    def put(self, lines: Sequence[str]) -> None:
        with self._services.store.transaction() as connection:
            approval.note(connection, self._request, lines)


def _reading(attempt: Attempt) -> Reading:
    return Reading(purpose=attempt.purpose, should_stop=attempt.should_stop)
