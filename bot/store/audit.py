"""The audit log: append-only, and each entry bound to the one before it by a hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from bot.domain.backup import AuditHead
from bot.store.documents import cleaned, storable
from bot.store.queries import only_row, query

#: Before the first entry.
_BEGINNING = "0" * 64
_FIELDS = ("number", "at", "actor", "action", "subject", "detail", "previous")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who did what to what."""

    #: without gaps, from 1
    number: int
    at: datetime
    #: a Slack user id, `cli:<login>`, `schedule:<name>` or `secondkey`
    actor: str
    #: `backup.requested`
    action: str
    #: the database, or whatever else it was done to
    subject: str
    detail: Any


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A signed document outside the log, and the head that the log had when it was made."""

    #: the id of a backup
    name: str
    head: AuditHead


@dataclass(frozen=True, kw_only=True)
class Break:
    """A place where the log is not as it was written."""

    #: of the entry; of the first one where several are missing
    number: int
    what: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What following the chain from its beginning found."""

    entries: int
    broken: tuple[Break, ...]

    @property
    def intact(self) -> bool:
        return not self.broken


def append(
    connection: Connection[Any], *, actor: str, action: str, subject: str, detail: Mapping[str, Any]
) -> None:
    """Write one more entry. Until the transaction ends, nobody else can."""
    number, previous, at = only_row(connection, "audit_head")
    text = json.dumps(cleaned(detail), sort_keys=True, ensure_ascii=False, allow_nan=False)
    values = (number + 1, at, storable(actor), storable(action), storable(subject), text, previous)
    entry = dict(zip(_FIELDS, values, strict=True))
    connection.execute(query("audit_append"), {**entry, "hash": _hash(values)})


def entries(connection: Connection[Any], limit: int) -> list[Entry]:
    """The newest entries first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(query("audit_entries"), {"limit": limit}).fetchall()


def head(connection: Connection[Any]) -> AuditHead | None:
    """The newest entry that is committed; None before the first one."""
    row = connection.execute(query("audit_newest")).fetchone()
    return AuditHead(number=row[0], hash=row[1]) if row and row[0] else None


def verify(connection: Connection[Any], witnesses: Sequence[Witness] = ()) -> Verification:
    """Follow the chain from its beginning to its head, and say where it is broken.

    Whoever can write all of the log can make another one that follows. Each of the `witnesses`, which are to
    be gathered before, knows one entry as it was.
    """
    chain = _Chain(witnesses)
    with connection.cursor(name="audit_chain") as cursor:
        cursor.execute(query("audit_chain"))
        broken = [found for row in cursor for found in chain.follow(row)]
    broken += chain.end(connection.execute(query("audit_newest")).fetchall())
    return Verification(entries=chain.entries, broken=tuple(broken))


class _Chain:
    """The entry that was read last, and whether the next one follows it."""

    def __init__(self, witnesses: Sequence[Witness]) -> None:
        self.entries = 0
        self._number = 0
        self._hash = _BEGINNING
        self._witnesses = sorted(witnesses, key=lambda witness: witness.head.number, reverse=True)

    def follow(self, row: tuple[Any, ...]) -> Iterator[Break]:
        *fields, written = row
        number, previous = fields[0], fields[-1]
        if number > self._number + 1:
            yield _missing(self._number + 1, number - 1)
        elif number <= self._number:
            yield Break(number=number, what=f"entry {number} is there more than once, or has no place")
        elif previous != self._hash:
            yield Break(number=number, what=f"entry {number} does not follow the one before it")
        if written != _hash(fields):
            yield Break(number=number, what=f"entry {number} was changed")
        yield from self._heard(number, written)
        self.entries += 1
        self._number, self._hash = number, written

    def _heard(self, number: int, written: str) -> Iterator[Break]:
        """What those say who knew this entry. One that differs is told: all that follow do."""
        while self._witnesses and self._witnesses[-1].head.number <= number:
            witness = self._witnesses.pop()
            if witness.head != AuditHead(number=number, hash=written):
                self._witnesses.clear()
                yield Break(number=witness.head.number, what=_contradicted(witness))

    def end(self, head: Sequence[tuple[int, str]]) -> Iterator[Break]:
        """What the head, kept apart, and witnesses of later entries say of the newest one."""
        if self._witnesses:
            yield Break(number=self._witnesses[-1].head.number, what=_contradicted(self._witnesses[-1]))
        if len(head) != 1:
            yield Break(number=self._number, what="the record of the newest entry is missing")
            return
        number, newest = head[0]
        if number > self._number:
            yield _missing(self._number + 1, number)
        elif number < self._number:
            yield Break(number=number + 1, what=f"what follows entry {number} was not written by Secondkey")
        elif newest != self._hash:
            yield Break(number=number, what=f"entry {number} is not the one that was written last")


def _contradicted(witness: Witness) -> str:
    return (
        f"entry {witness.head.number} is not the one that stood there when {witness.name} was signed: "
        "what is here was written since, or the bot's state was lost"
    )


def _missing(first: int, last: int) -> Break:
    what = f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"
    return Break(number=first, what=what)


def _hash(fields: Sequence[Any]) -> str:
    """Over the canonical JSON of all that an entry says, the hash of the one before it included."""
    text = json.dumps(list(fields), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
