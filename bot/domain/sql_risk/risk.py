"""One thing that a migration may destroy, or that nobody can tell of."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot import wording
from bot.domain.sql_risk.names import Name

#: Characters of a statement that are shown.
SHOWN = 120
#: Strings, which are empty here, and those and comments that have no end.
_HIDDEN = re.compile(r"''|'.*|\$\w*\$.*|/\*.*", re.DOTALL)


class Kind(StrEnum):
    """What is done to a risk's subject: `drop table`, said before its name."""

    DROP_TABLE = "drop table"
    DROP_COLUMN = "drop column"
    DROP_SCHEMA = "drop schema"
    DROP_DATABASE = "drop database"
    DROP_MATERIALIZED_VIEW = "drop materialized view"
    DROP_OWNED = "drop all that is owned by"
    #: and whatever depends on it, columns of tables among that
    DROP_CASCADE = "drop with all that depends on it"
    TRUNCATE = "truncate"
    DELETE_ALL = "delete every row of"
    UPDATE_ALL = "update every row of"
    MERGE_DELETE = "merge that deletes from"
    TYPE_CHANGE = "change the type of"
    #: what it runs is decided elsewhere: DO, CALL, a function of the team's own, psql, Python
    OPAQUE = "cannot be looked into"
    #: neither the parser nor the list of harmless statements knows it
    UNPARSABLE = "cannot be read"

    @property
    def known(self) -> bool:
        """Whether it is known to destroy; else nobody can tell what it does."""
        return self not in (Kind.OPAQUE, Kind.UNPARSABLE)


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """What is wrong with one statement."""

    kind: Kind
    #: as people name it: `User`, `User.email`, `app.purge()`; for what cannot be read its first words
    subject: str
    #: whose rows are at stake; None where it is no single table
    table: Name | None = None
    #: the table's name is only the usual one
    guessed: bool = False
    #: what refers to it goes as well
    cascade: bool = False
    #: what the column gets by PostgreSQL's own cast; empty where another expression makes its values
    new_type: str = ""
    #: why it cannot be read, where that is not plain to see
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A hazard with its place."""

    hazard: Hazard
    #: relative to the migrations folder
    file: str
    #: of the statement's first word; counted from 1
    line: int
    #: without comments, on one line, shortened; what its strings hold is not shown
    statement: str
    #: False after a rename: what now bears the table's name in the database need not be what is destroyed
    certain: bool = True
    #: a digest of all that is pending with it: what a function or a block does may stand in another file
    among: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def shown(code: str) -> str:
    """A statement as people see it: strings may hold secrets and business data, psql's arguments as well."""
    first = code.split(None, 1)[0] if code.startswith("\\") else code
    line = wording.visible(" ".join(_HIDDEN.sub("'…'", first[: SHOWN * 4]).split()))
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
