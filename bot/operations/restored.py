"""After the swap: verified again, pinned, traffic started, reported. Each part may be repeated."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.alerting.alert import loss_in
from bot.domain.backup import Health, Kind
from bot.domain.observation import Unreadable
from bot.domain.restoring.changes import Change, changes, worst_first
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.domain.restoring.traffic import Stopped
from bot.domain.restoring.verifying import unexplained
from bot.domain.state import Baseline, Identity, State
from bot.errors import CommandFailed, SecondkeyError
from bot.operations import traffic
from bot.operations.acting import Act, Candidate
from bot.operations.alerting import reporting
from bot.operations.attempt import conclude
from bot.operations.copies import admin_dsn
from bot.operations.deploying import windows
from bot.operations.incoming import health, read_beside
from bot.operations.observing import Reading, read
from bot.postgres.fence import put_up
from bot.postgres.lease import Lease
from bot.postgres.stage import present
from bot.slack.views import restore as view
from bot.store import audit, baselines, made, operations
from bot.store.database import Away

#: For so long what clients wrote may be missing in the server's counters, in seconds; and how often they are
#: read again.
LATE = 5.0
AGAIN = 0.5
VERIFY = "verify again"
#: What is remembered of a check that failed: why.
FAILED_CHECK = "failed_check"


@dataclass(frozen=True, kw_only=True)
class Swapped:
    """What the swap itself tells."""

    candidate: Candidate
    #: for how long the live name was closed
    closed: timedelta
    #: from what was live to what is live now, counted behind the fence
    changes: tuple[Change, ...]


def finish(act: Act, lease: Lease, swapped: Swapped) -> None:
    """Raises `CommandFailed` where what is live is not what was approved: nobody gets in then."""
    candidate = swapped.candidate
    _record(act, lease, replace(candidate.state.identity, database_name=act.names.live))
    counted_at = act.services.store.now()
    with act.journal.step(VERIFY) as told:
        try:
            state = _verified(act, candidate)
        except CommandFailed as failed:
            raise _kept_out(act, lease, failed) from failed
        told.said = f"{wording.plural(len(state.holders), 'table')} equal"
    by_hand = tuple(f"⚠️ By hand, as superuser: `{statement}`" for statement in candidate.for_a_dba)
    _end(act, state, swapped.closed, swapped.changes, by_hand, counted_at)


def finish_interrupted(act: Act, lease: Lease) -> None:
    """The same where an earlier attempt swapped and was cut off: nobody knows what clients wrote since."""
    if failed := act.journal.facts.get(FAILED_CHECK):
        raise _kept_out(act, lease, CommandFailed(failed))
    found = "was found equal before" if act.journal.ended(VERIFY) else "was not compared once more"
    act.journal.cut_off()
    state = _read(act)
    _record(act, lease, state.identity)
    moved, uncounted = _left_behind(act, state)
    cut = f"⚠️ It was cut off after the swap: what is live {found}, and clients write to it."
    _end(act, state, None, moved, (cut, *uncounted), None)


def _left_behind(act: Act, state: State) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """What differs between the set-aside database and what is live by now; why nobody knows, where so."""
    if (aside := _aside(act)) is None:
        return (), ()
    try:
        before = read_beside(act.services, act.database, aside.name, act.reading)
    except SecondkeyError as failed:
        return (), (f"⚠️ What stayed behind in {aside.name} could not be counted: {failed.reason}.",)
    return changes(before, state, None), ()


def _record(act: Act, lease: Lease, identity: Identity) -> None:
    """The way back, and which database is ours now, before anything else can go wrong."""
    aside = present(lease.connection, [act.names.aside]).get(act.names.aside)
    with act.attempt.ending() as connection:
        made.gone(connection, identity.system_identifier, identity.database_oid)
        if aside is not None:
            made.record(
                connection,
                operation=act.operation.id,
                kind=MadeKind.ASIDE,
                database=act.database,
                name=act.names.aside,
                oid=aside.oid,
                system_identifier=identity.system_identifier,
                source=act.source,
                checksum=str(aside.oid),
                keep=act.services.database(act.database).restore.keep_aside,
            )
        if (before := baselines.hold(connection, act.database)) is not None:
            _save(connection, act, replace(before.state, identity=identity))
        windows.end_by_restore(act.services, connection, act.database, act.operation.id)


def _verified(act: Act, candidate: Candidate) -> State:
    deadline = time.monotonic() + LATE
    while True:
        state = _read(act)
        found = unexplained(act.incoming.state, candidate.state, state)
        if state.identity.database_oid != candidate.oid:
            found = (f"another database is live, oid {state.identity.database_oid}", *found)
        if not found:
            return state
        if time.monotonic() > deadline:
            raise CommandFailed(
                f"what is live now is not what was approved: {wording.listed(list(found))}; {_kept(act)}"
            )
        Event().wait(AGAIN)


def _kept_out(act: Act, lease: Lease, failed: CommandFailed) -> CommandFailed:
    """The check after the swap failed: the fence goes up, whatever becomes of the bot's own records.

    It is remembered first: whoever takes over must not start traffic.
    """
    try:
        act.journal.remember(**{FAILED_CHECK: failed.reason})
    finally:
        said = _shut(act, lease)
    return CommandFailed(f"{failed.reason}; {said}", failed.hint or _other_way(act))


def _shut(act: Act, lease: Lease) -> str:
    """Whatever was not proven keeps everybody out, with commands or without; in words, how that went."""
    try:
        put_up(lease, [act.names.live], admin_dsn=admin_dsn(act.services, act.database))
    except SecondkeyError as failed:
        return f"traffic was not started, but clients can get in: {failed.reason}"
    reason = "what is live was not proven to be what was approved"
    with act.attempt.ending() as connection:
        before = traffic.stopped(connection, act.database)
        now = before or Stopped(by=act.by, since=act.services.store.now(), reason=reason)
        traffic.remember(connection, act.database, replace(now, fenced=True))
    return "nobody gets in: the fence is up, and traffic was not started"


def _kept(act: Act) -> str:
    aside = _aside(act)
    return f"the former database is kept as {aside.name}" if aside else "there was no database before"


def _other_way(act: Act) -> str:
    if _aside(act):
        return f"`/restore undo {act.database} REASON` brings it back"
    return f"`/restore {act.database} B-… REASON` takes another backup"


def _read(act: Act) -> State:
    """Whoever stops Secondkey now waits until it is known what is live."""
    state = read(act.services, act.database, Reading(purpose=act.attempt.purpose))
    if isinstance(state, Unreadable):
        raise CommandFailed(
            f"the database is swapped and cannot be read: {state.reason}; {_kept(act)}",
            state.hint,
        )
    return state


def _end(
    act: Act,
    state: State,
    closed: timedelta | None,
    moved: tuple[Change, ...],
    notes: tuple[str, ...],
    counted_at: datetime | None,
) -> None:
    """Pin, start traffic, report. `counted_at`: since when what is live was counted and found equal."""
    with act.attempt.ending() as connection:
        unpinned = _pin(connection, act, state)
    with act.journal.step("start traffic") as told:
        told.said, back, problem = _start_traffic(act)
    if counted_at is not None and not unpinned:
        # A loss that comes right after it must not pass for the one that it answers. Where this cannot be
        # recorded now, the watch says a little later that it is over.
        with suppress(Away):
            reporting.resolve(act.services, loss_in(act.database), counted_at)
    aside = _aside(act)
    _report(
        act,
        view.Outcome(
            source=act.source,
            tables=len(state.holders),
            rows=state.rows,
            changes=worst_first(moved),
            outage=_outage(act, closed),
            compared=counted_at is not None,
            traffic=back,
            aside=aside.name if aside else "",
            keep_until=aside.keep_until if aside else None,
            notes=(*problem, *unpinned, *notes),
        ),
    )


def _aside(act: Act) -> Made | None:
    """What this operation set aside."""
    with act.services.store.transaction() as connection:
        kept = made.there(connection, act.database, MadeKind.ASIDE)
    return next((each for each in kept if each.operation == act.operation.id), None)


def _pin(connection: Connection[Any], act: Act, state: State) -> tuple[str, ...]:
    """What is compared with moves to what is live now, where that is good in itself; else that is said."""
    before = baselines.hold(connection, act.database)
    if _is_good(act, state, before):
        _save(connection, act, state)
        return ()
    if before is None:
        return (f"⚠️ Nothing is pinned to compare it with: `/verify accept {act.database}` pins it.",)
    return ("⚠️ It does not count as good: `/verify` goes on to compare with what was accepted before.",)


def _save(connection: Connection[Any], act: Act, state: State) -> None:
    approved_by = act.request.approved_by
    baselines.save(connection, act.database, state, by=act.by, pinned=True, approved_by=approved_by)


def _is_good(act: Act, state: State, before: Baseline | None) -> bool:
    """Suspect, unknown and emergency backups never move it, and neither does an undo to ruins."""
    if not act.undoes:
        backup = act.backup
        return backup.proof.health is Health.HEALTHY and backup.manifest.kind is not Kind.EMERGENCY
    return before is not None and health(act.services, act.database, state)[0] is Health.HEALTHY


def _start_traffic(act: Act) -> tuple[str, view.Traffic, tuple[str, ...]]:
    """What was done, what that came to, and what is left to people."""
    try:
        return traffic.start(act.services, act.database, act.by), view.Traffic.BACK, ()
    except CommandFailed as failed:
        left = f"{failed.reason}; {failed.hint}"
    with act.services.store.transaction() as connection:
        still = traffic.stopped(connection, act.database)
    if still:
        return "failed", view.Traffic.STOPPED, (f"⚠️ Traffic is not back: {left}",)
    return "started", view.Traffic.UNANSWERED, (f"⚠️ Traffic was started, and its check failed: {left}",)


def _outage(act: Act, closed: timedelta | None) -> timedelta:
    """From stop to start of traffic; where nothing stopped it before, for as long as the name was closed."""
    stopped = act.services.database(act.database).traffic.stop or act.journal.facts["found_stopped"]
    if closed is not None and not stopped:
        return closed
    return act.services.store.now() - datetime.fromisoformat(act.journal.facts["since"])


def _report(act: Act, outcome: view.Outcome) -> None:
    operation = act.operation
    with act.attempt.ending() as connection:
        result = act.journal.as_result(source=act.source, aside=outcome.aside, rows=outcome.rows)
        operations.finish(connection, operation.id, act.attempt.token, result)
        audit.append(
            connection,
            actor=act.by,
            action=f"{operation.kind.value}.done",
            subject=act.database,
            detail={"operation": operation.id, "source": act.source, "aside": outcome.aside,
                    "rows": outcome.rows, "seconds": round(outcome.outage.total_seconds(), 3)},
        )  # fmt: skip
        conclude(connection, operation, view.done(operation, act.approved, outcome, act.journal.steps))
