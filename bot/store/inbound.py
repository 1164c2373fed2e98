"""What people sent, remembered for a while: Slack delivers the same thing more than once."""

from typing import Any

from psycopg import Connection

from bot.store.documents import storable
from bot.store.queries import query


def first_time(connection: Connection[Any], key: str) -> bool:
    """Whether this was not delivered before; it is remembered with the transaction."""
    return connection.execute(query("inbound_first"), {"key": storable(key)}).fetchone() is not None
