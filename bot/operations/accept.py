"""`/verify accept`: people say that this is their database, as it is now. Identity and marker are pinned."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import wording
from bot.domain.accepting import refuse_unless_one_person_may
from bot.domain.backup import Backup, Health, Proof
from bot.domain.description import described
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.state import Baseline, State
from bot.errors import CommandFailed, SecondkeyError
from bot.operations import swap_proofs
from bot.operations.attempt import Attempt, show
from bot.operations.catalogue import unfinished
from bot.operations.observing import Reading, compare, read
from bot.operations.separation import refuse_state_on
from bot.operations.services import Services
from bot.postgres.adoption import write_marker
from bot.repository.folder import Broken
from bot.slack.views import verify as view
from bot.store import audit, backups, baselines, operations
from bot.store.database import Away

log = structlog.get_logger()


def request(services: Services, database: str, by: str, channel: str) -> Operation:
    """Record that a database is to be accepted as it is, and hand it to the worker; raises `NotFound`."""
    services.database(database)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.ACCEPT,
            database=database,
            requested_by=by,
            request={"channel": channel},
        )
        audit.append(
            connection, actor=by, action="accept.requested", subject=database, detail=operation.request
        )
        show(connection, operation, view.accepting(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Read the state, refuse what needs a second key, write the marker, pin."""
    services, operation = attempt.services, attempt.operation
    name = operation.database
    state = _read(attempt)
    refuse_state_on(services, name, state.identity.system_identifier)
    known = services.repository.backups(name)
    with services.store.transaction() as connection:
        _refuse_unless_one_person_may(services, name, baselines.current(connection, name), state, known)
    state = _marked(services, name, state, attempt)
    proof = swap_proofs.prove(services, name)
    with attempt.ending() as connection:
        # Somebody else may have accepted another state meanwhile.
        _refuse_unless_one_person_may(services, name, baselines.hold(connection, name), state, known)
        baselines.save(connection, name, state, by=operation.requested_by, pinned=True)
        result = {"accepted": name, "pinned": described(state)}
        operations.finish(connection, operation.id, attempt.token, result)
        audit.append(
            connection,
            actor=operation.requested_by,
            action="baseline.accepted",
            subject=name,
            detail={"system_identifier": state.identity.system_identifier, "oid": state.identity.database_oid,
                    "tables": len(state.tables), "rows": state.rows},
        )  # fmt: skip
        lacks = proof.lacks if proof else ()
        show(connection, operation, view.accepted(operation, state, lacks, first_backup=not known))
    for backup in known:
        if isinstance(backup, Backup) and backup.proof.health is Health.UNKNOWN:
            _judge_again(services, backup)


def _read(attempt: Attempt) -> State:
    operation = attempt.operation
    reading = Reading(
        purpose=attempt.purpose,
        on_progress=lambda at: attempt.progress(view.counting(operation, at.table, at.done, at.total)),
        should_stop=attempt.should_stop,
    )
    state = read(attempt.services, operation.database, reading)
    if isinstance(state, Unreadable):
        raise CommandFailed(f"{state.reason}; nothing was pinned", state.hint)
    if uncounted := [table.name.short for table in state.tables if table.rows is None]:
        raise CommandFailed(
            f"{wording.plural(len(uncounted), 'table')} could not be counted "
            f"({wording.listed(uncounted, 3)}); nothing was pinned",
            f"`/verify {operation.database}` says why, and what to grant",
        )
    return state


def _refuse_unless_one_person_may(
    services: Services, name: str, before: Baseline | None, state: State, known: Sequence[Backup | Broken]
) -> None:
    """What the repository holds decides, not what the catalogue knows: that is lost with the baseline."""
    refuse_unless_one_person_may(
        before,
        state,
        [backup for backup in known if isinstance(backup, Backup)],
        services.database(name).rules,
        [entry.id for entry in known if isinstance(entry, Broken) and not unfinished(entry)],
    )


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
