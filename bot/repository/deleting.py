"""A backup goes for good. First its manifest is put aside, so that nobody is ever offered half of one.

What was begun can be taken back until its archive goes; what was cut off is found again, and finished.
"""

from bot.locks import locked
from bot.repository.files import explained, reading, sync_folder
from bot.repository.folder import Repository
from bot.repository.signing import signature_path

#: The manifest of a backup that is going; no other reader knows the name.
_GOING = ".json.going"
_MANIFEST = ".json"


def begin(repository: Repository, database: str, backup_id: str) -> None:
    """From now on it is no backup any more. Safe to repeat; raises `CommandFailed` and `BackupFault`."""
    manifest = repository.file_of(database, backup_id, _MANIFEST)
    with explained("delete a backup", manifest.parent), locked(manifest.parent):
        if manifest.exists():
            manifest.rename(repository.file_of(database, backup_id, _GOING))
            sync_folder(manifest.parent)


def take_back(repository: Repository, database: str, backup_id: str) -> None:
    """It is the backup that it was; raises as `begin` does."""
    going = repository.file_of(database, backup_id, _GOING)
    with explained("keep a backup", going.parent), locked(going.parent):
        if going.exists():
            going.rename(repository.file_of(database, backup_id, _MANIFEST))
            sync_folder(going.parent)


def finish(repository: Repository, database: str, backup_id: str) -> None:
    """Remove what is left of it, last of all what was put aside, by which it is found. Raises as `begin`."""
    manifest, proof, archive, going = (
        repository.file_of(database, backup_id, suffix)
        for suffix in (_MANIFEST, ".proof.json", ".dump", _GOING)
    )
    with explained("delete a backup", going.parent), locked(going.parent):
        for path in (manifest, archive, proof, signature_path(proof), signature_path(manifest)):
            path.unlink(missing_ok=True)
        sync_folder(going.parent)
        going.unlink(missing_ok=True)
        sync_folder(going.parent)


def begun(repository: Repository, database: str) -> tuple[str, ...]:
    """The ids of those that are going."""
    folder = repository.folder_of(database)
    with reading(folder):
        found = (
            [path.name.removesuffix(_GOING) for path in folder.glob(f"*{_GOING}")] if folder.is_dir() else []
        )
    return tuple(sorted(found))
