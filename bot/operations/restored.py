"""After the swap: verified again, pinned, traffic started, reported. Each part may be repeated."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.backup import Health, Kind
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.restoring.changes import changes, worst_first
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.domain.restoring.verifying import unexplained
from bot.domain.state import Baseline, Identity, State
from bot.errors import CommandFailed
from bot.operations import traffic
from bot.operations.acting import Act, Candidate
from bot.operations.attempt import conclude
from bot.operations.incoming import read_beside
from bot.operations.observing import compare, read
from bot.postgres.candidate import mark
from bot.postgres.lease import Lease
from bot.postgres.stage import present
from bot.slack.views import restore as view
from bot.store import audit, baselines, made, operations

#: For so long what clients wrote may be missing in the server's counters, in seconds; and how often they are
#: read again.
LATE = 5.0
AGAIN = 0.5


def finish(act: Act, lease: Lease, candidate: Candidate, closed: float) -> None:
    """`closed` is for how many seconds the live name was.

    Raises `CommandFailed` where what is live is not what was approved: traffic then stays stopped.
    """
    identity = _settled(act, lease)
    with act.journal.step("verify again") as told:
        state = _verified(act, candidate, identity)
        told.said = f"{wording.plural(len(state.holders), 'table')} equal"
    _end(act, state, closed, candidate.for_a_dba)


def finish_interrupted(act: Act, lease: Lease) -> None:
    """The same where an earlier attempt swapped and was cut off: nobody knows what clients wrote since."""
    identity = _settled(act, lease)
    state = replace(_read(act), identity=identity)
    cut = "it was cut off after the swap: what is live was not compared once more"
    _end(act, state, None, (cut,))


def _settled(act: Act, lease: Lease) -> Identity:
    """The way back, and which database is ours now, are recorded before anything else can go wrong."""
    identity = mark(lease, act.names.live)
    there = present(lease.connection, [act.names.live, act.names.aside])
    server = act.request.plan.facts.bound["target"]["server"]
    with act.attempt.ending() as connection:
        made.gone(connection, server, there[act.names.live].oid)
        if (aside := there.get(act.names.aside)) is not None:
            made.record(
                connection,
                operation=act.operation.id,
                kind=MadeKind.ASIDE,
                database=act.database,
                name=act.names.aside,
                oid=aside.oid,
                system_identifier=server,
                source=act.source,
                checksum=str(aside.oid),
                keep=act.services.database(act.database).restore.keep_aside,
            )
        if (before := baselines.hold(connection, act.database)) is not None:
            pinned = replace(before.state, identity=identity)
            baselines.save(connection, act.database, pinned, by=act.by, pinned=True)
    return identity


def _verified(act: Act, candidate: Candidate, identity: Identity) -> State:
    deadline = time.monotonic() + LATE
    approved = act.incoming.state
    while True:
        state = _read(act)
        found = unexplained(approved, candidate.state, state)
        if identity.database_oid != candidate.oid:
            found = (f"another database is live, oid {identity.database_oid}", *found)
        if not found:
            return replace(state, identity=identity)
        if time.monotonic() > deadline:
            raise CommandFailed(
                f"what is live now is not what was approved: {wording.listed(list(found))}; "
                f"traffic was not started, and the former database is kept as {act.names.aside}",
                f"`/restore undo {act.database} REASON` brings it back",
            )
        Event().wait(AGAIN)


def _read(act: Act) -> State:
    state = read(act.services, act.database, act.reading)
    if isinstance(state, Unreadable):
        raise CommandFailed(
            f"the database is swapped and cannot be read: {state.reason}; traffic was not started, and the "
            f"former database is kept as {act.names.aside}",
            state.hint,
        )
    return state


def _end(act: Act, state: State, closed: float | None, notes: tuple[str, ...]) -> None:
    """Pin, start traffic, report."""
    with act.services.store.transaction() as connection:
        before = baselines.current(connection, act.database)
    with act.attempt.ending() as connection:
        _pin(connection, act, state)
    with act.journal.step("start traffic") as told:
        told.said, problem = _start_traffic(act)
    outage = _outage(act, closed)
    aside = _aside(act)
    left = read_beside(act.services, act.database, aside.name, act.reading) if aside else None
    _report(
        act,
        view.Outcome(
            source=act.source,
            tables=len(state.holders),
            rows=state.rows,
            changes=worst_first(changes(left, state if act.undoes else act.incoming.state, before)),
            outage=outage,
            aside=aside.name if aside else "",
            keep_until=aside.keep_until if aside else None,
            notes=(*problem, *notes),
        ),
    )


def _aside(act: Act) -> Made | None:
    """What this operation set aside."""
    with act.services.store.transaction() as connection:
        kept = made.there(connection, act.database, MadeKind.ASIDE)
    return next((each for each in kept if each.operation == act.operation.id), None)


def _pin(connection: Connection[Any], act: Act, state: State) -> None:
    """What is compared with moves to what is live now, where that is good in itself."""
    before = baselines.hold(connection, act.database)
    if _is_good(act, state, before):
        baselines.save(connection, act.database, state, by=act.by, pinned=True)


def _is_good(act: Act, state: State, before: Baseline | None) -> bool:
    if not act.undoes:
        backup = act.backup
        return backup.proof.health is Health.HEALTHY and backup.manifest.kind is not Kind.EMERGENCY
    if before is None:
        return False
    as_pinned = replace(state, identity=before.state.identity)
    health, _ = health_of(judge(compare(act.services, act.database, as_pinned)))
    return health is Health.HEALTHY


def _start_traffic(act: Act) -> tuple[str, tuple[str, ...]]:
    """What was done, and what is left to people."""
    try:
        return traffic.start(act.services, act.database, act.by), ()
    except CommandFailed as failed:
        return "failed", (f"⚠️ Traffic is not back: {failed.reason}; {failed.hint}",)


def _outage(act: Act, closed: float | None) -> timedelta:
    """From stop to start of traffic; without commands for as long as the name was closed."""
    if closed is not None and not act.services.database(act.database).traffic.stop:
        return timedelta(seconds=closed)
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
