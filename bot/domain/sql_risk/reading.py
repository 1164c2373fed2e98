"""The risks of one script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot import wording
from bot.domain.sql_risk.risk import Hazard, Kind, Risk, shown
from bot.domain.sql_risk.splitting import statements
from bot.domain.sql_risk.words import hazards

#: Risks of one file that are named.
_MOST = 1000
#: After these another table than before bears a name, or rows belong to another table as well.
_MOVES = re.compile(r"ALTER\b.*\b(?:RENAME|SET SCHEMA|ATTACH PARTITION|INHERIT)\b", re.IGNORECASE | re.DOTALL)
#: What makes a script say something else to PostgreSQL than to a reader of its own rules.
_MISREAD = (
    (re.compile("\0"), "it holds NUL bytes, where PostgreSQL ends a script"),
    (
        re.compile(r"standard_conforming_strings(?!\s*(?:=|\bTO\b)\s*(?:on\b|'on'|true\b))", re.IGNORECASE),
        "it changes how strings are read (standard_conforming_strings)",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was found in one file."""

    risks: tuple[Risk, ...]
    #: what stands in the database under a table's name need not be the same table afterwards
    moves: bool = False


def risks(sql: str, file: str) -> tuple[Risk, ...]:
    """What a script may destroy, in its order; nothing for a harmless one. Raises nothing."""
    return read(sql, file).risks


def read(sql: str, file: str, line: int = 1) -> Reading:
    """`line` is that of the file in which the script begins."""
    # The parser takes longer to import than most commands of the command line to run.
    from bot.domain.sql_risk.queries import Queries

    found, moved, queries = [_of_file(each, file, line) for each in _misread(sql)], False, Queries()
    for statement in statements(sql):
        moved = moved or bool(_MOVES.match(statement.code))
        if dangers := dict.fromkeys(hazards(statement.code, queries)):
            place, text = line + statement.line - 1, shown(statement.code)
            found += [
                Risk(hazard=each, file=file, line=place, statement=text, certain=not moved)
                for each in dangers
            ]
        if len(found) > _MOST:
            found.append(_of_file(f"after {wording.count(_MOST)} risks the rest was not read", file, line))
            break
    return Reading(risks=tuple(found), moves=moved)


def _misread(sql: str) -> Iterator[str]:
    return (because for pattern, because in _MISREAD if pattern.search(sql))


def _of_file(because: str, file: str, line: int) -> Risk:
    hazard = Hazard(kind=Kind.UNPARSABLE, subject="the file", because=because)
    return Risk(hazard=hazard, file=file, line=line, statement="")
