"""`/verify`: is this the right database, and is everything in it? `/verify ID`: does this backup restore?"""

from bot.domain.description import described
from bot.domain.findings import Verdict
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind, Operation
from bot.domain.state import State
from bot.operations import catalogue
from bot.operations.attempt import Attempt, conclude, show, show_rest
from bot.operations.observing import Reading, observe
from bot.operations.proving import prove
from bot.operations.services import Services
from bot.slack.views import backup as backup_view
from bot.slack.views import backup_rest, verify_rest
from bot.slack.views import verify as view
from bot.store import audit, backups, operations


def request(services: Services, database: str, by: str, channel: str) -> Operation:
    """Record that a verification was asked for, and hand it to the worker; raises `NotFound`."""
    services.database(database)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.VERIFY,
            database=database,
            requested_by=by,
            request={"channel": channel},
        )
        show(connection, operation, view.requested(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Read the state in a snapshot that changes nothing, and judge it."""
    operation = attempt.operation
    observation = observe(attempt.services, operation.database, reading_for(attempt))
    verdict = judge(observation)
    with attempt.ending() as connection:
        operations.finish(connection, operation.id, attempt.token, to_result(verdict, observation.state))
        audit.append(
            connection,
            actor=operation.requested_by,
            action="verify.done",
            subject=operation.database,
            detail={"verdict": verdict.outcome.value, "codes": [code.value for code in verdict.codes()]},
        )
        show(connection, operation, view.result(operation, observation, verdict))
        show_rest(connection, operation, verify_rest.rest(observation, verdict))


def reading_for(attempt: Attempt) -> Reading:
    """A way to read the operation's database that tells in its message how far it is."""
    operation = attempt.operation
    return Reading(
        purpose=attempt.purpose,
        on_progress=lambda at: attempt.progress(view.counting(operation, at.table, at.done, at.total)),
        should_stop=attempt.should_stop,
    )


def request_retest(services: Services, backup_id: str, by: str, channel: str) -> Operation:
    """Record that a backup is to be restore-tested again; raises `UsageError` and `NotFound`."""
    backup = catalogue.find(services, backup_id)
    with services.store.transaction() as connection:
        operation = operations.create(
            connection,
            kind=Kind.RESTORE_TEST,
            database=backup.manifest.database,
            requested_by=by,
            request={"backup_id": backup.id, "channel": channel},
        )
        show(connection, operation, backup_view.proving(operation, backup, "waiting for its turn"))
        services.defer(connection, operation)
    return operation


def retest(attempt: Attempt) -> None:
    """Read the backup back from the repository and restore it again, whatever the catalogue believes."""
    services, operation = attempt.services, attempt.operation
    backup = services.repository.load(operation.request["backup_id"], operation.database)
    backup = prove(
        services,
        backup,
        on_progress=lambda what: attempt.progress(backup_view.proving(operation, backup, what)),
        should_stop=attempt.should_stop,
    )
    with attempt.ending() as connection:
        backups.record(connection, backup)
        operations.finish(connection, operation.id, attempt.token, {"backup_id": backup.id})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="backup.retested",
            subject=operation.database,
            detail={"id": backup.id, "level": backup.proof.level.value, "corrupt": backup.corrupt},
        )
        conclude(connection, operation, backup_view.retested(operation, backup, services.store.now()))
        show_rest(connection, operation, backup_rest.rest(backup))


def to_result(verdict: Verdict, state: State | Unreadable) -> dict[str, object]:
    """The verdict as scripts read it: `verdict` is `pass`, `warn` or `block`; `findings` is a list.

    `state` is what was found, as `described` gives it; None where it could not be read.
    """
    return {
        "verdict": verdict.outcome.value,
        "findings": [
            {
                "code": found.code.value,
                "severity": found.severity.value,
                "subject": found.subject,
                "detail": found.detail,
                "hint": found.hint,
            }
            for found in verdict.findings
        ],
        "state": None if isinstance(state, Unreadable) else described(state),
    }
