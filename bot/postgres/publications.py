"""What other servers read from a database, and will not find in what takes its place."""

from typing import Any

import psycopg

from bot.postgres.queries import query


def publications(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """The publications of the session's own database."""
    return tuple(name for (name,) in connection.execute(query("publications")))
