"""What ties a database to other servers, and is not found in what takes its place."""

from typing import Any

import psycopg

from bot.postgres.queries import one_row, query


def goes_aside(connection: psycopg.Connection[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The publications, and the disabled subscriptions, of the session's own database.

    One that is enabled is told by `swap.swap_obstacles`.
    """
    publications, subscriptions = one_row(connection.execute(query("goes_aside")))
    return tuple(publications), tuple(subscriptions)
