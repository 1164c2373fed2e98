"""Migration histories: one shape for every tool, and what the release's folder makes of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MigrationState(StrEnum):
    APPLIED = "applied"
    FAILED = "failed"
    RUNNING = "running"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, kw_only=True)
class Migration:
    """A migration as the database's history has it."""

    name: str
    #: lowercase hexadecimal sha256 of the migration's file; None where the tool keeps none
    checksum: str | None
    state: MigrationState
    applied_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class History:
    """A database's history, in the order in which it was applied.

    `present` is False where the history's table is missing. `problem` says why it could not be read, and
    `cure` what to do about it.
    """

    tool: str
    #: the history's table, as people name it: `public._prisma_migrations`
    table: str
    present: bool
    migrations: tuple[Migration, ...] = ()
    problem: str = ""
    cure: str = ""


@dataclass(frozen=True, kw_only=True)
class ReleaseMigration:
    """A migration as the release's folder has it, with the checksums that count as unedited (LF, CRLF)."""

    name: str
    checksums: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Release:
    """The migrations folder of a release, in the order in which they would be applied."""

    directory: str
    migrations: tuple[ReleaseMigration, ...] = ()
    problem: str = ""
