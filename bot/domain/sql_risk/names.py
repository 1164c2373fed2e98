"""Names as SQL writes them, and parts of a statement outside of its parentheses."""

import re
from itertools import pairwise
from typing import NamedTuple

_QUOTED = r'"(?:[^"]|"")*"'
#: A name of one part, and one that may be qualified.
PART = rf"(?:{_QUOTED}|[^\W\d][\w$]*)"
DOTTED = rf"{PART}(?:[ ]?\.[ ]?{PART})*"
_PARTS = re.compile(PART)
_TURNS = re.compile(rf"{_QUOTED}|[(),]|\bAS\b", re.IGNORECASE)


class Name(NamedTuple):
    """A table's name, unquoted; the schema is empty where the statement leaves it to `search_path`."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema in ("", "public") else f"{self.schema}.{self.name}"


def named(dotted: str) -> Name:
    """The name that PostgreSQL reads: `"User"`, `app.Users` (which is `app.users`)."""
    *schemas, name = [plain(part) for part in _PARTS.findall(dotted)]
    return Name(schemas[-1] if schemas else "", name)


def plain(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()


def listed(code: str) -> list[str]:
    """What stands between the commas that no parentheses enclose."""
    edges = [-1, *_outside(code, ","), len(code)]
    return [code[begin + 1 : end].strip() for begin, end in pairwise(edges)]


def behind_as(code: str) -> str:
    """What follows the first AS that no parentheses enclose; empty where there is none."""
    place = next(iter(_outside(code, "AS")), None)
    return "" if place is None else code[place + len("AS") :].strip()


def _outside(code: str, wanted: str) -> list[int]:
    """Where it stands outside of parentheses and quoted names."""
    found, depth = [], 0
    for turn in _TURNS.finditer(code):
        depth += {"(": 1, ")": -1}.get(turn[0], 0)
        if depth <= 0 and turn[0].upper() == wanted:
            found.append(turn.start())
    return found
