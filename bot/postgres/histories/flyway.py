"""Flyway's migrations: the history in a database, and the SQL files of a release."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bot.domain.migrations import Migration, MigrationState, ReleaseMigration, Tool
from bot.domain.reconciling import flyway_baseline, flyway_version
from bot.postgres.histories.reader import Reader, Row, UnfitFolder, text_of

_REPEATABLE = re.compile(r"R__.*\.sql")
_BOM = b"\xef\xbb\xbf"


def _migrations(rows: Sequence[Row]) -> tuple[Migration, ...]:
    """One for each version or repeatable: what became of it last."""
    found: dict[str, Migration] = {}
    for version, description, kind, script, checksum, success in rows:
        key = version or description
        if kind == "SCHEMA":
            continue
        if kind == "DELETE":
            found.pop(key, None)
        elif kind.startswith("UNDO"):
            undone = MigrationState.ROLLED_BACK if success else MigrationState.FAILED
            found[key] = replace(found.get(key) or _migration(script, checksum, success), state=undone)
        else:
            found.pop(key, None)
            # A baseline has no file: all up to its version count as applied.
            name = flyway_baseline(version) if "BASELINE" in kind else script
            found[key] = _migration(name, checksum, success)
    return tuple(found.values())


def _migration(script: str, checksum: str | None, success: bool) -> Migration:
    """Flyway's moments bear no time zone: they tell none."""
    state = MigrationState.APPLIED if success else MigrationState.FAILED
    return Migration(name=PurePosixPath(script).name, checksum=checksum, state=state, applied_at=None)


def _files(directory: Path) -> Iterator[Path]:
    """As Flyway looks for them: in all folders below."""
    return (
        file
        for file in sorted(directory.rglob("*.sql"))
        if flyway_version(file.name) is not None or _REPEATABLE.fullmatch(file.name)
    )


def _release(directory: Path) -> tuple[ReleaseMigration, ...]:
    """By version as numbers, then the repeatable ones by name."""
    versioned: dict[tuple[int, ...], Path] = {}
    repeatable: dict[str, Path] = {}
    for file in _files(directory):
        version = flyway_version(file.name)
        known = repeatable.get(file.name) if version is None else versioned.get(version)
        if known:
            raise UnfitFolder(f"{known.name} and {file.name} are the same migration", "remove one of them")
        if version is None:
            repeatable[file.name] = file
        else:
            versioned[version] = file
    in_order = [
        *((versioned[version], False) for version in sorted(versioned)),
        *((repeatable[name], True) for name in sorted(repeatable)),
    ]
    return tuple(_release_migration(file, directory, again=again) for file, again in in_order)


def _release_migration(file: Path, directory: Path, *, again: bool) -> ReleaseMigration:
    content = file.read_bytes()
    # Of a repeatable one Flyway adds up what stands in place of its placeholders, which only Flyway knows.
    known = not (again and b"${" in content)
    return ReleaseMigration(
        name=file.name,
        checksums=frozenset({checksum(content)} if known else ()),
        # What is repeatable comes before nothing.
        after=() if again else None,
        repeatable=again,
        path=file.relative_to(directory).as_posix(),
        text=text_of(content),
    )


def checksum(content: bytes) -> str:
    """Flyway's own: the CRC32 of the lines without their ends and a byte order mark, as a signed number.

    Source: flyway-core, `AbstractLoadableResource.checksum` and `BomFilter`.
    """
    text = content.removeprefix(_BOM).decode(errors="replace").encode()
    unsigned = zlib.crc32(text.replace(b"\r", b"").replace(b"\n", b""))
    return str(int.from_bytes(unsigned.to_bytes(4), signed=True))


READER = Reader(
    tool=Tool.FLYWAY,
    table="flyway_schema_history",
    columns=frozenset({"installed_rank", "version", "description", "type", "script", "checksum", "success"}),
    migrations=_migrations,
    shape="V1__NAME.sql",
    recognises=lambda directory: any(True for _ in _files(directory)),
    release=_release,
)
