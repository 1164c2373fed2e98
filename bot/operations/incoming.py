"""What is to take the live database's place: a backup, or a database that was set aside earlier."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from psycopg.conninfo import make_conninfo

from bot import wording
from bot.domain.backup import Backup, Health
from bot.domain.drill import Drill, restore_time
from bot.domain.findings import Code
from bot.domain.health import health_of
from bot.domain.judgement import judge
from bot.domain.restoring.choosing import warnings
from bot.domain.restoring.facts import BoundSource
from bot.domain.restoring.made import Kind as MadeKind
from bot.domain.restoring.made import Made
from bot.domain.restoring.plan import Origin, Source
from bot.domain.state import DatabaseProperties, State
from bot.errors import CommandFailed, NotFound
from bot.operations.observing import Reading, compare, questions
from bot.operations.services import Services
from bot.postgres.state import open_snapshot
from bot.postgres.unreachable import Unreachable
from bot.store import made, operations


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """It, with all that a plan needs of it."""

    #: as people are shown it
    source: Source
    #: as an approval is bound to it
    bound: BoundSource
    #: what it holds
    state: State
    #: that the database had, by the backup; None of one that has them still
    properties: DatabaseProperties | None = None


def of_backup(backup: Backup, drill: Drill | None = None) -> Incoming:
    """`drill` is the newest of the database, for what a restore takes."""
    manifest, proof = backup.manifest, backup.proof
    return Incoming(
        source=Source(
            origin=Origin.BACKUP,
            name=manifest.id,
            at=manifest.created_at,
            reason=manifest.reason,
            bytes=manifest.archive.bytes,
            level=proof.level,
            health=proof.health,
            warnings=warnings(backup),
            restore_seconds=restore_time(backup, drill).seconds,
        ),
        bound=BoundSource(name=manifest.id, checksum=manifest.archive.sha256, release=manifest.release),
        state=manifest.restored_state,
        properties=manifest.properties,
    )


def of_aside(services: Services, aside: Made, reading: Reading) -> Incoming:
    """A set-aside database as it is now; raises `CommandFailed` where it is gone."""
    try:
        state = read_beside(services, aside.database, aside.name, reading)
    except Unreachable as away:
        raise CommandFailed(
            f"what would come back cannot be read: {away.reason}; nothing was changed",
            f"`/restore {aside.database} REASON` restores a backup instead",
        ) from away
    return Incoming(
        source=Source(
            origin=Origin.ASIDE,
            name=aside.name,
            at=aside.made_at,
            reason=f"set aside when {aside.source} took its place",
            bytes=state.size_bytes,
            warnings=(*_older(services, aside), *_ruins(services, aside.database, state)),
        ),
        bound=BoundSource(name=aside.name, checksum=str(state.identity.database_oid)),
        state=state,
    )


def health(services: Services, database: str, state: State) -> tuple[Health, tuple[Code, ...]]:
    """How good a database's contents are beside the baseline, whatever database it is."""
    observation = compare(services, database, state)
    if observation.baseline is not None:
        # What is set aside takes no writes, and so did what an undo made the baseline.
        identity = replace(observation.baseline.state.identity, read_only=False)
        observation = replace(observation, state=replace(state, identity=identity))
    return health_of(judge(observation))


def _older(services: Services, aside: Made) -> Iterator[str]:
    """The last restore may have found nothing to set aside, or what it did is gone."""
    with services.store.transaction() as connection:
        last = operations.last_swap(connection, aside.database)
    if last is not None and last.id != aside.operation:
        yield (
            f"this is an older set-aside database, of {wording.moment(aside.made_at)}: none is kept of the "
            f"last {last.kind}, {last.id}, and undoing does not bring back what was there before it"
        )


def _ruins(services: Services, database: str, state: State) -> Iterator[str]:
    found, because = health(services, database, state)
    if found is Health.SUSPECT:
        codes = ", ".join(code.value for code in because)
        yield (
            f"this is what was replaced for its faults: {codes}; undoing brings them back, and it does not "
            "count as good"
        )


def newest_aside(services: Services, database: str) -> Made:
    """What an undo brings back; raises `NotFound` where nothing is kept."""
    with services.store.transaction() as connection:
        kept = made.there(connection, database, MadeKind.ASIDE)
    if not kept:
        raise NotFound(
            f"there is nothing to undo: no database is kept aside for {database}",
            f"`/restore {database} REASON` restores a backup; `/backup list` shows what there is",
        )
    return kept[0]


def aside_of(services: Services, database: str, operation_id: str) -> Made:
    """The database that this operation set aside; raises `NotFound` where it is gone."""
    with services.store.transaction() as connection:
        kept = made.there(connection, database, MadeKind.ASIDE)
    for aside in kept:
        if aside.operation == operation_id:
            return aside
    raise NotFound(
        f"the database that {operation_id} set aside is gone; nothing was changed",
        f"`/restore {database} REASON` restores a backup; `/backup list` shows what there is",
    )


def aside_called(services: Services, database: str, name: str) -> Made:
    """The set-aside database of this name, in whatever case; raises `NotFound`."""
    with services.store.transaction() as connection:
        kept = made.there(connection, database, MadeKind.ASIDE)
    for aside in kept:
        if aside.name.casefold() == name.casefold():
            return aside
    named = wording.listed([aside.name for aside in kept])
    raise NotFound(
        f"no database called {name[:80]!r} is kept aside for {database}",
        f"kept: {named}" if kept else "nothing is kept: there is nothing to drop",
    )


def read_beside(services: Services, database: str, name: str, reading: Reading) -> State:
    """The state of another database on a protected server, read by the restoring login."""
    configured = services.database(database)
    with open_snapshot(
        make_conninfo(login(services, database), dbname=name),
        purpose=reading.purpose,
        maintenance_database=configured.maintenance_database,
    ) as snapshot:
        return snapshot.read_state(
            questions(services.settings, configured), reading.on_progress, reading.should_stop
        )


def login(services: Services, database: str) -> str:
    """The connection string of the login that restores; holds its password."""
    configured = services.database(database)
    return (configured.restore_dsn or configured.dsn).get_secret_value()
