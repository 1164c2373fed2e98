"""The lease: one session in the maintenance database that alone may fence and swap a protected database.

It holds an advisory lock as long as it lives. A successor ends it first, so that a worker that was believed
dead, and wakes, finds its session gone at its next statement.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.errors import CommandFailed, Refused, SecondkeyError
from bot.postgres.connection import connect, describe
from bot.postgres.queries import one_row, query
from bot.postgres.stage import Present, present
from bot.postgres.tables import quoted

#: How long an earlier holder may take to end, and how often it is looked for, in seconds.
PATIENCE = 10.0
_POLL = 0.02


class LeaseLost(SecondkeyError):
    """The session is gone, and somebody else may act by now: who sees it ends what it began, and leaves."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to change one protected database."""

    #: in the maintenance database; its statements commit at once
    connection: psycopg.Connection[Any]
    #: the name of the protected database on its server
    live: str
    #: sessions are named `secondkey/PURPOSE`
    purpose: str
    #: what the earlier holder and earlier attempts of this operation were called, whose sessions were ended
    ended: tuple[str, ...]
    #: the restoring login's, into the live database; holds its password
    dsn: str

    def __repr__(self) -> str:
        return f"Lease({self.live!r}, {self.purpose!r})"

    @property
    def maintenance_database(self) -> str:
        return self.connection.info.dbname

    def dsn_of(self, database: str) -> str:
        """The restoring login's connection string into another database of the server."""
        return make_conninfo(self.dsn, dbname=database)

    @contextmanager
    def acting(self) -> Iterator[psycopg.Connection[Any]]:
        """The very session, for statements; raises `LeaseLost` where it is gone."""
        try:
            yield self.connection
        except psycopg.Error as error:
            if not self.connection.closed:
                raise
            raise LeaseLost(
                f"the session that may change {self.live} was ended",
                "another attempt of Secondkey took over, or the server went down: this one does nothing more",
            ) from error

    def present(self, *databases: str) -> dict[str, Present]:
        """Those of these databases that are on the server; raises `LeaseLost`."""
        with self.acting() as connection:
            return present(connection, databases)

    def confirm(self) -> None:
        """Raise `LeaseLost` where the session is gone."""
        with self.acting() as connection:
            connection.execute("SELECT")


@contextmanager
def hold(
    dsn: str, *, purpose: str, maintenance_database: str = "postgres", take_over: bool = True
) -> Iterator[Lease]:
    """Take the lease on the database of `dsn`, and give it back with the block.

    Whoever holds it is ended, or with `take_over=False` left to it and `Refused` raised. `purpose` is the
    operation and its attempt, `op-abcd1234/0a1b2c3d`; sessions of its earlier attempts are ended. Raises
    `Unreachable`, `Refused` for a pooler or a standby too, `CommandFailed` where the holder does not end, and
    `LeaseLost` where a successor was quicker.
    """
    with visit(dsn, purpose=purpose, maintenance_database=maintenance_database) as seen:
        with seen.acting() as connection:
            ended = (
                *_take(connection, seen.live, take_over=take_over),
                *_end_earlier_attempts(connection, purpose),
            )
        yield replace(seen, ended=ended)


@contextmanager
def visit(dsn: str, *, purpose: str, maintenance_database: str = "postgres") -> Iterator[Lease]:
    """The same session without the lock: for closing and opening the live database beside whoever holds it.

    Raises `Unreachable`, and `Refused` for a pooler or a standby.
    """
    live = str(conninfo_to_dict(dsn).get("dbname", ""))
    if live == maintenance_database:
        raise Refused(
            "in-the-way",
            f"{live} is the protected database and the one from which it would be renamed",
            "name another database of that server as maintenance_database",
        )
    with maintenance(dsn, purpose=purpose, maintenance_database=maintenance_database) as connection:
        lease = Lease(connection=connection, live=live, purpose=purpose, ended=(), dsn=dsn)
        with lease.acting():
            _refuse_standby(connection, dsn)
            connection.execute(query("lease_session"))
        yield lease


def maintenance(dsn: str, *, purpose: str, maintenance_database: str = "postgres") -> psycopg.Connection[Any]:
    """A session of this login in the maintenance database, for looking only. Raises `Unreachable`."""
    return connect(make_conninfo(dsn, dbname=maintenance_database), purpose=purpose)


def _refuse_standby(connection: psycopg.Connection[Any], dsn: str) -> None:
    if one_row(connection.execute(query("in_recovery"))) == (True,):
        raise Refused(
            "target-standby",
            f"{describe(dsn)}: this is a standby, and nothing can be restored there",
            "point the connection string at the primary, or add target_session_attrs=read-write",
        )


def _take(connection: psycopg.Connection[Any], live: str, *, take_over: bool) -> list[str]:
    """Returns the names of the sessions that were ended for it."""
    deadline = time.monotonic() + PATIENCE
    ended: dict[int, str] = {}
    while one_row(connection.execute(query("lease_try"), {"live": live})) == (False,):
        holders = connection.execute(query("lease_holders"), {"live": live}).fetchall()
        if not take_over:
            raise _held(live, holders)
        for pid, name in holders:
            if pid not in ended:
                _end(connection, pid, name)
                ended[pid] = name
        if time.monotonic() > deadline:
            raise CommandFailed(
                f"the lease on {live} is still held by {', '.join(ended.values()) or 'somebody'}; "
                "nothing was changed",
                "look at that session in pg_stat_activity and end it, then ask again",
            )
        time.sleep(_POLL)
    return list(ended.values())


def _held(live: str, holders: Sequence[tuple[int, str]]) -> Refused:
    named = ", ".join(name or f"process {pid}" for pid, name in holders) or "somebody"
    return Refused("already-running", f"{named} is changing {live} right now", "ask again when it has ended")


def _end_earlier_attempts(connection: psycopg.Connection[Any], purpose: str) -> list[str]:
    """Programs of a killed attempt may still write into the candidate."""
    operation, _, _ = purpose.partition("/")
    named = {"operation": operation, "ours": f"secondkey/{purpose}"}
    rows = connection.execute(query("earlier_attempts"), named).fetchall()
    for pid, name in rows:
        _end(connection, pid, name)
    return [name for _, name in rows]


def _end(connection: psycopg.Connection[Any], pid: int, name: str) -> None:
    try:
        connection.execute(query("end_session"), {"pid": pid})
    except errors.InsufficientPrivilege as refusal:
        login = connection.info.user
        raise Refused(
            "not-granted",
            f"process {pid} ({name or 'without a name'}) holds the lease, and {login} may not end it",
            f"`GRANT pg_signal_backend TO {quoted(login)}`, or end it: `SELECT pg_terminate_backend({pid})`",
        ) from refusal
