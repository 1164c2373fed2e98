"""Histories as the tools make them, and how these tests read them."""

from pathlib import Path

from bot.domain.migrations import History, MigrationState, Tool
from tests.postgres.reading import read
from tests.servers import Database

_HERE = Path(__file__).parent


def make(database: Database, tool: str) -> None:
    """The history of `TOOL.sql` in this folder."""
    database.execute((_HERE / f"{tool}.sql").read_text())


def history(database: Database, tool: Tool | None = None, table: str | None = None) -> History:
    found = read(database.dsn, history_tool=tool, history_table=table).history
    assert found is not None
    return found


def names(found: History) -> list[str]:
    return [each.name for each in found.migrations]


def states(found: History) -> list[tuple[str, MigrationState]]:
    return [(each.name, each.state) for each in found.migrations]


def write(folder: Path, **files: str) -> Path:
    """Text files in a folder; `__` in a keyword stands for a slash, and `.py` is added."""
    for name, text in files.items():
        file = folder / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
