"""Folders for throw-away clusters: each is its maker's while it lives, and anybody's to clean up after."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from bot.postgres.restore_failures import not_the_archives_fault
from bot.postgres.server import make_passable

_PREFIX = "restore-test-"
_LOCK = ".lock"


@contextmanager
def throwaway_folder(scratch: Path) -> Iterator[Path]:
    """A folder of our own, removed when the block is left; while we live `abandoned` passes it over.

    Raises `NotTestable` where it cannot be made.
    """
    with not_the_archives_fault():
        folder, lock = _make(scratch)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


@contextmanager
def abandoned(scratch: Path) -> Iterator[tuple[Path, ...]]:
    """The folders whose makers were killed; they are removed when the block is left."""
    if not scratch.is_dir():
        yield ()
        return
    with _changing(scratch):
        folders = tuple(
            path for path in sorted(scratch.glob(f"{_PREFIX}*")) if path.is_dir() and not _in_use(path)
        )
        yield folders
        for folder in folders:
            _remove(folder)


def _make(scratch: Path) -> tuple[Path, int]:
    make_passable(scratch)
    with _changing(scratch):
        folder = Path(mkdtemp(prefix=_PREFIX, dir=scratch))
        # The server's account passes through; the folder's name cannot be guessed.
        folder.chmod(0o711)
        lock = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


@contextmanager
def _changing(scratch: Path) -> Iterator[None]:
    """Nobody takes a folder that has no lock yet for an abandoned one."""
    descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _in_use(folder: Path) -> bool:
    try:
        descriptor = os.open(_lock_of(folder), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)
