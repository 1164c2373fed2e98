"""`/backup`: one dump, counted in its own snapshot, signed, read back, and restored elsewhere as a proof."""

import time
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

from bot.config import Database
from bot.domain.backup import (
    Archive,
    Backup,
    Kind,
    Manifest,
    Tools,
    new_backup_id,
)
from bot.domain.catalogue import moves_baseline
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation
from bot.domain.state import State
from bot.errors import NotFound, Refused
from bot.operations.attempt import Attempt, conclude, show
from bot.operations.observing import compare, questions
from bot.operations.proving import prove
from bot.operations.services import Services
from bot.postgres import dump, installation
from bot.postgres.connection import connect, refuse_pooler
from bot.postgres.installation import Installation
from bot.postgres.state import Snapshot, open_snapshot
from bot.repository.folder import first_proof
from bot.slack.views import backup as view
from bot.store import audit, backups, baselines, operations

#: Backups that one person may ask for in an hour; an emergency one is never counted out.
AN_HOUR = 6
#: From this share on a dump is finished although Secondkey is stopping.
NEARLY_DONE = 0.9
#: An archive is about this share of the database where there is no earlier backup to tell.
USUAL_SHARE = 0.25


def request(services: Services, database: str, kind: Kind, reason: str, by: str, channel: str) -> Operation:
    """Record that a backup was asked for, and hand it to the worker.

    Raises `NotFound`, and `Refused` where one is already running or the person asked too often.
    """
    services.database(database)
    services.repository.keys.refuse_if_lost()
    now = services.store.now()
    with services.store.transaction() as connection:
        if kind is not Kind.EMERGENCY:
            _refuse_too_many(
                operations.requests_of(connection, by, OperationKind.BACKUP, now - timedelta(hours=1))
            )
        operation = operations.create(
            connection,
            kind=OperationKind.BACKUP,
            database=database,
            requested_by=by,
            request={
                "backup_id": new_backup_id(now),
                "kind": kind.value,
                "reason": reason,
                "channel": channel,
            },
        )
        audit.append(
            connection, actor=by, action="backup.requested", subject=database, detail=operation.request
        )
        show(connection, operation, view.requested(operation))
        services.defer(connection, operation)
    return operation


def run(attempt: Attempt) -> None:
    """Make the backup and prove it. An earlier attempt's finished archive is proven, not made again."""
    operation = attempt.operation
    backup = _made_before(attempt) or _make(attempt)
    if attempt.should_stop():
        backup = _not_proven(backup)
    else:
        backup = prove(
            attempt.services,
            backup,
            on_progress=lambda what: attempt.progress(view.proving(operation, backup, what)),
            should_stop=attempt.should_stop,
        )
    verdict = judge(compare(attempt.services, operation.database, backup.manifest.state))
    with attempt.ending() as connection:
        backups.record(connection, backup)
        if moves_baseline(verdict, backup):
            baselines.save(
                connection, operation.database, backup.manifest.state, by=f"backup {backup.id}", pinned=False
            )
        operations.finish(connection, operation.id, attempt.token, {"backup_id": backup.id})
        audit.append(
            connection,
            actor=operation.requested_by,
            action="backup.done",
            subject=backup.manifest.database,
            detail=_for_the_log(backup),
        )
        conclude(connection, operation, view.done(backup))


def _expected_bytes(services: Services, name: str, state: State) -> int:
    """About how large the archive will be: as the newest backup was, in proportion to the database."""
    with services.store.transaction() as connection:
        known = backups.list_backups(connection, name)
    earlier = next((backup.manifest for backup in known if backup.manifest.state.size_bytes), None)
    if earlier is None:
        return int(state.size_bytes * USUAL_SHARE)
    return int(earlier.archive.bytes * state.size_bytes / earlier.state.size_bytes)


def _not_proven(backup: Backup) -> Backup:
    """Secondkey is stopping: the archive is whole and signed, and the proof is left for later."""
    reason = "Secondkey was stopped before the restore test"
    return replace(backup, proof=replace(backup.proof, not_tested_because=reason))


def _refuse_pooler(dsn: str, database: Database, attempt: Attempt) -> None:
    """A pooler between the sessions would give the dump another server connection than the snapshot's."""
    with connect(
        dsn, purpose=attempt.purpose, maintenance_database=database.maintenance_database
    ) as connection:
        refuse_pooler(connection)


def _refuse_too_many(asked: int) -> None:
    if asked >= AN_HOUR:
        raise Refused(
            "too-many-backups",
            f"you asked for {asked} backups within the last hour; {AN_HOUR} is the most",
            "use the newest one (`/backup list`), or `/backup emergency REASON` if data is in danger now",
        )


def _for_the_log(backup: Backup) -> dict[str, str]:
    return {
        "id": backup.id,
        "sha256": backup.manifest.archive.sha256,
        "level": backup.proof.level.value,
        "health": backup.proof.health.value,
        "corrupt": backup.corrupt,
    }


def _made_before(attempt: Attempt) -> Backup | None:
    services, operation = attempt.services, attempt.operation
    services.repository.discard_unfinished(operation.database, operation.request["backup_id"])
    try:
        return services.repository.load(operation.request["backup_id"], operation.database)
    except NotFound:
        return None


def _make(attempt: Attempt) -> Backup:
    """Dump, manifest, signature. The state is counted first: its locks then hold until the dump has ended."""
    services, name = attempt.services, attempt.operation.database
    database = services.database(name)
    dsn = database.dsn.get_secret_value()
    _refuse_pooler(dsn, database, attempt)
    started = time.monotonic()
    with open_snapshot(
        dsn,
        purpose=attempt.purpose,
        maintenance_database=database.maintenance_database,
        keep_locks=True,
    ) as snapshot:
        programs = installation.find(snapshot.identity.major, services.settings.programs.directories)
        state = snapshot.read_state(
            questions(services, database),
            lambda at: attempt.progress(view.counting(attempt.operation, at.table, at.done, at.total)),
            attempt.should_stop,
        )
        archive = _dump(attempt, snapshot, programs, database, _expected_bytes(services, name, state))
        properties, roles = snapshot.read_properties(), snapshot.read_roles()
    health, because = health_of(judge(compare(services, name, state)))
    operation = attempt.operation
    manifest = Manifest(
        id=operation.request["backup_id"],
        database=name,
        kind=Kind(operation.request["kind"]),
        reason=operation.request["reason"],
        requested_by=operation.requested_by,
        release=None,
        created_at=state.taken_at,
        seconds=time.monotonic() - started,
        state=state,
        properties=properties,
        roles=roles,
        archive=archive,
        tools=Tools(
            pg_dump=programs.version, server=state.identity.server_version, secondkey=version("secondkey")
        ),
        health=health,
        suspect_because=because,
    )
    services.repository.save_manifest(manifest)
    backup = Backup(manifest=manifest, proof=first_proof(manifest))
    with services.store.transaction() as connection:
        backups.record(connection, backup)
    return backup


def _dump(
    attempt: Attempt, snapshot: Snapshot, programs: Installation, database: Database, expected: int
) -> Archive:
    operation = attempt.operation
    compression = dump.choose_compression(programs, snapshot.identity.major)
    with attempt.services.repository.open_archive(
        operation.database, operation.request["backup_id"], expected_bytes=expected
    ) as archive:
        dump.dump(
            programs,
            database.dsn.get_secret_value(),
            snapshot.id,
            archive.write,
            purpose=attempt.purpose,
            compression=compression,
            lock_wait=database.lock_wait,
            on_progress=lambda at: attempt.progress(view.dumping(operation, at.bytes, expected, at.table)),
            should_stop=lambda: attempt.should_stop() and archive.bytes < NEARLY_DONE * expected,
        )
        return Archive(bytes=archive.bytes, sha256=archive.sha256, compression=compression)
