"""What a server says beside the data: who we are on it, its replicas, archive and oldest transactions."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from bot import wording
from bot.domain.observation import LongTransaction, Replica, ServerFacts
from bot.postgres.connection import reading_in_words
from bot.postgres.queries import one_row, query


def read_server_facts(
    connection: psycopg.Connection[Any],
    *,
    one_login: bool,
    long_transaction: timedelta,
    replica_lag: timedelta,
) -> ServerFacts:
    """The facts that a login without rights can see; what is hidden from it is left out.

    `one_login` is handed through. Replicas and transactions are those beyond the two limits. Raises
    `Unreachable` where the session is cut.
    """
    with reading_in_words(connection):
        login, superuser, *failure = one_row(connection.execute(query("server_facts")))
        replicas = connection.execute(query("replicas"), {"limit": replica_lag}).fetchall()
        transactions = connection.execute(query("long_transactions"), {"limit": long_transaction}).fetchall()
    return ServerFacts(
        login=login,
        superuser=superuser,
        one_login=one_login,
        replicas=tuple(Replica(name=name, lag=lag) for name, lag in replicas),
        archive_failing=_archive_failing(*failure),
        long_transactions=tuple(
            LongTransaction(pid=pid, login=login, application=application, age=age)
            for pid, login, application, age in transactions
        ),
    )


def _archive_failing(segment: str | None, at: datetime | None, failures: int | None) -> str:
    if segment is None or at is None or failures is None:
        return ""
    return f"{segment} could not be archived at {wording.moment(at)} ({wording.plural(failures, 'failure')})"
