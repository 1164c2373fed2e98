"""A backup restored beside the live database: made, compared with its manifest, marked, and found again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot import wording
from bot.domain.backup import Backup
from bot.domain.comparison import differences
from bot.domain.operation import Kind
from bot.domain.restoring.made import COPY_OUTLIVES, Made
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.target import Found
from bot.domain.state import Identity, State
from bot.errors import CommandFailed, Refused
from bot.operations import room
from bot.operations.attempt import Attempt
from bot.operations.incoming import login, read_beside
from bot.operations.observing import Reading
from bot.operations.services import Services
from bot.operations.surroundings import properties_for
from bot.postgres import candidate
from bot.postgres.carry_over import carry_over
from bot.postgres.installation import Installation
from bot.postgres.lease import Lease, hold
from bot.postgres.naming import Names
from bot.postgres.readiness import restoring_programs
from bot.postgres.stage import present
from bot.store import made, operations

Tell = Callable[[str], object]
Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Order:
    """A copy that is wanted."""

    backup: Backup
    #: what a new one is called
    names: Names
    #: how the database that it is for was found
    found: Found
    #: the system identifier of its server
    server: str


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A prepared copy."""

    name: str
    oid: int
    state: State
    #: how long restoring took; None where it was there already
    seconds: float | None = None
    #: what a DBA has to do: grants and settings that were not carried over
    for_a_dba: tuple[str, ...] = ()


def ready(attempt: Attempt, order: Order, tell: Tell, should_stop: Stop) -> Copy:
    """The copy that is there, looked at again, or a new one.

    The live database is not touched. Raises `Refused`, `CommandFailed`, `Stopped` and `LeaseLost`.
    """
    services, database = attempt.services, attempt.operation.database
    configured = services.database(database)
    _refuse_busy(attempt)
    with hold(
        login(services, database),
        purpose=attempt.purpose,
        maintenance_database=configured.maintenance_database,
    ) as lease:
        known = _known(services, lease, order)
        if known is None:
            return _make(attempt, lease, order, tell, should_stop)
        for_a_dba = _carry_over(attempt, lease, order, known.name)
        tell("looking at the copy again")
        state = _read(attempt, known.name, should_stop)
        with candidate.dropped_on_failure(lease, replace(order.names, candidate=known.name)):
            _refuse_different(order.backup, state)
        return Copy(name=known.name, oid=known.oid, state=state, for_a_dba=for_a_dba)


def admin_dsn(services: Services, database: str) -> str | None:
    configured = services.database(database).admin_dsn
    return configured.get_secret_value() if configured else None


def _refuse_busy(attempt: Attempt) -> None:
    """Taking the lease ends whoever holds it: who prepares never takes it from who acts."""
    operation = attempt.operation
    if operation.kind is not Kind.PREPARATION:
        return
    with attempt.services.store.transaction() as connection:
        others = operations.changing(connection, operation.database)
    for other in others:
        # What was approved meanwhile waits for this copy.
        if other.kind is not Kind.PREPARATION and other.request.get("preparation") != operation.id:
            raise Refused(
                "already-running",
                f"{other.id} is changing {operation.database} right now; no copy was made",
                "ask again when it has ended",
            )


def _known(services: Services, lease: Lease, order: Order) -> Made | None:
    """A finished copy of the same archive on the same server, whoever had it made."""
    manifest = order.backup.manifest
    for copy in recorded(services, manifest.database, manifest.id, manifest.archive.sha256, order.server):
        found = present(lease.connection, [copy.name]).get(copy.name)
        if found is not None and found.oid == copy.oid and candidate.is_prepared(lease, copy.name):
            return copy
    return None


def recorded(services: Services, database: str, backup_id: str, checksum: str, server: str) -> list[Made]:
    """Copies of this archive that were finished on this server, whether or not they are there still."""
    with services.store.transaction() as connection:
        copies = made.there(connection, database, MadeKind.COPY)
    wanted = (backup_id, checksum, server)
    return [copy for copy in copies if (copy.source, copy.checksum, copy.system_identifier) == wanted]


def _make(attempt: Attempt, lease: Lease, order: Order, tell: Tell, should_stop: Stop) -> Copy:
    services, database = attempt.services, attempt.operation.database
    backup, names = order.backup, order.names
    candidate.drop_unfinished(lease, names)
    room.refuse_too_small(services, database, room.look(services, database, backup.manifest.state.size_bytes))
    tell("reading the archive")
    source = candidate.Source(
        archive=services.repository.verify_archive(backup, should_stop=should_stop),
        manifest=backup.manifest,
        programs=_programs(services, lease, backup),
    )
    restored = candidate.restore_beside(
        lease,
        names,
        source,
        admin_dsn=admin_dsn(services, database),
        on_progress=with_time_left(tell, backup.proof.restore_seconds),
        should_stop=should_stop,
    )
    tell("comparing with the manifest")
    with candidate.dropped_on_failure(lease, names):
        state = _read(attempt, names.candidate, should_stop)
        _refuse_different(backup, state)
        for_a_dba = _carry_over(attempt, lease, order, names.candidate)
        identity = candidate.mark(lease, names.candidate)
    _record(attempt, backup, names.candidate, identity)
    return Copy(
        name=names.candidate,
        oid=restored.oid,
        state=replace(state, identity=identity),
        seconds=restored.seconds,
        for_a_dba=for_a_dba,
    )


def with_time_left(tell: Tell, usual: float | None) -> Tell:
    """Says as well about how long it still takes, by how long the restore test took, in seconds."""
    began = time.monotonic()

    def told(what: str) -> None:
        left = (usual or 0.0) - (time.monotonic() - began)
        tell(f"{what}, about {wording.duration(left)} left" if left > 0 else what)

    return told


def _programs(services: Services, lease: Lease, backup: Backup) -> Installation:
    major = lease.connection.info.server_version // 10000
    return restoring_programs(backup.manifest, major, services.settings.programs.directories)


def _read(attempt: Attempt, name: str, should_stop: Stop) -> State:
    """What the copy holds."""
    reading = Reading(purpose=attempt.purpose, should_stop=should_stop)
    return read_beside(attempt.services, attempt.operation.database, name, reading)


def _refuse_different(backup: Backup, state: State) -> None:
    """Raise `CommandFailed` where it is not what the manifest says."""
    if found := differences(backup.manifest.restored_state, state):
        raise CommandFailed(
            f"the restored copy differs from the manifest: {wording.listed(list(found))}",
            f"`/verify {backup.id}` restores it elsewhere and says more; take an older backup meanwhile",
        )


def _carry_over(attempt: Attempt, lease: Lease, order: Order, name: str) -> tuple[str, ...]:
    """What the database is to be beside its data; returns what a DBA has to do."""
    return carry_over(
        lease,
        name,
        properties_for(lease.connection, lease.live, order.found, order.backup.manifest.properties),
        admin_dsn=admin_dsn(attempt.services, attempt.operation.database),
        called=lease.live,
    )


def _record(attempt: Attempt, backup: Backup, name: str, identity: Identity) -> None:
    services, database = attempt.services, attempt.operation.database
    keep = services.database(database).approval.decide_within + COPY_OUTLIVES
    with attempt.ending() as connection:
        made.record(
            connection,
            operation=attempt.operation.id,
            kind=MadeKind.COPY,
            database=database,
            name=name,
            oid=identity.database_oid,
            system_identifier=identity.system_identifier,
            marker=identity.marker.id if identity.marker else "",
            source=backup.id,
            checksum=backup.manifest.archive.sha256,
            keep=keep,
        )
