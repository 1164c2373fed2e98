"""Django's migrations: the history in a database, and the applications of a release."""

import ast
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.migrations import Migration, MigrationState, ReleaseMigration, Tool
from bot.postgres.histories.python_files import assigned, in_order, parsed, recognised, strings
from bot.postgres.histories.reader import Reader, Row, UnfitFolder, text_of

#: Folders of other people's code below a project's own.
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})
_FOLDER = "migrations"


@dataclass(frozen=True, kw_only=True)
class _File:
    migration: ReleaseMigration
    after: tuple[str, ...]
    run_before: tuple[str, ...]


def _migrations(rows: Sequence[Row]) -> tuple[Migration, ...]:
    return tuple(
        Migration(name=f"{app}.{name}", checksum=None, state=MigrationState.APPLIED, applied_at=applied)
        for app, name, applied in rows
    )


def _files(directory: Path) -> Iterator[Path]:
    """The migrations of every application below the folder: a project, an application, or its migrations."""
    for place, folders, files in os.walk(directory, onerror=_refuse):
        folders[:] = sorted(each for each in folders if each not in _FOREIGN and not each.startswith("."))
        if Path(place).name == _FOLDER:
            # As Django: names that begin with one of these are helpers.
            yield from (
                Path(place, each) for each in sorted(files) if each.endswith(".py") and each[0] not in "_~"
            )


def _refuse(error: OSError) -> None:
    raise error


def _recognises(directory: Path) -> bool:
    return recognised(_files(directory), lambda tree: _body(tree) is not None)


def _release(directory: Path) -> tuple[ReleaseMigration, ...]:
    files = [_read(file, directory) for file in _files(directory)]
    after: dict[str, set[str]] = {}
    for each in files:
        name = each.migration.name
        if name in after:
            raise UnfitFolder(f"{name} is there twice", "name the folder of one project")
        after[name] = set(each.after)
    for each in files:
        for later in each.run_before:
            after.get(later, set()).add(each.migration.name)
    _check(after, {name for each in files for name in each.migration.replaces})
    order = in_order({name: tuple(before) for name, before in after.items()})
    migrations = {each.migration.name: each.migration for each in files}
    return tuple(replace(migrations[name], after=tuple(sorted(after[name]))) for name in order)


def _check(after: Mapping[str, set[str]], replaced: set[str]) -> None:
    """What an application of the folder's own follows must be there; other people's are not ours to know."""
    applications = {_application(name) for name in after}
    for name, before in after.items():
        for each in before - after.keys() - replaced:
            if _application(each) in applications:
                raise UnfitFolder(
                    f"{name} follows {each}, which is not in the folder", "bring back the missing file"
                )


def _application(name: str) -> str:
    return name.partition(".")[0]


def _read(file: Path, directory: Path) -> _File:
    body = _body(parsed(file))
    if body is None:
        raise UnfitFolder(
            f"{file.parent.parent.name}/{_FOLDER}/{file.name} has no class Migration",
            "every file there must be a migration of Django's, or begin with _",
        )
    values = assigned(body)
    replaces, after, run_before = (
        _names(file, values.get(key)) for key in ("replaces", "dependencies", "run_before")
    )
    name = f"{_label(file.parent.parent)}.{file.stem}"
    migration = ReleaseMigration(
        name=name,
        checksums=frozenset(),
        replaces=replaces,
        path=file.relative_to(directory).as_posix(),
        text=text_of(file.read_bytes()),
    )
    return _File(migration=migration, after=after, run_before=run_before)


def _body(tree: ast.Module) -> list[ast.stmt] | None:
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            return statement.body
    return None


def _names(file: Path, value: ast.expr | None) -> tuple[str, ...]:
    """The migrations named as pairs; what is swappable, or `__first__`, is another application's."""
    match value:
        case None:
            return ()
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            pairs = [strings(each) for each in elements if isinstance(each, ast.Tuple)]
        case _:
            raise UnfitFolder(
                f"{file.name} does not say in plain words what it follows or replaces",
                "Secondkey executes no migration: write the list as it is",
            )
    return tuple(".".join(pair) for pair in pairs if pair and len(pair) == 2 and not pair[1].startswith("__"))


def _label(application: Path) -> str:
    """As its AppConfig has it, or the folder's name."""
    config = application / "apps.py"
    for statement in parsed(config).body if config.is_file() else ():
        if isinstance(statement, ast.ClassDef):
            label = strings(assigned(statement.body).get("label"))
            if label:
                return label[0]
    return application.resolve().name


READER = Reader(
    tool=Tool.DJANGO,
    table="django_migrations",
    columns=frozenset({"id", "app", "name", "applied"}),
    migrations=_migrations,
    shape="APP/migrations/*.py with a class Migration",
    recognises=_recognises,
    release=_release,
)
