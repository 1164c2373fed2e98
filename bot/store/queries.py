"""The named SQL of this package, and its statements that always answer with one row."""

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg import Connection

from bot import sql


def query(name: str) -> LiteralString:
    """The text of `sql/NAME.sql`."""
    return sql.statement("bot.store", name)


def only_row(
    connection: Connection[Any], name: str, parameters: Mapping[str, Any] | None = None
) -> tuple[Any, ...]:
    """The row of a statement that always gives one."""
    row: tuple[Any, ...] | None = connection.execute(query(name), parameters).fetchone()
    if row is None:
        raise RuntimeError(f"{name}.sql gave no row")
    return row
