"""Backups: their names, how far each is proven, how good it is, and what its manifest says."""

import re
import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.findings import Code
from bot.domain.omission import CatalogId, Omission, as_restored
from bot.domain.state import DatabaseProperties, Role, State


class Kind(StrEnum):
    MANUAL = "manual"
    DEPLOYMENT = "deployment"
    EMERGENCY = "emergency"
    SCHEDULED = "scheduled"


class Level(StrEnum):
    """How far a backup is proven; each level includes those before it."""

    #: exit code 0, fsync, rename, manifest, signature
    WRITTEN = "written"
    #: the whole archive was read back, hashed and parsed
    READ = "read"
    #: restored in a throw-away cluster, state equal to the manifest, table by table
    RESTORE_TESTED = "restore-tested"


class Health(StrEnum):
    """Tested is not good: an empty database restores perfectly."""

    HEALTHY = "healthy"
    #: made of a database with critical identity or data findings
    SUSPECT = "suspect"
    #: there was no baseline to judge it by
    UNKNOWN = "unknown"


_ID = re.compile(r"B-\d{8}-\d{6}-[a-z]{4}")


def new_backup_id(now: datetime) -> str:
    """`B-`, UTC date and time to the second, four letters: unique over all databases."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))
    return f"B-{now:%Y%m%d-%H%M%S}-{letters}"


def read_backup_id(text: str) -> str | None:
    """The backup id that a person typed, in whatever case; None if it is not one."""
    wanted = text.strip().casefold()
    candidate = "B" + wanted[1:] if wanted[:1] == "b" else wanted
    return candidate if _ID.fullmatch(candidate) else None


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The dump itself, as it lies in the repository."""

    bytes: int
    #: lowercase hexadecimal, over the whole file
    sha256: str
    #: as `pg_dump -Z` takes it: `zstd`, `gzip:1`
    compression: str


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Versions of what made the backup, as numbers: 170010."""

    pg_dump: int
    server: int
    secondkey: str


@dataclass(frozen=True, kw_only=True)
class AuditHead:
    """The audit log's newest entry when a backup was made: its signature vouches for all up to there."""

    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What restoring and judging a backup need. Signed, and never changed once written."""

    id: str
    #: the name in the configuration
    database: str
    kind: Kind
    reason: str
    requested_by: str
    release: str | None
    created_at: datetime
    #: how long the dump and the counts took
    seconds: float
    state: State
    properties: DatabaseProperties
    roles: tuple[Role, ...]
    archive: Archive
    tools: Tools
    health: Health
    #: the critical findings that made it suspect
    suspect_because: tuple[Code, ...] = ()
    audit_head: AuditHead | None = None
    #: what an emergency backup had to leave out
    omissions: tuple[Omission, ...] = ()
    #: what the archive holds and nobody can restore without what was left out
    unrestorable: tuple[CatalogId, ...] = ()
    format: int = 1

    @property
    def restored_state(self) -> State:
        """What a copy that was restored of it must hold: the state without what was left out."""
        return as_restored(self.state, self.omissions)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How far a backup is proven by now, and its health. Signed as well, and replaced as it grows."""

    id: str
    #: of the archive that was proven
    sha256: str
    level: Level
    health: Health
    suspect_because: tuple[Code, ...] = ()
    #: when the level was reached
    at: datetime
    #: how long the restore took; None until restore-tested
    restore_seconds: float | None = None
    #: why a restore test could not prove it; empty where it did, or was not tried yet
    not_tested_because: str = ""
    #: what only a superuser could have restored, and was left out of the restore test
    left_out: tuple[str, ...] = ()
    #: why reading it back or restoring it failed; only a restore test that ends well clears it
    corrupt: str = ""


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A manifest with its proof: what the catalogue knows."""

    manifest: Manifest
    proof: Proof
    #: what a look at its files found wrong since, although the proof may still say that all is well
    damage: str = ""

    @property
    def corrupt(self) -> str:
        """Why the backup cannot be trusted; empty where nothing speaks against it."""
        return self.damage or self.proof.corrupt

    @property
    def holding(self) -> Proof:
        """What of the proof still holds: of a corrupt backup only that it was written, once.

        So whoever reads level and health alone, as scripts do, never takes one that is gone, cut or edited
        for good; the proof itself remembers what was reached before.
        """
        if not self.corrupt:
            return self.proof
        return replace(self.proof, level=Level.WRITTEN, health=Health.UNKNOWN, suspect_because=())

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def proven_good(self) -> bool:
        """What is proposed by default: never an emergency one or a part, whatever its health."""
        return (
            not self.corrupt
            and self.proof.level is Level.RESTORE_TESTED
            and self.proof.health is Health.HEALTHY
            and self.manifest.kind is not Kind.EMERGENCY
            and not self.manifest.omissions
        )
