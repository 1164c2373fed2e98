"""The shape of a tool's reader: its history in a database, and its folder in a release."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.migrations import Migration, ReleaseMigration, Tool

Row = tuple[Any, ...]


class UnfitFolder(Exception):
    """Why a folder cannot be read as the tool's migrations, and the next move."""

    def __init__(self, problem: str, cure: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure


def text_of(content: bytes) -> str:
    """A file of UTF-8; what is none becomes letters that are never part of a word of SQL's."""
    return content.decode("utf-8-sig", errors="replace")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How one tool's migrations are read. Nothing of a release is ever executed."""

    tool: Tool
    #: the usual name of the history's table
    table: str
    #: without these it cannot be read
    columns: frozenset[str]
    #: the tool keeps the newest migration of each branch alone
    heads_only: bool = False
    #: one for each name, in the order of the history, from the rows of `sql/TOOL_history.sql`
    migrations: Callable[[Sequence[Row]], tuple[Migration, ...]]
    #: what the folder of a release holds, in words: `NAME/migration.sql`
    shape: str
    #: whether a folder looks like the tool's
    recognises: Callable[[Path], bool]
    #: the folder's migrations in the order in which they would be applied; raises `UnfitFolder` and `OSError`
    release: Callable[[Path], tuple[ReleaseMigration, ...]]
