"""What must not be forgotten: documents in memory, and a journal on disk that is ahead of every answer.

A transaction is one line of JSON, appended and synced before the transaction ends. A line that a crash
cut short was never answered for, and is dropped when the journal is opened again.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import SecondkeyError

#: What is stored. It is never changed in place: put another one.
Document = Mapping[str, Any]
_JOURNAL = "journal.jsonl"
#: kind, key, document; None where it was deleted
_Change = tuple[str, str, Document | None]


class Store:
    """Documents by kind and key. `directory` None keeps them in memory only."""

    def __init__(self, directory: Path | None) -> None:
        self._documents: dict[str, dict[str, Document]] = {}
        self._changes: list[_Change] | None = None
        self._undo: list[_Change] = []
        self._file: int | None = None
        self._lock: int | None = None
        if directory is not None:
            self._open(directory)

    def get(self, kind: str, key: str) -> Document | None:
        return self._documents.get(kind, {}).get(key)

    def all(self, kind: str) -> list[Document]:
        """All documents of a kind, in the order of their keys."""
        return [document for _, document in sorted(self._documents.get(kind, {}).items())]

    def put(self, kind: str, key: str, document: Document) -> None:
        self._change(kind, key, document)

    def delete(self, kind: str, key: str) -> None:
        self._change(kind, key, None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Whatever the block changes is kept as one, and is on disk when it ends; nested ones join in."""
        if self._changes is not None:
            yield
            return
        self._changes, self._undo = [], []
        try:
            yield
            self._append(self._changes)
        except BaseException:
            for kind, key, before in reversed(self._undo):
                _apply(self._documents, kind, key, before)
            raise
        finally:
            self._changes = None

    def close(self) -> None:
        for descriptor in (self._file, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._lock = None

    def _change(self, kind: str, key: str, document: Document | None) -> None:
        if self._changes is None:
            raise RuntimeError("documents change inside a transaction only")
        self._undo.append((kind, key, self.get(kind, key)))
        self._changes.append((kind, key, document))
        _apply(self._documents, kind, key, document)

    def _append(self, changes: list[_Change]) -> None:
        if self._file is None or not changes:
            return
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            _write(self._file, _line(changes))
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, end)
            raise

    def _open(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal = directory / _JOURNAL
        self._lock = _lock(directory)
        try:
            for change in _read(journal) if journal.exists() else ():
                _apply(self._documents, *change)
            self._compact(journal)
        except BaseException:
            self.close()
            raise

    def _compact(self, journal: Path) -> None:
        """Write what there is as one line, in the place of all that led to it."""
        partial = journal.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        self._file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._append(
            [(kind, key, one) for kind, some in self._documents.items() for key, one in some.items()]
        )
        partial.rename(journal)
        _sync_folder(journal.parent)


def _apply(documents: dict[str, dict[str, Document]], kind: str, key: str, document: Document | None) -> None:
    if document is None:
        documents.get(kind, {}).pop(key, None)
    else:
        documents.setdefault(kind, {})[key] = document


def _read(journal: Path) -> Iterator[_Change]:
    for number, line in enumerate(journal.read_bytes().split(b"\n")[:-1], start=1):
        try:
            yield from json.loads(line)
        except ValueError as error:
            raise SecondkeyError(
                f"line {number} of {journal} is damaged", "put it aside to begin anew, or repair that line"
            ) from error


def _line(changes: list[_Change]) -> bytes:
    return json.dumps(changes, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _write(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _lock(directory: Path) -> int:
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SecondkeyError(
            f"another simulated Slack already uses {directory}", "end that one, or name another folder"
        ) from None
    return lock


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
