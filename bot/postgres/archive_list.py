"""The table of contents of a custom-format archive, read exactly.

`pg_restore -l` separates schema, name and owner by blanks and leaves out dependencies; names with blanks and
grants on what the archive does not create cannot be told there. The layout is the same from PostgreSQL 14
(format 1.14) to 18 (1.16): integers as a sign byte and four bytes, least significant first; texts as a
length and UTF-8, or another encoding, with -1 for none. A newer layout is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.domain.omission import CatalogId
from bot.errors import CommandFailed

_MAGIC = b"PGDMP"
_CUSTOM_FORMAT = 1
_OLDEST, _NEWEST = (1, 14), (1, 16)
#: From here on the compression is one byte, and tables carry their kind.
_COMPRESSION_BYTE, _RELATION_KIND = (1, 15), (1, 16)
#: No name or definition is larger: what claims to be is damaged.
_LARGEST_TEXT = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the table of contents."""

    id: int
    #: what it is, as pg_dump names it: `TABLE`, `TABLE DATA`, `EVENT TRIGGER`, `ACL` …
    kind: str
    #: empty where it lies in none
    schema: str
    #: its name; of a function with the types, of a grant or comment with the kind of its object
    name: str
    owner: str
    #: the statement that makes it
    definition: str
    #: ids of entries it needs; some need not be in the archive
    needs: tuple[int, ...]
    #: where it lies; empty for the database's own, and for what lies nowhere
    tablespace: str = ""
    #: what it was in the database; 0 of 0 where it was no object of its own
    object: CatalogId

    @property
    def grants_schema(self) -> bool:
        """Whether it says who may use a schema."""
        return self.kind == "ACL" and self.name.startswith("SCHEMA ")

    def __str__(self) -> str:
        """For people: `event trigger audit_ddl`, `grants on TABLE "User"`."""
        match self.kind:
            case "ACL":
                return f"grants on {self.name}"
            case "COMMENT":
                return f"comment on {self.name}"
            case _:
                place = f"{self.schema}." if self.schema else ""
                return f"{self.kind.lower()} {place}{self.name.removeprefix(f'{self.kind} ')}"


def read_entries(archive: Path) -> tuple[Entry, ...]:
    """All entries, in the archive's order. Raises `CommandFailed` for what is no archive that we can read."""
    with archive.open("rb") as file:
        try:
            return tuple(_entries(_Reader(file)))
        except (EOFError, ValueError) as damage:
            raise CommandFailed(
                f"the table of contents of {archive.name} cannot be read: {damage}",
                "use another backup; it is damaged, or was made by a pg_dump newer than Secondkey knows",
            ) from damage


class _Reader:
    """The primitive values of the format."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._integer_bytes = 4
        self._offset_bytes = 8

    def bytes(self, length: int) -> bytes:
        content = self._file.read(length)
        if len(content) < length:
            raise EOFError("it ends too early")
        return content

    def byte(self) -> int:
        return self.bytes(1)[0]

    def integer(self) -> int:
        negative = self.byte()
        number = int.from_bytes(self.bytes(self._integer_bytes), "little")
        return -number if negative else number

    def optional_text(self) -> str | None:
        length = self.integer()
        if length < 0:
            return None
        if length > _LARGEST_TEXT:
            raise ValueError("a name is longer than any can be")
        return self.bytes(length).decode("utf-8", "replace")

    def text(self) -> str:
        return self.optional_text() or ""

    def skip_texts(self, count: int) -> None:
        for _ in range(count):
            self.optional_text()

    def header(self) -> tuple[int, int]:
        """Everything before the entries; returns the format's version."""
        if self.bytes(len(_MAGIC)) != _MAGIC:
            raise ValueError("it is no archive of pg_dump in custom format")
        version = (self.byte(), self.byte())
        self.byte()  # revision
        if not _OLDEST <= version <= _NEWEST:
            raise ValueError(f"its format {version[0]}.{version[1]} is not known")
        self._integer_bytes, self._offset_bytes = self.byte(), self.byte()
        if self.byte() != _CUSTOM_FORMAT:
            raise ValueError("it is not in custom format")
        if version >= _COMPRESSION_BYTE:
            self.byte()
        else:
            self.integer()
        for _ in range(7):  # when it was made
            self.integer()
        self.skip_texts(3)  # database, server version, pg_dump version
        return version

    def data_offset(self) -> None:
        self.bytes(1 + self._offset_bytes)


def _entries(reader: _Reader) -> Iterator[Entry]:
    version = reader.header()
    for _ in range(reader.integer()):
        yield _entry(reader, version)


def _entry(reader: _Reader, version: tuple[int, int]) -> Entry:
    number = reader.integer()
    reader.integer()  # whether it has data
    original = CatalogId(int(reader.text()), int(reader.text()))
    name, kind = reader.text(), reader.text()
    reader.integer()  # section
    definition = reader.text()
    reader.skip_texts(2)  # how to drop and how to copy
    schema = reader.text()
    tablespace = reader.text()
    reader.skip_texts(1)  # access method
    if version >= _RELATION_KIND:
        reader.integer()
    owner = reader.text()
    reader.skip_texts(1)  # whether it has oids
    needs = tuple(_dependencies(reader))
    reader.data_offset()
    return Entry(
        id=number,
        kind=kind,
        schema=schema,
        name=name,
        owner=owner,
        tablespace=tablespace,
        definition=definition,
        needs=needs,
        object=original,
    )


def _dependencies(reader: _Reader) -> Iterator[int]:
    while (text := reader.optional_text()) is not None:
        yield int(text)
