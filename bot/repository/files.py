"""Private folders and files, written so that a crash or a full disk leaves old or new, never a half."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import wording
from bot.errors import CommandFailed
from bot.repository.faults import BackupFault, Fault
from bot.repository.storage import free_bytes

PARTIAL = ".partial"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def make_folder(path: Path) -> None:
    """Make the folder, and those above it, durably and for nobody but us (0700).

    An existing one stays as it is.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def create_private(path: Path) -> int:
    """Create a file that nobody else may read (0600) and return its descriptor, locked as being written.

    Raises `FileExistsError` where anything, a symbolic link too, has that name.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write everything; the system may take less than it is given."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_atomically(path: Path, content: bytes) -> None:
    """Write or replace a file: temporary file, fsync, rename, fsync of the folder, which is `locked`."""
    partial = path.with_name(path.name + PARTIAL)
    partial.unlink(missing_ok=True)
    descriptor = create_private(partial)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
        partial.rename(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_plain(path: Path) -> int:
    """Open a plain file for reading and return its descriptor; never follow a link.

    Raises `FileNotFoundError`, and `BackupFault` for anything but a plain file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _not_a_file(path) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_a_file(path)
    return descriptor


def read_plain(path: Path) -> bytes:
    """The bytes of a plain file; errors as of `open_plain`."""
    with os.fdopen(open_plain(path), "rb") as file:
        return file.read()


def being_written(path: Path) -> bool:
    """Whether some process holds the lock of `create_private` on this file."""
    descriptor = open_plain(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the system's refusal to read into words; raises `BackupFault`.

    What is not there at all stays a `FileNotFoundError`: what that means only the caller knows.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BackupFault(
            Fault.UNREADABLE,
            f"{path} cannot be read: {error.strerror or error}; nothing was changed there",
            "look whether its volume is mounted and well, and whether the bot may enter it",
        ) from error


@contextmanager
def explained(act: str, folder: Path, needed: int | None = None) -> Iterator[None]:
    """Turn the system's errors into words: what failed, what state everything is in, how much room there is.

    `needed` is the number of bytes that the act was expected to take, where that is known.
    """
    try:
        yield
    except OSError as error:
        raise CommandFailed(*_words(error, act, folder, needed)) from error


def _words(error: OSError, act: str, folder: Path, needed: int | None) -> tuple[str, str]:
    kept = "nothing of it was kept, and the backups that were there are untouched"
    if error.errno in _NO_ROOM:
        wanted = f"about {wording.size(needed)}" if needed else "more"
        free = wording.size(free_bytes(folder))
        hint = f"make room in {folder}, or give repository.url a larger volume, and ask again"
        return f"no room to {act}: needs {wanted}, {free} free in {folder}; {kept}", hint
    reason = error.strerror or str(error)
    return f"cannot {act} in {folder}: {reason}; {kept}", "check the folder's volume and its permissions"


def _not_a_file(path: Path) -> BackupFault:
    return BackupFault(
        Fault.NOT_A_FILE,
        f"{path} is not a plain file, and is not opened",
        "somebody put a link or a device there: find out who, and put the file itself back",
    )
