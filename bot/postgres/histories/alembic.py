"""Alembic's migrations: the heads in a database, and the chain of revisions in a release."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.migrations import Migration, MigrationState, ReleaseMigration, Tool
from bot.postgres.histories.python_files import assigned, in_order, parsed, recognised, strings
from bot.postgres.histories.reader import Reader, Row, UnfitFolder, text_of


@dataclass(frozen=True, kw_only=True)
class _Revision:
    name: str
    file: str
    #: the revisions that it was made on top of: several for a merge, none for the first
    down: tuple[str, ...]
    #: others that must be applied before it; may also be names of branches
    depends_on: tuple[str, ...]


def _migrations(rows: Sequence[Row]) -> tuple[Migration, ...]:
    return tuple(
        Migration(name=name, checksum=None, state=MigrationState.APPLIED, applied_at=None) for (name,) in rows
    )


def _files(directory: Path) -> Iterator[Path]:
    """The revisions; `directory` may be the folder `versions` or the one that holds it."""
    versions = directory / "versions"
    within = versions if versions.is_dir() else directory
    return (file for file in sorted(within.iterdir()) if file.suffix == ".py" and file.name != "__init__.py")


def _recognises(directory: Path) -> bool:
    return recognised(
        _files(directory), lambda tree: {"revision", "down_revision"} <= assigned(tree.body).keys()
    )


def _release(directory: Path) -> tuple[ReleaseMigration, ...]:
    revisions: dict[str, _Revision] = {}
    files: dict[str, Path] = {}
    for file in _files(directory):
        revision = _revision(file.name, parsed(file))
        if revision.name in revisions:
            twin = revisions[revision.name].file
            raise UnfitFolder(
                f"{twin} and {file.name} are both revision {revision.name}", "remove one of them"
            )
        revisions[revision.name] = revision
        files[revision.name] = file
    after = {name: _before(revision, revisions) for name, revision in revisions.items()}
    return tuple(
        ReleaseMigration(
            name=name,
            checksums=frozenset(),
            after=after[name],
            path=files[name].relative_to(directory).as_posix(),
            text=text_of(files[name].read_bytes()),
        )
        for name in in_order(after)
    )


def _revision(file: str, tree: ast.Module) -> _Revision:
    values = assigned(tree.body)
    name = strings(values.get("revision"))
    down, depends_on = strings(values.get("down_revision")), strings(values.get("depends_on"))
    if not name or len(name) > 1 or down is None or depends_on is None:
        raise UnfitFolder(
            f"{file} does not say in plain words what `revision` and `down_revision` are",
            "every file of the folder must be a revision of Alembic's",
        )
    return _Revision(name=name[0], file=file, down=down, depends_on=depends_on)


def _before(revision: _Revision, revisions: dict[str, _Revision]) -> tuple[str, ...]:
    for down in revision.down:
        if down not in revisions:
            raise UnfitFolder(
                f"{revision.file} follows {down}, which is not in the folder", "bring back the missing file"
            )
    return tuple(
        dict.fromkeys([*revision.down, *(each for each in revision.depends_on if each in revisions)])
    )


READER = Reader(
    tool=Tool.ALEMBIC,
    table="alembic_version",
    columns=frozenset({"version_num"}),
    heads_only=True,
    migrations=_migrations,
    shape="versions/*.py with `revision` and `down_revision`",
    recognises=_recognises,
    release=_release,
)
