"""JSON and text as PostgreSQL can keep them."""

import re
from typing import Any

from psycopg.types.json import Jsonb

#: A zero character, and halves of surrogate pairs: JSON and Python have them, PostgreSQL's text does not.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text, with a replacement sign for every character that the database cannot hold."""
    return _UNSTORABLE.sub("\ufffd", text)


def cleaned(value: Any) -> Any:
    """The same JSON value with all its texts storable, keys too."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): cleaned(item) for key, item in value.items()}
        case list() | tuple():
            return [cleaned(item) for item in value]
        case _:
            return value


def document(value: Any) -> Jsonb:
    """A JSON value as a parameter for a `jsonb` column."""
    return Jsonb(cleaned(value))
