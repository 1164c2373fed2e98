"""What an emergency backup could not take, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from bot.domain.state import Sequence, State, Table, TableName


class Part(StrEnum):
    """How much of something is left out."""

    #: all of it, its definition too
    WHOLE = "whole"
    #: the rows of a table; of a sequence, where it stands
    CONTENTS = "contents"
    #: every large object: pg_dump takes all of them or none
    LARGE_OBJECTS = "large objects"


class CatalogId(NamedTuple):
    """An object as pg_depend and an archive's table of contents have it."""

    #: oid of its catalogue: 1255 for functions
    catalog: int
    oid: int


@dataclass(frozen=True, kw_only=True)
class Omission:
    """Something of the database that is not in the backup."""

    part: Part
    #: `table`, `view`, `sequence` …; empty for large objects
    kind: str = ""
    #: None for large objects
    name: TableName | None = None
    why: str
    #: what to do, so that the next backup has it
    cure: str = ""

    def __str__(self) -> str:
        """For people: `table User`, `rows of table User`."""
        if self.name is None:
            return self.part.value
        what = f"{self.kind} {self.name.short}"
        if self.part is Part.WHOLE:
            return what
        return f"value of {what}" if self.kind == "sequence" else f"rows of {what}"


def as_restored(state: State, omissions: Iterable[Omission]) -> State:
    """What a copy of a backup holds that was made of this state without what was left out."""
    parts = {omission.name: omission.part for omission in omissions if omission.name}
    history = state.history
    return replace(
        state,
        tables=tuple(_table(table, parts) for table in state.tables if parts.get(table.name) != Part.WHOLE),
        sequences=tuple(
            _sequence(each, parts) for each in state.sequences if parts.get(each.name) != Part.WHOLE
        ),
        history=None if history and history.table in map(str, parts) else history,
    )


def _table(table: Table, parts: dict[TableName, Part]) -> Table:
    return replace(table, rows=0, problem="", cure="") if table.name in parts else table


def _sequence(sequence: Sequence, parts: dict[TableName, Part]) -> Sequence:
    return replace(sequence, last_value=None, problem="", cure="") if sequence.name in parts else sequence
