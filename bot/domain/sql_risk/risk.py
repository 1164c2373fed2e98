"""One thing that a migration may destroy, or that nobody can tell of."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot import wording

#: Characters of a statement that are shown.
SHOWN = 120
_STRINGS = re.compile(r"'(?:[^']|'')*+'")


class Kind(StrEnum):
    DROP_TABLE = "drop table"
    DROP_COLUMN = "drop column"
    DROP_SCHEMA = "drop schema"
    DROP_DATABASE = "drop database"
    DROP_MATERIALIZED_VIEW = "drop materialized view"
    DROP_OWNED = "drop owned"
    DROP_CASCADE = "drop with what depends on it"
    TRUNCATE = "truncate"
    DELETE_ALL = "delete every row"
    UPDATE_ALL = "update every row"
    MERGE_DELETE = "merge that deletes"
    TYPE_CHANGE = "change of a column's type"
    #: what it runs is decided elsewhere: DO, CALL, a function of the team's own, psql
    OPAQUE = "opaque"
    #: neither the parser nor the list of harmless statements knows it
    UNPARSABLE = "unparsable"

    @property
    def judged(self) -> bool:
        """Whether it is known to destroy; else nobody can tell what it does."""
        return self not in (Kind.OPAQUE, Kind.UNPARSABLE)


@dataclass(frozen=True, kw_only=True)
class TypeChange:
    """A conversion by PostgreSQL's own cast: whether it loses hangs on the type that the column has now."""

    #: as `Risk.subject` names a table
    table: str
    column: str
    #: as people write it: `bigint`, `numeric(12,2)`
    to: str


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """What is wrong with one statement."""

    kind: Kind
    #: the table, column, schema or function; the schema is said only where it is not `public`
    subject: str
    #: for people, behind the file's and the statement's name
    sentence: str
    change: TypeChange | None = None


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A hazard with its place."""

    kind: Kind
    file: str
    #: of the statement's first word; counted from 1
    line: int
    #: without comments, on one line, shortened; what its strings hold is not shown
    statement: str
    subject: str
    sentence: str
    change: TypeChange | None = None


def shown(code: str) -> str:
    """A statement as people see it: strings may hold secrets and business data."""
    line = wording.visible(" ".join(_STRINGS.sub("'…'", code[: SHOWN * 20]).split()))
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
