"""The named SQL of the demo, apart from the sample application's own."""

from typing import LiteralString

from bot import sql


def query(name: str) -> LiteralString:
    """The text of `sql/NAME.sql`."""
    return sql.statement("bot.demo", name)
