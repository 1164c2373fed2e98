"""What runs for a folder, and the sockets that its servers hold."""

import json
from pathlib import Path


def processes_of(folder: Path) -> dict[int, str]:
    """Every process whose command line names the folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
            continue
        if str(folder) in words and entry.name.isdigit():
            found[int(entry.name)] = words
    return found


def servers_of(folder: Path) -> set[int]:
    return {pid for pid, words in processes_of(folder).items() if "/postgres -D" in words}


def sockets_of(folder: Path) -> list[Path]:
    """The folders in which servers of this folder have their sockets."""
    return [Path(json.loads(place.read_text())["sockets"]) for place in folder.rglob("server.json")]
