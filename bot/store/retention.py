"""What the bot's own database need not remember for ever. The audit log and the operations stay."""

from typing import Any

from psycopg import Connection

from bot.store.queries import query

_STATEMENTS = (
    "forget_inbound",
    "forget_jobs",
    "forget_messages",
    "forget_alerts",
    "forget_firings",
    "forget_counts",
    "forget_starts",
)


def forget_old(connection: Connection[Any]) -> dict[str, int]:
    """Delete what is old; returns how many rows each statement deleted."""
    return {name: connection.execute(query(name)).rowcount for name in _STATEMENTS}
