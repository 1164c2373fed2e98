"""Small facts that outlive the process, each under a name."""

from typing import Any

from psycopg import Connection

from bot.store.documents import document
from bot.store.queries import query


def get(connection: Connection[Any], name: str) -> Any:
    """The JSON value that was put under this name; None where there is none."""
    row = connection.execute(query("fact_get"), {"name": name}).fetchone()
    return row[0] if row else None


def put(connection: Connection[Any], name: str, value: Any) -> None:
    connection.execute(query("fact_put"), {"name": name, "value": document(value)})
