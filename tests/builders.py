"""States, baselines, manifests and backups for tests: complete ones, of which a test says what matters."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.backup import Archive, Backup, Health, Kind, Level, Manifest, Proof, Tools
from bot.domain.drill import Drill
from bot.domain.migrations import History, Migration, MigrationState, Release, ReleaseMigration
from bot.domain.observation import BackupFacts, Observation, Rules, Unreadable
from bot.domain.state import Baseline, DatabaseProperties, Identity, Marker, State, Table, TableName

DATABASE = "projectledger"
NOON = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)
CLUSTER = "7400000000000000001"
OTHER_CLUSTER = "7400000000000000002"
OID = 16384
MARKER = Marker(id="marker-1", system_identifier=CLUSTER, database_oid=OID)
IDENTITY = Identity(
    system_identifier=CLUSTER,
    database_oid=OID,
    database_name=DATABASE,
    server_version=170010,
    marker=MARKER,
)
PROPERTIES = DatabaseProperties(
    owner="app",
    encoding="UTF8",
    locale_provider="libc",
    collate="C",
    ctype="C",
    icu_locale=None,
    tablespace="pg_default",
    connection_limit=-1,
    comment=None,
)


def table_name(name: str) -> TableName:
    """`User` in public, or `other.User`."""
    schema, dot, rest = name.partition(".")
    return TableName(schema, rest) if dot else TableName("public", name)


def table(name: str, rows: int | None = 0, **other: Any) -> Table:
    """A table; `rows=None` is one that could not be counted."""
    return Table(name=table_name(name), rows=rows, **{"oid": 16400, **other})


def state(*tables: Table, identity: Identity = IDENTITY, **other: Any) -> State:
    """The right database at noon, with these tables."""
    return State(**{"taken_at": NOON, "identity": identity, "tables": tables, **other})


def baseline(*tables: Table, of: State | None = None, **other: Any) -> Baseline:
    """What was pinned a day before noon: these tables, or a whole state."""
    day_before = NOON - timedelta(days=1)
    pinned = of or state(*tables, taken_at=day_before)
    return Baseline(**{"state": pinned, "pinned_at": day_before, "pinned_by": "U00000001", **other})


def observation(
    found: State | Unreadable, before: Baseline | None = None, known: Iterable[Backup] = (), **other: Any
) -> Observation:
    """What was found at noon beside a baseline and known backups; without these nothing is said of them.

    `backups=` takes whole `BackupFacts`.
    """
    backups = tuple(known)
    facts = BackupFacts(backups=backups, looked_at=bool(backups))
    return Observation(
        **{
            "database": DATABASE,
            "now": NOON,
            "state": found,
            "baseline": before,
            "rules": Rules(),
            "backups": facts,
            **other,
        }
    )


def manifest(backup_id: str = "B-20251008-110000-abcd", *tables: Table, **other: Any) -> Manifest:
    """The manifest of a backup that was made when its id says."""
    at = datetime.strptime(backup_id[2:17], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    return Manifest(
        **{
            "id": backup_id,
            "database": DATABASE,
            "kind": Kind.MANUAL,
            "reason": "before v1.3.0",
            "requested_by": "U00000001",
            "release": None,
            "created_at": at,
            "seconds": 1.5,
            "state": state(*tables, taken_at=at),
            "properties": PROPERTIES,
            "roles": (),
            "archive": Archive(bytes=1_000_000, sha256="0" * 64, compression="zstd"),
            "tools": Tools(pg_dump=170010, server=170010, secondkey="0.1.0"),
            "health": Health.HEALTHY,
            **other,
        }
    )


def backup(
    backup_id: str = "B-20251008-110000-abcd",
    *tables: Table,
    level: Level = Level.RESTORE_TESTED,
    health: Health = Health.HEALTHY,
    corrupt: str = "",
    proof: dict[str, Any] | None = None,
    **other: Any,
) -> Backup:
    """A healthy, restore-tested backup unless told otherwise; `other` goes into the manifest."""
    made = manifest(backup_id, *tables, health=health, **other)
    proven: dict[str, Any] = {
        "id": backup_id,
        "sha256": made.archive.sha256,
        "level": level,
        "health": health,
        "at": made.created_at,
        "corrupt": corrupt,
    }
    return Backup(manifest=made, proof=Proof(**{**proven, **(proof or {})}))


def drill(**other: Any) -> Drill:
    """One that ended well unless told otherwise."""
    fields: dict[str, Any] = {
        "operation": "op-drill000",
        "database": DATABASE,
        "backup_id": "B-20251008-110000-abcd",
        "bytes": 1_000_000,
        "age": timedelta(hours=9),
        "gap": None,
        "seconds": 6.5,
        "at": NOON,
    }
    return Drill(**{**fields, **other})


def migration(
    name: str, state: MigrationState = MigrationState.APPLIED, checksum: str | None = None
) -> Migration:
    """A migration of the history; its checksum is the one that `release` expects unless given."""
    return Migration(name=name, checksum=checksum or f"sum of {name}", state=state, applied_at=NOON)


def history(*migrations: Migration | str, present: bool = True, problem: str = "") -> History:
    """Prisma's history; a bare name is an applied migration."""
    return History(
        tool="prisma",
        table="public._prisma_migrations",
        present=present,
        migrations=tuple(migration(entry) if isinstance(entry, str) else entry for entry in migrations),
        problem=problem,
    )


def release(*names: str, problem: str = "") -> Release:
    """A release's migrations folder."""
    made = (ReleaseMigration(name=name, checksums=frozenset({f"sum of {name}"})) for name in names)
    return Release(directory="prisma/migrations", tool="prisma", migrations=tuple(made), problem=problem)
