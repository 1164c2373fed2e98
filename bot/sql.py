"""Named SQL: one statement a file in a package's `sql/`, each with a comment that says what for."""

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def statement(package: str, name: str) -> LiteralString:
    """The text of `sql/NAME.sql` of a package. It is ours and never built from input, hence a literal."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
