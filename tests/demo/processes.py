"""What runs for a demo's folder, wherever its servers' data lies, and the sockets that they hold."""

import json
from pathlib import Path


def processes_of(folder: Path) -> set[int]:
    """Every process whose command line names the folder, or the data of one of its servers."""
    names = [str(folder), *map(str, data_of(folder))]
    return {pid for pid, words in _commands() if any(name in words for name in names)}


def servers_of(folder: Path) -> set[int]:
    """The servers alone."""
    return {
        pid for pid, words in _commands() if any(f"postgres -D {data} " in words for data in data_of(folder))
    }


def data_of(folder: Path) -> list[Path]:
    return _places(folder, "data")


def sockets_of(folder: Path) -> list[Path]:
    """The folders in which servers of this folder have their sockets."""
    return _places(folder, "sockets")


def _places(folder: Path, what: str) -> list[Path]:
    return [Path(json.loads(place.read_text())[what]) for place in folder.rglob("server.json")]


def _commands() -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append((int(entry.name), words.replace(b"\0", b" ").decode()))
    return found
