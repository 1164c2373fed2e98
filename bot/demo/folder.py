"""The demo's folder: whose it is, and who runs in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import SecondkeyError
from bot.postgres.place import make_passable

CONFIG = "secondkey.toml"
#: What scripts read to join in: written last, removed first.
JOIN = "demo.json"
#: Says that the folder is a demo's, and is held while one runs.
LOCK = "demo.lock"
#: The folders that the demo makes. They are made as soon as the folder is taken: what has one of these names
#: in a demo's folder is the demo's, and what else lies there is left alone by `--fresh`.
FOLDERS = ("backups", "database", "keys", "prisma", "secrets", "slack", "state")
#: Everything that the demo makes.
OWN = (*FOLDERS, CONFIG, JOIN)


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One demo in a folder at a time. A killed one's lock went with it; its demo.json goes now."""
    _take(directory)
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CLOEXEC)
    try:
        _hold(lock, directory)
        (directory / JOIN).unlink(missing_ok=True)
        yield
    finally:
        os.close(lock)


def _hold(lock: int, directory: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SecondkeyError(
            f"a demo already runs in {directory}",
            f"its page is named in {directory / JOIN}; Ctrl-C there ends it",
        ) from None


def _take(directory: Path) -> None:
    """Make the folder; refuse one that holds what could be taken for the demo's, and is not."""
    try:
        _refuse_foreign(directory)
        make_passable(directory)
        (directory / LOCK).touch(mode=0o600)
        make_folders(directory)
    except OSError as obstacle:
        raise SecondkeyError(
            f"{directory} cannot be used: {obstacle.strerror}", "name another folder with --directory"
        ) from obstacle


def _refuse_foreign(directory: Path) -> None:
    foreign = [name for name in OWN if (directory / name).exists()]
    if foreign and not (directory / LOCK).exists():
        raise SecondkeyError(
            f"{directory} is no demo's folder, and holds {', '.join(foreign)}",
            "name an empty folder, or a new one, with --directory",
        )


def make_folders(directory: Path) -> None:
    """The server's account passes through those that hold a server."""
    for name in FOLDERS:
        if name in ("database", "state"):
            make_passable(directory / name)
        else:
            (directory / name).mkdir(mode=0o700, exist_ok=True)
