"""`/verify accept`: people say that this is their database, as it is now. Identity and marker are pinned."""

from dataclasses import replace

from bot.domain.accepting import refuse_unless_one_person_may
from bot.domain.backup import Backup, Health
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.state import State
from bot.errors import CommandFailed
from bot.operations.attempt import Attempt, show
from bot.operations.observing import Reading, compare, read
from bot.operations.separation import refuse_state_on
from bot.operations.services import Services
from bot.postgres.adoption import write_marker
from bot.slack.views import verify as view
from bot.store import audit, backups, baselines, operations


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
        show(connection, operation, view.accepting(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Read the state, refuse what needs a second key, write the marker, pin."""
    services, operation = attempt.services, attempt.operation
    name = operation.database
    state = _read(attempt)
    refuse_state_on(services, name, state.identity.system_identifier)
    with services.store.transaction() as connection:
        before = baselines.current(connection, name)
        known = backups.list_backups(connection, name)
    refuse_unless_one_person_may(before, state, known, services.database(name).rules)
    state = _marked(services, name, state, attempt)
    with attempt.ending() as connection:
        baselines.save(connection, name, state, by=operation.requested_by, pinned=True)
        operations.finish(connection, operation.id, attempt.token, {"accepted": name})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="baseline.accepted",
            subject=name,
            detail={"system_identifier": state.identity.system_identifier, "oid": state.identity.database_oid,
                    "tables": len(state.tables), "rows": state.rows},
        )  # fmt: skip
        show(connection, operation, view.accepted(operation, state))
    for backup in known:
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
            f"{len(uncounted)} tables could not be counted ({', '.join(uncounted[:3])}); nothing was pinned",
            "`/verify` says why, and what to grant",
        )
    return state


def _marked(services: Services, name: str, state: State, attempt: Attempt) -> State:
    """The state with the marker that now says which database this is."""
    database = services.database(name)
    login = database.restore_dsn or database.dsn
    marker = write_marker(login.get_secret_value(), purpose=attempt.purpose)
    return replace(state, identity=replace(state.identity, marker=marker))


def _judge_again(services: Services, backup: Backup) -> None:
    """A backup of unknown health gets one by the first baseline; any other keeps what it was given."""
    if backup.proof.health is not Health.UNKNOWN:
        return
    health, because = health_of(judge(compare(services, backup.manifest.database, backup.manifest.state)))
    proof = replace(backup.proof, health=health, suspect_because=because)
    services.repository.save_proof(proof)
    with services.store.transaction() as connection:
        backups.record(connection, replace(backup, proof=proof))
