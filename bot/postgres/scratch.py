"""Folders for throw-away clusters: each is its maker's while it lives, and anybody's to clean up after.

What makes a folder ours is the lock beside it, which is there before the folder and until after it.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.locks import locked
from bot.postgres.place import make_passable
from bot.postgres.restore_failures import not_the_archives_fault

_PREFIX = "restore-test-"
_LOCK = ".lock"
_OUR_LOCK = re.compile(rf"{_PREFIX}[0-9a-f]{{16}}{re.escape(_LOCK)}")


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
        remove(folder)
        os.close(lock)


@contextmanager
def abandoned(scratch: Path) -> Iterator[tuple[Path, ...]]:
    """The folders whose makers were killed, to `remove`; nobody else does while the block runs."""
    if not scratch.is_dir():
        yield ()
        return
    with locked(scratch):
        locks = [path for path in sorted(scratch.iterdir()) if _OUR_LOCK.fullmatch(path.name)]
        yield tuple(lock.with_suffix("") for lock in locks if not _is_held(lock))


def remove(folder: Path) -> None:
    """Remove a folder of ours. Its lock goes last: without it nobody would know whose the folder is."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        _lock_of(folder).unlink(missing_ok=True)


def _make(scratch: Path) -> tuple[Path, int]:
    make_passable(scratch)
    folder = scratch / f"{_PREFIX}{secrets.token_hex(8)}"
    # Nobody takes a folder whose maker does not hold its lock yet for an abandoned one.
    with locked(scratch):
        lock = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # The server's account passes through; the folder's name cannot be guessed.
        folder.mkdir()
        folder.chmod(0o711)
    return folder, lock


def _is_held(lock: Path) -> bool:
    """Whether its maker lives. One that is gone already, or that we may not open, is not ours to clean."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)
