"""What a server says beside the data: who we are on it, its replicas, archive and oldest transactions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
from psycopg import errors

from bot import wording
from bot.domain.observation import LongTransaction, Replica, ServerFacts, Sessions, Slot, Unseen
from bot.postgres import large_objects
from bot.postgres.connection import Unreachable, connect, describe, reading_in_words
from bot.postgres.queries import one_row, query
from bot.postgres.tables import quoted

Row = tuple[Any, ...]


def read_server_facts(
    connection: psycopg.Connection[Any],
    *,
    one_login: bool,
    long_transaction: timedelta,
) -> ServerFacts:
    """The facts that this login can see; what is hidden from it is among the unseen.

    `one_login` is handed through. Transactions are those open for longer than the limit. Raises
    `Unreachable` where the session is cut.
    """
    known = read_replication(connection)
    unseen = list(known.unseen)
    ask = partial(_ask, connection, unseen)
    with reading_in_words(connection):
        size = ask("database size", "database_size")
        sessions = ask("sessions", "sessions_by_login")
        transactions = ask("open transactions", "long_transactions", limit=long_transaction)
        failures = ask("archive", "archiver")
        unread = ask("large objects", "unreadable_large_objects")
    return replace(
        known,
        one_login=one_login,
        database_bytes=size[0][0] if size else None,
        archive_failing=_archive_failing(failures),
        sessions=_sessions(sessions),
        long_transactions=tuple(
            LongTransaction(pid=pid, login=login, application=application, age=age)
            for pid, login, application, age in transactions
        ),
        large_objects=_large_objects(known.login, unread),
        unseen=tuple(unseen),
    )


def read_replication(connection: psycopg.Connection[Any]) -> ServerFacts:
    """Who reads, who follows the server and for whom it keeps its log, and nothing else.

    Raises `Unreachable` where the session is cut.
    """
    unseen: list[Unseen] = []
    with reading_in_words(connection):
        login, superuser, sees_all = one_row(connection.execute(query("login")))
        if not sees_all:
            unseen.append(_hidden(login))
        replicas = _ask(connection, unseen, "replicas", "replicas")
        slots = _ask(connection, unseen, "replication slots", "slots")
    return ServerFacts(
        login=login,
        superuser=superuser,
        replicas=tuple(
            Replica(name=name, state=state, sync=sync, lag=lag, behind_bytes=behind)
            for name, state, sync, lag, behind in replicas
        ),
        slots=tuple(Slot(name=name, active=active, kept_bytes=kept) for name, active, kept in slots),
        unseen=tuple(unseen),
    )


def replication_now(dsn: str, limit: float) -> ServerFacts:
    """The same over a session of its own, for somebody who waits.

    The limit is in seconds, for the session and for each answer. Raises `Unreachable`, and `Refused` for a
    pooler.
    """
    limits = {"statement": round(limit * 1000), "lock": round(limit * 1000)}
    with connect(dsn, purpose="facts", timeout=limit) as connection:
        try:
            connection.execute(query("glance_session"), limits)
            return read_replication(connection)
        except errors.QueryCanceled as late:
            raise Unreachable(
                f"{describe(dsn)}: the server did not answer within {wording.duration(limit)}",
                "it is overloaded, or somebody holds a lock on its catalogue: look into pg_stat_activity",
            ) from late


def _ask(
    connection: psycopg.Connection[Any], unseen: list[Unseen], what: str, name: str, **parameters: timedelta
) -> list[Row]:
    """What the query of this name finds; where it is refused, that joins the unseen."""
    try:
        return connection.execute(query(name), parameters).fetchall()
    except psycopg.Error as error:
        if connection.closed:
            raise
        unseen.append(_refused(what, error))
        return []


def _sessions(found: Sequence[Row]) -> Sessions | None:
    if not found:
        return None
    return Sessions(by_login=tuple((login, number) for login, number, _ in found), allowed=found[0][2])


def _hidden(login: str) -> Unseen:
    """The server shows other people's sessions and replicas without any figures."""
    return Unseen(
        what=login,
        reason="how long other people's transactions are open, and how far replicas are behind, is hidden "
        "from this login",
        hint=f"`GRANT pg_read_all_stats TO {quoted(login)}`",
    )


def _refused(what: str, error: psycopg.Error) -> Unseen:
    reason = " ".join((error.diag.message_primary or str(error)).split())
    return Unseen(
        what=what,
        reason=f"the server does not tell: {reason}",
        hint="grant the bot's login what it names, or look into the server's own log",
    )


def _large_objects(login: str, found: Sequence[Row]) -> Unseen | None:
    reason, cure = large_objects.refused(login, found[0]) if found else ("", "")
    return Unseen(what="large objects", reason=reason, hint=cure) if reason else None


def _archive_failing(failures: Sequence[Row]) -> str:
    if not failures:
        return ""
    ((segment, at, count),) = failures
    return f"{segment} could not be archived at {wording.moment(at)} ({wording.plural(count, 'failure')})"
