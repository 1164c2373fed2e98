"""What the repository's folder lies on: how much room is left, and whether it outlives the machine."""

import shutil
from pathlib import Path

#: File systems that are gone when the machine or the container is.
_EPHEMERAL = {"tmpfs", "ramfs", "overlay", "aufs"}
_MOUNTS = Path("/proc/self/mountinfo")


def free_bytes(path: Path) -> int:
    """Free bytes of the file system that the path lies on, or will lie on."""
    return shutil.disk_usage(_existing(path)).free


def ephemeral(path: Path) -> str:
    """The kind of file system, where it does not outlive the machine: `tmpfs`, `overlay`; else empty."""
    kind = _kind(_existing(path).resolve())
    return kind if kind in _EPHEMERAL else ""


def _existing(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _kind(path: Path) -> str:
    """The file system's kind, from the longest mount point above the path; empty where that is not known."""
    if not _MOUNTS.exists():
        return ""
    mounts = [_mount(line) for line in _MOUNTS.read_text().splitlines()]
    above = [(point, kind) for point, kind in mounts if path.is_relative_to(point)]
    # Of several on one mount point the last one is seen.
    return max(reversed(above), key=lambda mount: len(mount[0].parts), default=(path, ""))[1]


def _mount(line: str) -> tuple[Path, str]:
    """Mount point and kind of a line of mountinfo (proc(5): the kind follows a lone hyphen)."""
    left, _, right = line.partition(" - ")
    return Path(left.split(" ")[4].replace("\\040", " ")), right.split(" ")[0]
