"""The archive of a backup: written as it streams, and read back whole."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from bot.domain.backup import Archive
from bot.errors import CommandFailed
from bot.locks import locked
from bot.programs import Stopped
from bot.repository.faults import BackupFault, Fault
from bot.repository.files import (
    PARTIAL,
    create_private,
    explained,
    open_plain,
    sync_folder,
    write_all,
)

READ_BYTES = 1024 * 1024


class ArchiveWriter:
    """Takes the archive's bytes, hashes them and writes them, in the pieces in which they come."""

    def __init__(self, descriptor: int, path: Path, expected_bytes: int | None) -> None:
        #: how much was written so far
        self.bytes = 0
        self._descriptor = descriptor
        self._path = path
        self._expected_bytes = expected_bytes
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Lowercase hexadecimal, over everything that was written so far."""
        return self._hash.hexdigest()

    def write(self, content: bytes | memoryview) -> None:
        """Append; raises `CommandFailed` where there is no room."""
        self._hash.update(content)
        with explained("write the archive", self._path.parent, self._expected_bytes):
            write_all(self._descriptor, content)
        self.bytes += len(content)

    def finish(self) -> None:
        """Make what was written durable."""
        with explained("write the archive", self._path.parent, self._expected_bytes):
            os.fsync(self._descriptor)


@contextmanager
def writing(path: Path, expected_bytes: int | None = None) -> Iterator[ArchiveWriter]:
    """Write an archive that appears under its name when the block is left without an exception, or never."""
    if path.exists():
        raise CommandFailed(f"{path.name} exists already, and is not overwritten", "ask for the backup again")
    partial = path.with_name(path.name + PARTIAL)
    with explained("write the archive", path.parent), locked(path.parent):
        descriptor = create_private(partial)
    try:
        writer = ArchiveWriter(descriptor, path, expected_bytes)
        yield writer
        writer.finish()
        with explained("write the archive", path.parent):
            partial.rename(path)
            sync_folder(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def verify(
    path: Path,
    signed: Archive,
    on_progress: Callable[[int], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Read the whole archive and compare size and hash with what was signed.

    `on_progress` gets the bytes read so far. Raises `BackupFault`, and `Stopped` when `should_stop` says so.
    """
    with _of_the_signed_size(path, signed) as file:
        found = hashlib.sha256()
        buffer = memoryview(bytearray(READ_BYTES))
        while size := file.readinto(buffer):
            if should_stop():
                raise Stopped(f"reading {path.name} was stopped")
            found.update(buffer[:size])
            on_progress(file.tell())
    if found.hexdigest() != signed.sha256:
        raise _fault(
            Fault.ARCHIVE_CHANGED, f"the archive {path.name} was changed: its hash is not the signed one"
        )


def look_at(path: Path, signed: Archive) -> None:
    """Compare only the size with what was signed; raises `BackupFault`."""
    with _of_the_signed_size(path, signed):
        pass


@contextmanager
def _of_the_signed_size(path: Path, signed: Archive) -> Iterator[FileIO]:
    try:
        descriptor = open_plain(path)
    except FileNotFoundError as missing:
        raise _fault(Fault.ARCHIVE_MISSING, f"the archive {path.name} is missing") from missing
    with FileIO(descriptor) as file:
        _compare_size(path, os.fstat(descriptor).st_size, signed.bytes)
        yield file


def _compare_size(path: Path, size: int, signed: int) -> None:
    if size < signed:
        reason = f"the archive {path.name} is truncated: {size:,} of {signed:,} bytes are there"
        raise _fault(Fault.ARCHIVE_TRUNCATED, reason)
    if size > signed:
        reason = f"the archive {path.name} was changed: it has {size:,} bytes, and {signed:,} were signed"
        raise _fault(Fault.ARCHIVE_CHANGED, reason)


def _fault(fault: Fault, reason: str) -> BackupFault:
    hint = "use an older backup, make a new one now, and find out what touched the file"
    return BackupFault(fault, f"{reason}; it was not opened by any PostgreSQL program", hint)
