"""`/backup`: one dump, counted in its own snapshot, signed, read back, and restored elsewhere as a proof."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import structlog
from psycopg import Connection

from bot import wording
from bot.domain.backup import (
    Backup,
    Kind,
    Level,
    Manifest,
    Proof,
    Tools,
    new_backup_id,
)
from bot.domain.catalogue import moves_baseline
from bot.domain.findings import Verdict
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.operation import Kind as OperationKind
from bot.domain.operation import Operation
from bot.domain.rehearsal import refuse_copy
from bot.domain.state import State
from bot.errors import CommandFailed, NotFound, Refused
from bot.operations.attempt import Attempt, Ghost, conclude, say_failed, show, show_rest
from bot.operations.dumping import Dumping
from bot.operations.observing import compare, questions
from bot.operations.proving import prove
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.state import open_snapshot
from bot.programs import Stopped
from bot.repository.folder import first_proof
from bot.slack.views import backup as view
from bot.slack.views import backup_rest
from bot.store import audit, backups, baselines, operations

log = structlog.get_logger()

#: Backups that one person may ask for in an hour. An emergency one is never counted, nor what failed.
AN_HOUR = 6
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
        if (dead := operations.close_abandoned(connection, database)) is not None:
            say_failed(connection, dead, CommandFailed(dead.problem, dead.hint))
        if kind is not Kind.EMERGENCY:
            _refuse_too_many(database, operations.backups_asked(connection, by, now - timedelta(hours=1)))
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
    """Make the backup and prove it."""
    operation = attempt.operation
    backup = made_and_proven(attempt)
    verdict = verdict_on(attempt, backup.manifest.state)
    with attempt.ending() as connection:
        keep(connection, operation, backup, verdict)
        operations.finish(connection, operation.id, attempt.token, {"backup_id": backup.id})
        if not operation.scheduled:
            lost = attempt.services.repository.keys.lost
            conclude(connection, operation, view.done(backup, key_lost=lost))
            show_rest(connection, operation, backup_rest.rest(backup))


def made_and_proven(attempt: Attempt) -> Backup:
    """The backup that the operation's request describes: `backup_id`, `kind`, `reason`, perhaps `release`.

    An earlier attempt's finished archive is proven, not made again.
    """
    return _proven(attempt, _made_before(attempt) or _make(attempt))


def keep(connection: Connection[Any], operation: Operation, backup: Backup, verdict: Verdict) -> None:
    """Record the backup; by this verdict on its state the baseline moves to that, where it may."""
    backups.record(connection, backup)
    baseline = baselines.hold(connection, operation.database)
    if moves_baseline(verdict, backup, _begun(operation), baseline):
        state = backup.manifest.state
        baselines.save(connection, operation.database, state, by=f"backup {backup.id}", pinned=False)
    audit.append(
        connection,
        actor=operation.requested_by,
        action="backup.done",
        subject=backup.manifest.database,
        detail=_for_the_log(backup),
    )


def _proven(attempt: Attempt, backup: Backup) -> Backup:
    """The backup, proven as far as that went: where Secondkey is stopping, it is kept as it is."""
    if not attempt.should_stop():
        try:
            return prove(
                attempt.services,
                backup,
                on_progress=lambda what: attempt.progress(view.proving(attempt.operation, backup, what)),
                should_stop=attempt.should_stop,
            )
        except Stopped:
            log.info("a restore test was stopped", operation=attempt.operation.id, backup=backup.id)
    if attempt.ghost.is_set():
        raise Ghost(attempt.operation.id)
    if attempt.operation.scheduled:
        raise Stopped
    proof = attempt.services.repository.update_proof(backup.manifest.database, backup.id, _not_proven)
    return replace(backup, proof=proof)


def _not_proven(proof: Proof) -> Proof:
    """Secondkey is stopping: the archive is whole and signed, and the rest of the proof is left for later."""
    if proof.level is Level.RESTORE_TESTED:
        return proof
    return replace(proof, not_tested_because="Secondkey was stopped before the restore test had ended")


def verdict_on(attempt: Attempt, state: State) -> Verdict:
    """What the state is worth beside the baseline that counts now."""
    operation = attempt.operation
    observation = attempt.patiently(lambda: compare(attempt.services, operation.database, state))
    pinned = observation.baseline
    return judge(replace(observation, after_pinning=pinned is None or _begun(operation) >= pinned.pinned_at))


def _begun(operation: Operation) -> datetime:
    """Before anything was read, by the clock that baselines are pinned by."""
    return operation.started_at or operation.created_at


def _earlier(services: Services, name: str) -> Manifest | None:
    """The newest backup's manifest that tells how large an archive is beside its database."""
    with services.store.transaction() as connection:
        known = backups.list_backups(connection, name)
    return next((backup.manifest for backup in known if backup.manifest.state.size_bytes), None)


def _expected_bytes(earlier: Manifest | None, state: State) -> int:
    """About how large the archive will be: as an earlier one was, in proportion to the database."""
    if earlier is None:
        return int(state.size_bytes * USUAL_SHARE)
    return int(earlier.archive.bytes * state.size_bytes / earlier.state.size_bytes)


def _refuse_too_many(database: str, asked: int) -> None:
    if asked >= AN_HOUR:
        raise Refused(
            "too-many-backups",
            f"you asked for {asked} backups within the last hour; {AN_HOUR} is the most",
            f"use the newest one (`/backup list {database}`), or `/backup emergency {database} REASON` if "
            "data is in danger now",
        )


def _for_the_log(backup: Backup) -> dict[str, str]:
    return {
        "id": backup.id,
        "sha256": backup.manifest.archive.sha256,
        "level": backup.proof.level.value,
        "health": backup.proof.health.value,
        "corrupt": backup.corrupt,
        "left_out": wording.listed([str(omission) for omission in backup.manifest.omissions]),
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
    # The bot's own database is not needed while the snapshot is open: it may go away meanwhile.
    earlier = attempt.patiently(lambda: _earlier(services, name))
    started = time.monotonic()
    with open_snapshot(
        dsn,
        purpose=attempt.purpose,
        maintenance_database=database.maintenance_database,
        keep_locks=True,
    ) as snapshot:
        refuse_copy(snapshot.identity)
        programs = installation.find(snapshot.identity.major, services.settings.programs.directories)
        dumping = Dumping(attempt=attempt, database=database, snapshot=snapshot, programs=programs)
        salvage = dumping.look()
        state = snapshot.read_state(
            questions(services.settings, database),
            lambda at: attempt.progress(view.counting(attempt.operation, at.table, at.done, at.total)),
            attempt.should_stop,
        )
        archive = dumping.write(salvage, _expected_bytes(earlier, state))
        properties, roles = snapshot.read_properties(), snapshot.read_roles()
    health, because = health_of(verdict_on(attempt, state), whole=not salvage.omissions)
    operation = attempt.operation
    manifest = Manifest(
        id=operation.request["backup_id"],
        database=name,
        kind=Kind(operation.request["kind"]),
        reason=operation.request["reason"],
        requested_by=operation.requested_by,
        release=operation.request.get("release"),
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
        omissions=salvage.omissions,
        unrestorable=salvage.unrestorable,
    )
    return _signed(attempt, manifest)


def _signed(attempt: Attempt, manifest: Manifest) -> Backup:
    """The backup as it is recorded: its signature covers where the audit log stands."""
    with attempt.ending() as connection:
        manifest = replace(manifest, audit_head=audit.head(connection))
        backup = Backup(manifest=manifest, proof=first_proof(manifest))
        attempt.services.repository.save_manifest(manifest)
        backups.record(connection, backup)
    return backup
