"""The disk is found to be full when what was written is to be made durable, as some file systems tell it."""

import errno
import os
from collections.abc import Callable

import pytest

from bot.domain.backup import Backup
from bot.errors import CommandFailed
from bot.repository.folder import Repository
from tests.repository.conftest import MakeManifest

LATER = "B-20251008-130000-aaaa"


@pytest.mark.parametrize("moment", range(6))
def test_a_backup_whose_files_do_not_become_durable_leaves_nothing_half_made(
    save: Callable[[], Backup],
    repository: Repository,
    manifest: MakeManifest,
    monkeypatch: pytest.MonkeyPatch,
    moment: int,
) -> None:
    """Archive, signature and manifest, and the folder behind each."""
    before = save()
    synced: list[int] = []

    def refuse(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > moment:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def back_up() -> None:
        with repository.open_archive("projectledger", LATER) as writer:
            writer.write(b"PGDMP")
        repository.save_manifest(manifest(LATER, b"PGDMP"))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", refuse)
        with pytest.raises(CommandFailed, match="no room to write the"):
            back_up()
    assert repository.backups() == (before,)
    assert repository.verify_archive(before).exists()
    assert not list(repository.root.rglob(f"{LATER}*"))
