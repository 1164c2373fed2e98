"""Changes of a column's type that lose nothing, whatever the rows hold."""

import re
from typing import NamedTuple

#: Each holds every value of those before it. To numeric without a precision an integer always fits.
_INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}
_SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
}
_TYPE = re.compile(r"(?P<name>[^(]+?) ?(?:\((?P<sizes>[\d, ]+)\)(?P<rest>.*))?")


class _Type(NamedTuple):
    name: str
    sizes: tuple[int, ...]


def keeps_all(now: str, new: str) -> bool:
    """Whether every value of the present type is the same in the new one.

    `now` is as PostgreSQL's format_type gives it, and empty where it is not known.
    """
    old, to = _type(now), _type(new)
    if to.name in ("text", "varchar") and not to.sizes:
        # Whatever it was can be read from its text.
        return True
    return bool(now) and (old == to or _wider(old, to))


def _type(text: str) -> _Type:
    found = _TYPE.fullmatch(" ".join(text.lower().split()))
    if found is None:
        return _Type(text, ())
    name = f"{found['name']}{found['rest'] or ''}"
    sizes = tuple(int(size) for size in (found["sizes"] or "").replace(" ", "").split(",") if size)
    return _Type(_SPELLED.get(name, name), sizes)


def _wider(old: _Type, to: _Type) -> bool:
    match old.name, to.name:
        case ("varchar", "varchar"):
            return bool(old.sizes) and old.sizes <= to.sizes
        case ("numeric", "numeric"):
            return not to.sizes or (bool(old.sizes) and _holds(to.sizes, *_digits(old.sizes)))
        case (name, "numeric") if name in _INTEGERS:
            return not to.sizes or _holds(to.sizes, _INTEGERS[name], 0)
        case (name, other) if name in _INTEGERS and other in _INTEGERS:
            return _INTEGERS[name] <= _INTEGERS[other]
        case ("real", "double precision"):
            return True
        case _:
            return False


def _digits(sizes: tuple[int, ...]) -> tuple[int, int]:
    """Before and behind the point."""
    scale = sizes[1] if len(sizes) > 1 else 0
    return sizes[0] - scale, scale


def _holds(sizes: tuple[int, ...], before: int, behind: int) -> bool:
    room = _digits(sizes)
    return room[0] >= before and room[1] >= behind
