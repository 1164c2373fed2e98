"""`/restore`: an approved restore or undo, from the second key to the report.

The copy is ready and proven before anything happens to the live database. Until the fence goes up a veto
stops it; what fails before the swap leaves the live database as it was, and what fails after it stays stopped
and can be undone.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot import wording
from bot.domain.operation import Progress
from bot.domain.state import State, TableName
from bot.errors import CommandFailed, Refused
from bot.operations import approval, traffic
from bot.operations.acting import Act, Candidate
from bot.operations.attempt import Attempt, Ghost
from bot.operations.copies import admin_dsn
from bot.operations.observing import questions
from bot.operations.obstacles import raise_all
from bot.operations.planning import Memory, Situation, remember
from bot.operations.restored import Swapped, finish
from bot.operations.retreat import StillFenced, put_back, settle
from bot.operations.vetoes import Vetoed
from bot.postgres.carry_over import carry_over, properties_of
from bot.postgres.fence import Client, put_up
from bot.postgres.last_look import last_look
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.readiness import check_swap
from bot.postgres.swap import swap, swap_obstacles
from bot.programs import Stopped
from bot.repository.faults import BackupFault
from bot.store import operations

LOOK_AGAIN, STOP, SWAP = "facts and votes once more", "stop traffic", "fence and swap"
#: How often is looked whether the copy that is being made is ready, in seconds.
LOOK = 1.0


def run(attempt: Attempt) -> None:
    """Carry out what was approved; one that an earlier attempt began is brought to a safe end."""
    act = Act(attempt)
    if act.journal.begun_before:
        settle(act)
        return
    try:
        approval.confirm(act.services, act.operation.id, act.look().facts, attempt.should_stop)
        candidate = _candidate(act)
    except BackupFault as fault:
        raise CommandFailed(f"{fault.reason}; {_untouched(act)}", fault.hint) from fault
    try:
        with act.lease() as lease:
            found = _once_more(act, lease, candidate)
            finish(act, lease, _swap_without_traffic(act, lease, candidate, found))
    except (LeaseLost, StillFenced):
        # Whoever ended the session may have taken over; else nobody would lift the fence.
        attempt.confirm()
        settle(act)


def _candidate(act: Act) -> Candidate:
    """Ready and proven; raises `Refused` where somebody says no meanwhile."""
    try:
        with act.journal.step("set-aside database read" if act.undoes else "copy ready"):
            _wait_for_preparation(act)
            return act.candidate()
    except Stopped:
        approval.approved(approval.load(act.services, act.request.id))
        raise


def _untouched(act: Act) -> str:
    return f"nothing was changed: the database {act.names.live} is as it was, and its traffic was not touched"


def _wait_for_preparation(act: Act) -> None:
    """Whoever prepares the copy holds the lease: it is not to be taken away."""
    vetoed = Vetoed(act.services, act.request.id)
    while True:
        with act.services.store.transaction() as connection:
            preparation = operations.load(connection, act.operation.request["preparation"])
        if preparation.progress in {Progress.DONE, Progress.FAILED}:
            return
        if vetoed() or act.attempt.should_stop():
            raise Stopped
        act.journal.progress("still being restored beside")
        act.attempt.ghost.wait(LOOK)


def _once_more(act: Act, lease: Lease, candidate: Candidate) -> Situation:
    """The last look while traffic runs: a Slack that is away is waited for here, where that costs nobody."""
    with act.journal.step(LOOK_AGAIN):
        found = act.look()
        approval.confirm(act.services, act.operation.id, found.facts, act.attempt.should_stop)
        _refuse_obstacles(act, lease, candidate)
    return found


def _refuse_obstacles(act: Act, lease: Lease, candidate: Candidate) -> None:
    """What came in the way since it was asked for would end it behind the fence: here it costs nobody."""
    try:
        with lease.acting() as connection:
            raise_all(check_swap(connection, act.names.live, candidate.name))
    except Refused as found:
        raise Refused(
            found.code,
            f"{found.reason}; {_untouched(act)}",
            f"{found.hint}\n`{act.request.plan.again}` asks again then",
        ) from found


def _swap_without_traffic(act: Act, lease: Lease, candidate: Candidate, found: Situation) -> Swapped:
    """Stop traffic, fence, swap; whatever fails before that puts everything back as it was found."""
    with act.services.store.transaction() as connection:
        before = traffic.stopped(connection, act.database)
    closed = before is not None and before.fenced
    now = act.services.store.now()
    since = before.since if before else now
    try:
        with act.journal.step(
            STOP, since=since.isoformat(), found_stopped=before is not None, found_closed=closed
        ) as told:
            told.said = traffic.stop(act.services, act.database, act.by, now)
        act.journal.begin(SWAP, candidate=candidate.name, candidate_oid=candidate.oid)
        swapped, said = _swap(act, lease, candidate, found)
    except (Ghost, LeaseLost):
        raise
    except BaseException as failure:
        raise put_back(act, lease, failure) from failure
    act.journal.end(said)
    return swapped


def _swap(act: Act, lease: Lease, candidate: Candidate, found: Situation) -> tuple[Swapped, str]:
    """Everything between the last look at the votes and the moment that the live name is open again.

    From the fence on Slack is not needed. What changed since `found` is seen behind it.
    """
    names, admin = act.names, admin_dsn(act.services, act.database)
    # Only counts are bound: a team's own checks would make the outage longer.
    configured = act.services.database(act.database)
    asked = replace(questions(act.services.settings, configured), expectations=(), checks=())
    raise_all(swap_obstacles(lease.connection, names.live))
    act.request = approval.use_up(act.services, act.operation.id, found.facts, act.attempt.should_stop)
    memory = remember(act.services, act.database)
    with last_look(lease, names) as look:
        look.read_ahead(asked)
        began = time.monotonic()
        ended = put_up(lease, [names.live, names.candidate], spare=look.pids, admin_dsn=admin)
        if (live := look.read_live(asked)) is not None:
            found = _unchanged(act, memory, live)
        _refuse_written(look.written_since(candidate.state), candidate)
        if act.undoes and (properties := properties_of(lease.connection, names.live)):
            left = carry_over(lease, names.candidate, properties, admin_dsn=admin, called=names.live)
            candidate = replace(candidate, for_a_dba=left)
        behind = look.raise_sequences()
    live_oid = live.identity.database_oid if live else None
    seconds = swap(lease, names, live_oid=live_oid, candidate_oid=candidate.oid)
    closed = timedelta(seconds=time.monotonic() - began)
    swapped = Swapped(candidate=candidate, closed=closed, changes=found.changes)
    return swapped, _said(ended, seconds, behind)


def _unchanged(act: Act, memory: Memory, live: State) -> Situation:
    """Nobody is in the database by now: these are the facts that count. Raises `Refused`."""
    found = act.judge(memory, live)
    if changed := approval.differences(act.services, act.request, found.facts):
        raise Refused(
            "approval-void",
            f"the live database changed until the fence was up: {'; '.join(changed)}",
            f"`{act.request.plan.again}` asks again, with fresh facts",
        )
    return found


def _refuse_written(tables: Sequence[TableName], candidate: Candidate) -> None:
    """What was compared is what goes live: nobody else had anything to do in there."""
    if tables:
        named = wording.listed([name.short for name in tables])
        raise CommandFailed(
            f"somebody wrote to {candidate.name} after it was compared, in {named}; nothing was swapped"
        )


def _said(ended: Sequence[Client], seconds: float, behind: Sequence[str]) -> str:
    ours = [client.application for client in ended if client.application.startswith("secondkey/")]
    parts = [
        f"{wording.plural(len(ended), 'session')} ended",
        *([f"of these Secondkey's own: {wording.listed(ours)}"] if ours else []),
        f"names swapped in {wording.duration(seconds)}",
        *([f"sequences left as they are: {wording.listed(list(behind))}"] if behind else []),
    ]
    return ", ".join(parts)
