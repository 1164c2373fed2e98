"""A repository in a temporary folder, and backups to put into it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.backup import Archive, Backup, Health, Kind, Manifest, Tools
from bot.domain.state import DatabaseProperties, Identity, State, Table, TableName
from bot.repository.folder import Repository
from bot.repository.keys import Keys

NOON = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)
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
IDENTITY = Identity(
    system_identifier="7400000000000000001",
    database_oid=16384,
    database_name="projectledger",
    server_version=170010,
    marker=None,
)

MakeManifest = Callable[..., Manifest]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.load_or_create(tmp_path / "keys" / "signing.key")


@pytest.fixture
def repository(tmp_path: Path, keys: Keys) -> Repository:
    made = Repository(tmp_path / "backups", keys)
    made.prepare()
    return made


@pytest.fixture
def manifest() -> MakeManifest:
    """A manifest of an archive with this content."""

    def make(
        backup_id: str = "B-20251008-120000-abcd", content: bytes = b"", database: str = "projectledger"
    ) -> Manifest:
        users = Table(name=TableName("public", "User"), oid=16400, rows=1204)
        return Manifest(
            id=backup_id,
            database=database,
            kind=Kind.MANUAL,
            reason="before v1.3.0",
            requested_by="U00000001",
            release=None,
            created_at=NOON,
            seconds=1.5,
            state=State(taken_at=NOON, identity=IDENTITY, tables=(users,)),
            properties=PROPERTIES,
            roles=(),
            archive=Archive(
                bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), compression="zstd"
            ),
            tools=Tools(pg_dump=170010, server=170010, secondkey="0.1.0"),
            health=Health.HEALTHY,
        )

    return make


@pytest.fixture
def save(repository: Repository, manifest: MakeManifest) -> Callable[..., Backup]:
    """Put a backup with this archive into the repository."""

    def make(
        backup_id: str = "B-20251008-120000-abcd",
        content: bytes = b"PGDMP" * 1000,
        database: str = "projectledger",
    ) -> Backup:
        with repository.open_archive(database, backup_id) as writer:
            writer.write(content)
        repository.save_manifest(manifest(backup_id, content, database))
        return repository.load(backup_id)

    return make
