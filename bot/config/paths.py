"""Paths in a configuration: relative ones are relative to its file, `~` is the home directory."""

from pathlib import Path


def absolute(value: str | Path, folder: Path) -> Path | None:
    """The path as it is used; None for what can be none: a home that nobody has, a zero byte."""
    try:
        path = (folder / Path(value).expanduser()).absolute()
    except RuntimeError:
        return None
    return None if "\0" in str(path) else path
