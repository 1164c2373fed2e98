"""What the repository lies on."""

from pathlib import Path

import pytest

from bot.repository.storage import ephemeral, free_bytes

SHARED_MEMORY = Path("/dev/shm")


def test_free_room_is_known_before_the_folder_is_made(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "made" / "yet") > 0


def test_memory_is_ephemeral_storage() -> None:
    if not SHARED_MEMORY.is_mount():
        pytest.skip("this machine mounts no memory file system at /dev/shm")
    assert ephemeral(SHARED_MEMORY / "backups") == "tmpfs"


def test_the_kernels_own_file_system_is_not_called_ephemeral() -> None:
    assert ephemeral(Path("/proc/self")) == ""
