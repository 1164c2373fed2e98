"""Data of new servers, made once by initdb and copied from then on, each copy with an identity of its own.

initdb is most of what starting a server takes, and always makes the same but for the system identifier.
"""

import hashlib
import os
import secrets
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.postgres import server
from bot.postgres.data import create_data
from bot.postgres.installation import Installation
from bot.programs import Account

#: Where the first page of the log of changes repeats the system identifier.
_IN_THE_LOG = 24
_FIRST_SEGMENT = Path("pg_wal", "000000010000000000000001")
_CONTROL = Path("global", "pg_control")
#: Where they lie in this process; None while every server's data is made by initdb.
folder: Path | None = None


def lend(kept_in: Path) -> Callable[[], None]:
    """From now on servers of this process begin with a copy; returns what ends that.

    What is kept lies in a folder that every account may pass through, and is shared by processes.
    """
    global folder  # noqa: PLW0603 - processes that are started know it from here
    folder = kept_in
    server.create_data = Blanks(kept_in, create_data).create_data

    def end() -> None:
        global folder
        folder, server.create_data = None, create_data

    return end


class Blanks:
    """Stands in for `create_data`."""

    def __init__(self, folder: Path, create_data: Callable[..., None]) -> None:
        self._folder = folder
        self._create_data = create_data

    def create_data(
        self, data: Path, installation: Installation, account: Account | None, **how: Any
    ) -> None:
        kind = repr((installation, account, *sorted(how.items())))
        blank = self._folder / hashlib.sha256(kind.encode()).hexdigest()[:16]
        if not blank.exists():
            self._make(blank, installation, account, how)
        subprocess.run(["/bin/cp", "--archive", blank, data], check=True)
        _identify(data, secrets.randbits(63))

    def _make(
        self, blank: Path, installation: Installation, account: Account | None, how: dict[str, Any]
    ) -> None:
        """Under another name, until it is whole: several processes may make it at once."""
        making = blank.with_name(f"{blank.name}-{os.getpid()}")
        self._create_data(making, installation, account, **how)
        try:
            making.rename(blank)
        except OSError:
            shutil.rmtree(making)


def _identify(data: Path, system_identifier: int) -> None:
    """Give a cluster that never ran another system identifier."""
    control = (data / _CONTROL).read_bytes()
    end = _checked(control)
    changed = struct.pack("=Q", system_identifier) + control[8:end]
    (data / _CONTROL).write_bytes(changed + struct.pack("=I", _crc32c(changed)) + control[end + 4 :])
    with (data / _FIRST_SEGMENT).open("r+b") as segment:
        segment.seek(_IN_THE_LOG)
        assert segment.read(8) == control[:8]
        segment.seek(_IN_THE_LOG)
        segment.write(changed[:8])


def _checked(control: bytes) -> int:
    """Where the control file's checksum lies: behind all that it is of, which depends on the version."""
    crc = 0
    for end in range(4, len(control) - 4, 4):
        crc = _crc32c(control[end - 4 : end], crc)
        if crc == struct.unpack_from("=I", control, end)[0]:
            return end
    raise AssertionError("a control file without its checksum")


def _crc32c(content: bytes, before: int = 0) -> int:
    """The checksum of what had the one `before`, and of the content behind it."""
    crc = before ^ 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
