"""Where a server of ours lies: `server.json` in its directory says it, and that the directory is ours.

The data lies in `<directory>/data` where the server's account can enter it, else in a private temporary
folder if it may be lost. Sockets always lie in a short private temporary folder, because their path may not
be longer than 107 bytes.
"""

import json
import os
import shlex
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot import programs
from bot.errors import CommandFailed
from bot.programs import Account

#: How the folders begin that lie outside of a server's directory.
PRIVATE = "secondkey-data-"
SOCKETS = "sk-"
_NOTE = "server.json"
_PARTIAL = "server.json.partial"
_DATA = "data"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a directory's `server.json` says."""

    data: Path
    #: where the sockets of its last start lie, if those are this directory's
    sockets: Path | None
    #: whether the data was whole once
    made: bool


def make_passable(folder: Path) -> None:
    """Make a private folder for servers, which their own account may pass through and not look into."""
    folder.mkdir(mode=0o711 if programs.unprivileged_account() else 0o700, parents=True, exist_ok=True)


def known_place(directory: Path) -> Place | None:
    """The place of this directory's server; None where none was ever begun.

    Raises `CommandFailed` where the note is damaged, or is a copy of another directory's whose data lies
    outside of both.
    """
    note = directory / _NOTE
    if not note.exists():
        return None
    said = _read(note)
    data, sockets = Path(said["data"]), said.get("sockets")
    if data.name != _DATA or not all(Path(path).is_absolute() for path in said.values()):
        raise _damaged(note)
    origin = Path(said.get("directory", directory))
    is_copy = _is_copy(directory, origin)
    if not data.parent.name.startswith(PRIVATE):
        # A directory that was moved or copied brings its data along.
        data = directory / _DATA
    elif is_copy:
        raise CommandFailed(
            f"{directory} is a copy of {origin}, whose data lies in {data.parent}",
            f"remove the copy; the data belongs to {origin}, and nothing was changed",
        )
    return Place(data=data, sockets=Path(sockets) if sockets and not is_copy else None, made=bool(sockets))


def choose_place(directory: Path, account: Account | None, *, may_be_lost: bool) -> Place:
    """Begin a server in this directory, which is empty or not there yet.

    Raises `CommandFailed` where it holds what we did not make, or where the server's account cannot enter it
    and the data may not be lost.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_what_is_not_ours(directory)
    if account is None or _can_enter(directory.parent, account):
        directory.chmod(0o711 if account else 0o700)
        data = directory / _DATA
    elif may_be_lost:
        data = _private_folder(PRIVATE, account) / _DATA
    else:
        raise _no_way_in(directory, account)
    _note(directory, data, sockets=None)
    return Place(data=data, sockets=None, made=False)


def renew_sockets(directory: Path, place: Place, account: Account | None) -> Path:
    """A new folder for the sockets of a server whose data is whole; the one before is removed."""
    if place.sockets:
        remove_private(place.sockets, SOCKETS)
    sockets = _private_folder(SOCKETS, account)
    _note(directory, place.data, sockets)
    return sockets


def remove_private(folder: Path, prefix: str) -> None:
    """Remove a temporary folder that we made. An empty path would be the working directory."""
    if folder.parent == Path(tempfile.gettempdir()) and folder.name.startswith(prefix):
        shutil.rmtree(folder, ignore_errors=True)


def give(path: Path, account: Account | None) -> None:
    """Let the server's account have it."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def write_whole(path: Path, content: str) -> None:
    """Write a file that is there whole, or not at all, whenever the power goes."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(note: Path) -> dict[str, str]:
    try:
        said = json.loads(note.read_text())
    except ValueError as damage:
        raise _damaged(note) from damage
    if not isinstance(said, dict) or not isinstance(said.get("data"), str):
        raise _damaged(note)
    return {str(name): str(path) for name, path in said.items()}


def _is_copy(directory: Path, origin: Path) -> bool:
    """Whether the note was written for another directory, which is still there."""
    try:
        return (origin / _NOTE).exists() and not origin.samefile(directory)
    except PermissionError:
        return True


def _damaged(note: Path) -> CommandFailed:
    # What lies where it says is deleted and made anew.
    return CommandFailed(
        f"{note} does not say where the server's data lies",
        "put the file back from a copy; nothing was changed",
    )


def _refuse_what_is_not_ours(directory: Path) -> None:
    found = sorted(path.name for path in directory.iterdir() if path.name != _PARTIAL)
    if found:
        raise CommandFailed(
            f"{directory} holds {', '.join(found[:3])}, and no {_NOTE} says that it is a server of ours",
            f"put {_NOTE} back from a copy, or move that folder away to begin anew; nothing was changed",
        )


def _no_way_in(directory: Path, account: Account) -> CommandFailed:
    closed = [folder for folder in reversed(directory.parents) if not _lets_pass(folder, account)]
    names = shlex.join(map(str, closed or [directory.parent]))
    return CommandFailed(
        f"root may not run a PostgreSQL server, and the account that runs it cannot enter {directory.parent}",
        f"let it pass through: chmod o+x {names}; or name another folder (state.directory) or a database of "
        "yours (state.dsn), or run Secondkey as an ordinary user",
    )


def _lets_pass(folder: Path, account: Account) -> bool:
    found = folder.stat()
    return bool(found.st_mode & stat.S_IXOTH) or found.st_uid == account.uid


def _note(directory: Path, data: Path, sockets: Path | None) -> None:
    said = {"directory": str(directory), "data": str(data)}
    write_whole(directory / _NOTE, json.dumps(said | ({"sockets": str(sockets)} if sockets else {})))


def _private_folder(prefix: str, account: Account | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    give(folder, account)
    return folder


def _can_enter(folder: Path, account: Account) -> bool:
    try:
        return programs.run(["test", "-x", folder], timeout=10, account=account).code == 0
    except PermissionError:
        return False
