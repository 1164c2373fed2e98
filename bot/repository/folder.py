"""The repository: a folder with one folder for each database.

<root>/secondkey.pub               the public key
<root>/<database>/<id>.dump        the archive
<root>/<database>/<id>.json        the manifest, and <id>.json.sig
<root>/<database>/<id>.proof.json  how far it is proven by now, and <id>.proof.json.sig
"""

import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.domain.backup import Backup, Level, Manifest, Proof, read_backup_id
from bot.errors import CommandFailed, NotFound, SecondkeyError, UsageError
from bot.locks import locked
from bot.repository import archive
from bot.repository.faults import BackupFault, Fault
from bot.repository.files import (
    PARTIAL,
    being_written,
    explained,
    make_folder,
    reading,
    write_atomically,
)
from bot.repository.keys import PUBLIC_NAME, Keys, read_fingerprint
from bot.repository.signing import load_signed, save_signed, signature_path

_FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_MANIFEST = TypeAdapter(Manifest)
_PROOF = TypeAdapter(Proof)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A backup that lies in the repository and cannot be trusted, and why."""

    id: str
    database: str
    problem: SecondkeyError


class Repository:
    """Backups in a folder that only we may enter."""

    def __init__(self, root: Path, keys: Keys) -> None:
        self.root = root.resolve()
        self.keys = keys

    def prepare(self) -> None:
        """Make the folder and publish the public key; raises `BackupFault` where another key's lies there."""
        published = self.root / PUBLIC_NAME
        with explained("prepare the repository", self.root.parent):
            make_folder(self.root)
            with locked(self.root):
                if not published.exists():
                    write_atomically(published, self.keys.public_pem())
        if (theirs := read_fingerprint(published)) != self.keys.fingerprint:
            raise BackupFault(
                Fault.KEY_FOREIGN,
                f"{self.root} belongs to another key, {theirs}; ours is {self.keys.fingerprint}",
                "put that key in place (repository.signing_key), or name another folder (repository.url)",
            )

    @contextmanager
    def open_archive(
        self, database: str, backup_id: str, *, expected_bytes: int | None = None
    ) -> Iterator[archive.ArchiveWriter]:
        """Write a new archive: it appears whole when the block ends well, and not at all otherwise.

        Raises `CommandFailed` where there is no room (`expected_bytes` only serves that message), and
        `BackupFault` at once where the signing key is lost.
        """
        self.keys.refuse_if_lost()
        folder = self.folder_of(database)
        with explained("write the archive", self.root):
            make_folder(folder)
        with archive.writing(folder / f"{_checked(backup_id)}.dump", expected_bytes) as writer:
            yield writer

    def save_manifest(self, manifest: Manifest) -> None:
        """Sign and write the manifest, once. Where that fails, the archive is removed as well."""
        path = self.file_of(manifest.database, manifest.id, ".json")
        if path.exists():
            raise CommandFailed(
                f"{path.name} exists already, and a manifest is never changed", "make a new backup"
            )
        content = _MANIFEST.dump_json(manifest, indent=2)
        try:
            with explained("write the manifest", path.parent, len(content)), locked(path.parent):
                save_signed(path, content, self.keys)
        except SecondkeyError:
            for leftover in (path, signature_path(path), path.with_suffix(".dump")):
                leftover.unlink(missing_ok=True)
            raise

    def update_proof(self, database: str, backup_id: str, change: Callable[[Proof], Proof]) -> Proof:
        """Sign and write what `change` makes of the proof that lies there now, and return it.

        Nobody else writes the proof meanwhile. Raises `BackupFault` for what cannot be trusted.
        """
        manifest = self._manifest_of(database, _checked(backup_id))
        path = self.file_of(database, manifest.id, ".proof.json")
        with explained("write the proof", path.parent), locked(path.parent):
            proof = change(self._read_proof(manifest))
            save_signed(path, _PROOF.dump_json(proof, indent=2), self.keys)
        return proof

    def load(self, backup_id: str, database: str | None = None) -> Backup:
        """The backup of this id, its signatures verified; the archive is not read.

        Without a database it is taken from the folder that it was made for, never from a copy of that. Raises
        `UsageError` for what is no id, `NotFound`, and `BackupFault` for what cannot be trusted.
        """
        known = _checked(backup_id)
        holders = self._holders(known)
        if database is None:
            return self._first_good(holders, known)
        if database not in holders:
            raise NotFound(
                f"{known} is a backup of {holders[0]}, not of {database}", f"secondkey backups {database}"
            )
        return self._read(database, known)

    def backups(
        self, database: str | None = None, *, besides: Collection[str] = ()
    ) -> tuple[Backup | Broken, ...]:
        """All backups, or those of one database, newest first, those that cannot be trusted included.

        Those with one of the ids `besides` are not read.
        """
        names = self._databases() if database is None else [database]
        entries = sorted((entry for entry in self._entries(names) if entry[0] not in besides), reverse=True)
        return tuple(self._read_or_tell(name, backup_id) for backup_id, name in entries)

    def verify_archive(
        self,
        backup: Backup,
        on_progress: Callable[[int], object] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Path:
        """Read the whole archive, compare it with the signed manifest, and return where it lies.

        `on_progress` gets the bytes read so far. Raises `BackupFault`, or `programs.Stopped`.
        """
        path = self.file_of(backup.manifest.database, backup.id, ".dump")
        with reading(path):
            archive.verify(path, backup.manifest.archive, on_progress, should_stop)
        return path

    def look_at(self, database: str, backup_id: str) -> Backup:
        """The backup as its files are now: there, and the signed ones; raises `BackupFault`.

        Of the archive only the size is compared; `verify_archive` reads it whole.
        """
        backup = self._read(database, backup_id)
        path = self.file_of(database, backup_id, ".dump")
        with reading(path):
            archive.look_at(path, backup.manifest.archive)
        return backup

    def clean_partials(self) -> list[Path]:
        """Remove what crashed writers left, and return it.

        What is being written stays, and whatever we would never have made: another name, a folder, a link.
        """
        removed = []
        for folder in (self.folder_of(name) for name in self._databases()):
            with explained("clear away unfinished backups", folder), locked(folder):
                ours = [path for path in folder.glob(f"*{PARTIAL}") if _backup_id_of(path)]
                removed += [path for path in ours if _remove_abandoned(path)]
        return removed

    def discard_unfinished(self, database: str, backup_id: str) -> None:
        """Remove what a crashed attempt left of this backup, so that it can be made again.

        A backup whose manifest is there stays as it is, and so does an archive that is being written.
        """
        folder = self.folder_of(database)
        with reading(folder):
            there = folder.is_dir()
        if not there:
            return
        with explained("clear away an unfinished backup", folder), locked(folder):
            manifest = self.file_of(database, backup_id, ".json")
            if manifest.exists():
                return
            finished = (manifest.with_suffix(".dump"), signature_path(manifest))
            for path in (manifest, *finished):
                _remove_abandoned(path.with_name(path.name + PARTIAL))
            for path in finished:
                path.unlink(missing_ok=True)

    def folder_of(self, database: str) -> Path:
        """Where a database's backups lie; raises `UsageError`, and `BackupFault` for a link."""
        if not _FOLDER_NAME.fullmatch(database):
            raise UsageError(
                f"{database!r} cannot be the name of a database's folder", "use the configured name"
            )
        folder = self.root / database
        with reading(folder):
            linked = folder.is_symlink()
        if linked:
            raise BackupFault(
                Fault.NOT_A_FILE, f"{folder} is a link, and is not followed", "put the folder itself there"
            )
        return folder

    def file_of(self, database: str, backup_id: str, suffix: str) -> Path:
        """One of a backup's files; raises as `folder_of` does."""
        return self.folder_of(database) / (_checked(backup_id) + suffix)

    def _read(self, database: str, backup_id: str) -> Backup:
        manifest = self._manifest_of(database, backup_id)
        return Backup(manifest=manifest, proof=self._read_proof(manifest))

    def _first_good(self, databases: list[str], backup_id: str) -> Backup:
        found = [self._read_or_tell(database, backup_id) for database in databases]
        for entry in found:
            if isinstance(entry, Backup):
                return entry
        raise next(entry.problem for entry in found if isinstance(entry, Broken))

    def _manifest_of(self, database: str, backup_id: str) -> Manifest:
        path = self.file_of(database, backup_id, ".json")
        manifest = self._read_manifest(path)
        if (manifest.id, manifest.database) != (backup_id, database):
            raise _misplaced(path, f"the manifest of {manifest.id} of {manifest.database}")
        return manifest

    def _read_manifest(self, path: Path) -> Manifest:
        try:
            with reading(path):
                content = load_signed(path, self.keys)
        except FileNotFoundError:
            raise BackupFault(
                Fault.MANIFEST_MISSING,
                f"{path.name} is missing: nothing vouches for the archive beside it",
                "the backup was never completed, or somebody removed the file: make a new one",
            ) from None
        manifest = _parse(_MANIFEST, content, path)
        if manifest.format != Manifest.format:
            raise _unreadable(path, f"its format {manifest.format} is not {Manifest.format}")
        return manifest

    def _read_proof(self, manifest: Manifest) -> Proof:
        """The proof, or what a signed manifest proves by itself where none was written yet."""
        path = self.file_of(manifest.database, manifest.id, ".proof.json")
        try:
            with reading(path):
                proof = _parse(_PROOF, load_signed(path, self.keys), path)
        except FileNotFoundError:
            return first_proof(manifest)
        if (proof.id, proof.sha256) != (manifest.id, manifest.archive.sha256):
            raise _misplaced(path, f"the proof of another archive, {proof.id}")
        return proof

    def _read_or_tell(self, database: str, backup_id: str) -> Backup | Broken:
        try:
            return self._read(database, backup_id)
        except SecondkeyError as problem:
            return Broken(id=backup_id, database=database, problem=problem)

    def _entries(self, databases: Iterable[str]) -> set[tuple[str, str]]:
        """(id, database) of whatever bears an id: archives without a manifest as well."""
        found = set()
        for name in databases:
            for path in _children(self.folder_of(name)):
                backup_id = _backup_id_of(path)
                if backup_id and path.suffixes in ([".dump"], [".json"]):
                    found.add((backup_id, name))
        return found

    def _databases(self) -> list[str]:
        with reading(self.root):
            return [
                path.name
                for path in _children(self.root)
                if _FOLDER_NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
            ]

    def _holders(self, backup_id: str) -> list[str]:
        """The folders that hold anything of this id; more than one where somebody copied a folder."""
        entries = self._entries(self._databases())
        holders = sorted(database for found, database in entries if found == backup_id)
        if not holders:
            raise NotFound(
                f"there is no backup {backup_id} in {self.root}", "`secondkey backups` shows what there is"
            )
        return holders


def first_proof(manifest: Manifest) -> Proof:
    """What is proven when the archive and its signed manifest are written."""
    return Proof(
        id=manifest.id,
        sha256=manifest.archive.sha256,
        level=Level.WRITTEN,
        health=manifest.health,
        suspect_because=manifest.suspect_because,
        at=manifest.created_at,
    )


def _checked(backup_id: str) -> str:
    known = read_backup_id(backup_id)
    if known is None:
        raise UsageError(f"{backup_id[:60]!r} is not a backup id", "an id looks like B-20251008-191204-abcd")
    return known


def _children(folder: Path) -> list[Path]:
    with reading(folder):
        return list(folder.iterdir()) if folder.is_dir() else []


def _backup_id_of(path: Path) -> str | None:
    """The id that a file's name begins with; None for what we never named."""
    backup_id = path.name.partition(".")[0]
    return backup_id if read_backup_id(backup_id) == backup_id else None


def _remove_abandoned(partial: Path) -> bool:
    """Remove a file that nobody writes any more; anything but a plain file stays."""
    try:
        if not stat.S_ISREG(partial.lstat().st_mode) or being_written(partial):
            return False
        partial.unlink()
    except FileNotFoundError:
        # Its writer has just given it its own name.
        return False
    return True


def _parse(adapter: TypeAdapter[T], content: bytes, path: Path) -> T:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        raise _unreadable(path, error.errors()[0]["msg"]) from error


def _unreadable(path: Path, why: str) -> BackupFault:
    return BackupFault(
        Fault.DOCUMENT_UNREADABLE,
        f"{path.name} is signed, but this version cannot read it: {why}",
        "a newer Secondkey may have written it: update this one",
    )


def _misplaced(path: Path, what: str) -> BackupFault:
    return BackupFault(
        Fault.DOCUMENT_MISPLACED,
        f"{path.name} is {what}, put under another name; it is not trusted",
        "put the files back where they were, and find out who moved them",
    )
