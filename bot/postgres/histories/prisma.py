"""Prisma's migrations: the history in a database, and the folder of a release."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.domain.migrations import Migration, MigrationState, ReleaseMigration, Tool
from bot.postgres.histories.reader import Reader, Row, UnfitFolder, text_of

_FILE = "migration.sql"


@dataclass(frozen=True, kw_only=True)
class _Row:
    name: str
    checksum: str | None
    finished_at: datetime | None
    rolled_back_at: datetime | None
    logged: bool

    @property
    def state(self) -> MigrationState:
        """Prisma writes an error into a failed row's log; a row without one is at work, or was killed."""
        if self.rolled_back_at is not None:
            return MigrationState.ROLLED_BACK
        if self.finished_at is not None:
            return MigrationState.APPLIED
        return MigrationState.FAILED if self.logged else MigrationState.RUNNING


#: Of several rows with one name, the first of these counts: Prisma too stops at any that is unfinished.
_WEIGHT = (MigrationState.FAILED, MigrationState.RUNNING, MigrationState.APPLIED, MigrationState.ROLLED_BACK)


def _migrations(rows: Sequence[Row]) -> tuple[Migration, ...]:
    """One a name: the row that counts, at its own place in the order."""
    counting: dict[str, _Row] = {}
    for name, checksum, finished, rolled_back, logged in rows:
        row = _Row(
            name=name, checksum=checksum, finished_at=finished, rolled_back_at=rolled_back, logged=logged
        )
        known = counting.get(row.name)
        if known is None or _WEIGHT.index(row.state) <= _WEIGHT.index(known.state):
            counting.pop(row.name, None)
            counting[row.name] = row
    return tuple(
        Migration(
            name=row.name,
            checksum=row.checksum,
            state=row.state,
            applied_at=row.finished_at if row.state is MigrationState.APPLIED else None,
        )
        for row in counting.values()
    )


def _release(directory: Path) -> tuple[ReleaseMigration, ...]:
    entries = sorted(directory.iterdir())
    for entry in entries:
        if entry.is_symlink() and not entry.is_file():
            raise UnfitFolder(
                f"{entry.name} is a link to a folder: Prisma does not follow it",
                "put the migration itself in its place",
            )
    folders = [entry for entry in entries if entry.is_dir()]
    for folder in folders:
        if not (folder / _FILE).exists():
            raise UnfitFolder(
                f"{folder.name} holds no {_FILE}: Prisma stops there (P3015)",
                "remove the folder, or bring back its file",
            )
    return tuple(_release_migration(folder) for folder in folders)


def _release_migration(folder: Path) -> ReleaseMigration:
    content = (folder / _FILE).read_bytes()
    unix = content.replace(b"\r\n", b"\n")
    variants = (content, unix, unix.replace(b"\n", b"\r\n"))
    checksums = frozenset(hashlib.sha256(variant).hexdigest() for variant in variants)
    return ReleaseMigration(
        name=folder.name, checksums=checksums, path=f"{folder.name}/{_FILE}", text=text_of(content)
    )


READER = Reader(
    tool=Tool.PRISMA,
    table="_prisma_migrations",
    columns=frozenset({"migration_name", "checksum", "started_at", "finished_at", "rolled_back_at", "logs"}),
    migrations=_migrations,
    shape=f"NAME/{_FILE}",
    recognises=lambda directory: any(directory.glob(f"*/{_FILE}")),
    release=_release,
)
