"""The named SQL of this package."""

from typing import Any, LiteralString

import psycopg

from bot import sql


def query(name: str) -> LiteralString:
    """The text of `sql/NAME.sql`."""
    return sql.statement("bot.postgres", name)


def one_row(cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    """The only row of a statement that always has one."""
    (row,) = cursor.fetchall()
    return tuple(row)
