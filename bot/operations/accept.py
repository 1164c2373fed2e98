"""`/verify accept`: people say that this is their database, as it is now. Identity and marker are pinned."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from psycopg import Connection

from bot import wording
from bot.domain.accepting import Lowered
from bot.domain.approval import Request
from bot.domain.backup import Backup, Health, Proof
from bot.domain.description import described
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.rehearsal import refuse_copy
from bot.domain.state import State
from bot.errors import CommandFailed, SecondkeyError
from bot.operations import approval, lowering, swap_proofs
from bot.operations.attempt import Attempt, conclude, show
from bot.operations.observing import compare, read
from bot.operations.proposing import proposed
from bot.operations.separation import refuse_state_on
from bot.operations.services import Services
from bot.operations.verify import reading_for
from bot.postgres.adoption import write_marker
from bot.repository.folder import Broken
from bot.slack.views import verify as view
from bot.store import audit, backups, baselines, operations
from bot.store.database import Away

log = structlog.get_logger()


def request(services: Services, database: str, reason: str, by: str, channel: str) -> Operation:
    """Record that a database is to be accepted as it is, and hand it to the worker; raises `NotFound`.

    The reason may be empty where accepting lowers nothing.
    """
    services.database(database)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.ACCEPT,
            database=database,
            requested_by=by,
            request={"channel": channel, "reason": reason},
        )
        audit.append(
            connection, actor=by, action="accept.requested", subject=database, detail=operation.request
        )
        show(connection, operation, view.accepting(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Pin what one person may accept, or what two did; where it takes a second person, ask."""
    services, operation = attempt.services, attempt.operation
    if (asked := proposed(attempt)) is not None:
        lowering.asked(attempt, asked)
        return
    request, state = approval.found(services, operation.id), _read(attempt)
    refuse_copy(state.identity)
    refuse_state_on(services, operation.database, state.identity.system_identifier)
    known = services.repository.backups(operation.database)
    with services.store.transaction() as connection:
        before = baselines.current(connection, operation.database)
    found = lowering.compared(services, operation.database, before, state, known)
    if request is not None:
        request = lowering.use_up(attempt, request, found, state)
    elif found:
        lowering.asked(attempt, lowering.ask(attempt, found, state))
        return
    _pin(attempt, state, known, request)
    for backup in known:
        if isinstance(backup, Backup) and backup.proof.health is Health.UNKNOWN:
            _judge_again(services, backup)


def _pin(attempt: Attempt, state: State, known: Sequence[Backup | Broken], request: Request | None) -> None:
    """Write the marker, and make the state the baseline."""
    services, operation = attempt.services, attempt.operation
    name, approved_by = operation.database, request.approved_by if request else ()
    marked = _marked(services, name, state, attempt)
    proof = swap_proofs.prove(services, name)
    with attempt.ending() as connection:
        # Somebody else may have accepted another state meanwhile.
        found = lowering.compared(services, name, baselines.hold(connection, name), state, known)
        lowering.refuse_moved(services, name, request, found, state)
        baselines.save(
            connection, name, marked, by=operation.requested_by, pinned=True, approved_by=approved_by
        )
        result = {"accepted": name, "pinned": described(marked), "approved_by": list(approved_by)}
        operations.finish(connection, operation.id, attempt.token, result)
        _log(connection, operation, marked, request, found)
        lacks = proof.lacks if proof else ()
        message = view.accepted(operation, marked, lacks, first_backup=not known, approved_by=approved_by)
        conclude(connection, operation, message)


def _log(
    connection: Connection[Any], operation: Operation, state: State, request: Request | None, found: Lowered
) -> None:
    identity = state.identity
    detail: dict[str, Any] = {
        "system_identifier": identity.system_identifier,
        "oid": identity.database_oid,
        "tables": len(state.tables),
        "rows": state.rows,
    }
    if request is not None:
        detail |= {
            "request": request.id,
            "approved_by": list(request.approved_by),
            "reason": request.reason,
            "lowered": found.words,
        }
    audit.append(
        connection,
        actor=operation.requested_by,
        action="baseline.accepted",
        subject=operation.database,
        detail=detail,
    )


def _read(attempt: Attempt) -> State:
    operation = attempt.operation
    state = read(attempt.services, operation.database, reading_for(attempt))
    if isinstance(state, Unreadable):
        raise CommandFailed(f"{state.reason}; nothing was pinned", state.hint)
    if uncounted := [table.name.short for table in state.tables if table.rows is None]:
        raise CommandFailed(
            f"{wording.plural(len(uncounted), 'table')} could not be counted "
            f"({wording.listed(uncounted, 3)}); nothing was pinned",
            f"`/verify {operation.database}` says why, and what to grant",
        )
    return state


def _marked(services: Services, name: str, state: State, attempt: Attempt) -> State:
    """The state with the marker that now says which database this is."""
    database = services.database(name)
    login = database.restore_dsn or database.dsn
    marker = write_marker(login.get_secret_value(), purpose=attempt.purpose, expected=state.identity)
    return replace(state, identity=replace(state.identity, marker=marker))


def _judge_again(services: Services, backup: Backup) -> None:
    """A backup of unknown health gets one by the first baseline; what cannot be judged stays unknown."""
    manifest = backup.manifest
    try:
        # It was made before the marker was written.
        observation = replace(compare(services, manifest.database, manifest.state), after_pinning=False)
        health, because = health_of(judge(observation), whole=not manifest.omissions)

        def judged(proof: Proof) -> Proof:
            return replace(proof, health=health, suspect_because=because)

        proof = services.repository.update_proof(manifest.database, backup.id, judged)
        with services.store.transaction() as connection:
            backups.record(connection, replace(backup, proof=proof))
    except (SecondkeyError, Away) as problem:
        log.warning("a backup could not be judged by the new baseline", backup=backup.id, reason=str(problem))
