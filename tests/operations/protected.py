"""A protected database with its repository, without a bot: what operations need to work on backups."""

from pathlib import Path
from typing import Any

from bot.config import load
from bot.domain.backup import Archive, Backup, Health, Manifest, Tools
from bot.operations.services import Services
from bot.postgres import dump
from bot.postgres.installation import embedded
from bot.postgres.state import Questions, open_snapshot
from bot.repository.folder import Repository
from bot.repository.keys import Keys
from bot.store.database import Store
from tests import builders
from tests.postgres.archives import stream

DATABASE, ID, LATER = builders.DATABASE, "B-20251008-120000-abcd", "B-20251008-130000-aaaa"
CONFIGURATION = """\
[slack]
channel = "ops"
[state]
directory = "state"
[repository]
url = "file://backups"
signing_key = "signing.key"
[databases.projectledger]
dsn = "{dsn}"
environment = "production"
channel = "ops"
approvers = ["@dba"]
"""


def services(folder: Path, store: Store, dsn: str = "dbname=nowhere") -> Services:
    """Everything but Slack, in this folder."""
    config = folder / "secondkey.toml"
    config.write_text(CONFIGURATION.format(dsn=dsn))
    repository = Repository(folder / "backups", Keys.load_or_create(folder / "signing.key"))
    repository.prepare()
    return Services(
        settings=load(config, {}, need_slack=False),
        store=store,
        repository=repository,
        scratch=folder / "scratch",
    )


def made_of(services: Services, dsn: str, **changes: Any) -> Backup:
    """A backup of this database as it is, not proven yet; `changes` go into the manifest."""
    programs = embedded()
    with open_snapshot(dsn, purpose="test", keep_locks=True) as snapshot:
        state = snapshot.read_state(Questions())
        with services.repository.open_archive(DATABASE, ID) as archive:
            stream(archive.write, dsn, snapshot.id)
        made = {
            "state": state,
            "properties": snapshot.read_properties(),
            "roles": snapshot.read_roles(),
            "archive": Archive(
                bytes=archive.bytes,
                sha256=archive.sha256,
                compression=dump.choose_compression(programs, programs.major),
            ),
            "tools": Tools(pg_dump=programs.version, server=state.identity.server_version, secondkey="0.1.0"),
        }
    return keep(services, builders.manifest(ID, **{**made, **changes}))


def written(services: Services, backup_id: str = ID, **changes: Any) -> Backup:
    """A backup that looks whole as long as nobody restores it."""
    with services.repository.open_archive(DATABASE, backup_id) as archive:
        archive.write(b"PGDMP" * 100)
    lies = Archive(bytes=archive.bytes, sha256=archive.sha256, compression="zstd")
    manifest = builders.manifest(backup_id, **{"archive": lies, "health": Health.HEALTHY, **changes})
    return keep(services, manifest)


def keep(services: Services, manifest: Manifest) -> Backup:
    services.repository.save_manifest(manifest)
    return services.repository.load(manifest.id)


def flip(path: Path, position: int = 100) -> None:
    """Change one byte."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
