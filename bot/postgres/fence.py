"""The fence: nobody comes into a database, and who is in it is ended, until it is lifted."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from bot import wording
from bot.errors import CommandFailed, Refused
from bot.postgres import admin
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.queries import query
from bot.postgres.tables import quoted

#: How long sessions may take to end; the same for those that we may not end ourselves; in seconds.
PATIENCE = 30.0
GRACE = 3.0
#: How often is looked whether they ended, in seconds: the outage lasts as long.
_POLL = 0.003

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Client:
    """Somebody's session in a database."""

    pid: int
    login: str
    application: str

    def __str__(self) -> str:
        named = [f'"{self.application}"'] if self.application else []
        named += [f"as {self.login}"] if self.login else []
        return f"process {self.pid} ({', '.join(named)})" if named else f"process {self.pid}"


def put_up(
    lease: Lease,
    databases: Sequence[str],
    *,
    spare: Sequence[int] = (),
    admin_dsn: str | None = None,
) -> tuple[Client, ...]:
    """Close these databases to everybody and end all sessions in them but the spared processes.

    Returns whom it ended. Where a session stays, or anything else fails, what was closed here is opened again
    before `CommandFailed` or `Refused` is raised; after `LeaseLost` a successor has to lift it.
    """
    there = lease.present(*databases)
    closed = [name for name in databases if name in there and there[name].allows_connections]
    ended: dict[int, Client] = {}
    try:
        with lease.acting() as connection:
            for name in closed:
                _allow(connection, name, allow=False)
            _end_all(lease, list(there), spare, admin_dsn, ended)
    except LeaseLost:
        raise
    except BaseException:
        lift(lease, closed)
        raise
    return tuple(ended.values())


def lift(lease: Lease, databases: Sequence[str]) -> None:
    """Open these databases again; one that is open, or not there, is left as it is."""
    there = lease.present(*databases)
    with lease.acting() as connection:
        for name, found in there.items():
            if not found.allows_connections:
                _allow(connection, name, allow=True)


def clients(connection: Connection, databases: Sequence[str], spare: Sequence[int] = ()) -> list[Client]:
    """Who is in these databases right now."""
    rows = connection.execute(query("clients"), {"databases": list(databases), "spared": list(spare)})
    return [Client(pid=pid, login=login, application=name) for pid, login, name in rows]


def unendable(connection: Connection, database: str) -> list[Client]:
    """Who is in it right now, and may not be ended by this login."""
    rows = connection.execute(query("unendable"), {"live": database})
    return [Client(pid=pid, login=login, application=name) for pid, login, name in rows]


def wait_until_empty(connection: Connection, databases: Sequence[str], patience: float) -> list[Client]:
    """Who is still there after so many seconds; sessions that were closed take a moment to go."""
    deadline = time.monotonic() + patience
    while (there := clients(connection, databases)) and time.monotonic() < deadline:
        time.sleep(_POLL)
    return there


@contextmanager
def let_in(lease: Lease, database: str) -> Iterator[None]:
    """For sessions of ours into a database that is closed: it is open while the block runs."""
    there = lease.present(database)
    closed = database in there and not there[database].allows_connections
    with lease.acting() as connection, ExitStack() as shut:
        if closed:
            shut.callback(_allow, connection, database, allow=False)
            _allow(connection, database, allow=True)
        yield


def _allow(connection: Connection, database: str, *, allow: bool) -> None:
    statement = sql.SQL(query("allow_connections")).format(
        database=sql.Identifier(database), allow=sql.SQL("true" if allow else "false")
    )
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege as refusal:
        login = connection.info.user
        raise Refused(
            "not-granted",
            f"{login} may not close {database} to connections: it must be a member of its owner",
            f"`GRANT … TO {quoted(login)}` with the owner of {quoted(database)}, which must be no superuser",
        ) from refusal
    except errors.LockNotAvailable as locked:
        raise CommandFailed(
            f"{database} could not be {'opened' if allow else 'closed'}: somebody changes it right now",
            "ask again; pg_locks says who it is",
        ) from locked


def _end_all(
    lease: Lease,
    databases: Sequence[str],
    spare: Sequence[int],
    admin_dsn: str | None,
    ended: dict[int, Client],
) -> None:
    """Fills `ended`; raises `CommandFailed` where somebody stays."""
    began = time.monotonic()
    stubborn: dict[int, Client] = {}
    connection = lease.connection
    while there := clients(connection, databases, spare):
        new = [each for each in there if each.pid not in ended | stubborn]
        refused = [each for each in new if not end(connection, each)]
        if refused and admin_dsn is not None:
            _end_as_admin(lease, admin_dsn, refused)
        stubborn |= {each.pid: each for each in refused if admin_dsn is None}
        ended |= {each.pid: each for each in new if each.pid not in stubborn}
        patience = GRACE if all(each.pid in stubborn for each in there) else PATIENCE
        if time.monotonic() - began > patience:
            raise _not_empty(there, stubborn.keys())
        time.sleep(_POLL)


def end(connection: Connection, client: Client) -> bool:
    """Whether we may end it."""
    try:
        connection.execute(query("end_session"), {"pid": client.pid})
    except errors.InsufficientPrivilege:
        return False
    return True


def _end_as_admin(lease: Lease, admin_dsn: str, who: Sequence[Client]) -> None:
    with admin.session(admin_dsn, lease.maintenance_database, lease.purpose) as connection:
        admin.end_sessions(connection, [client.pid for client in who])


def _not_empty(there: Sequence[Client], refused: Collection[int]) -> CommandFailed:
    named = wording.listed([str(client) for client in there])
    why = (
        "may not be ended by this login" if all(client.pid in refused for client in there) else "did not end"
    )
    pids = ", ".join(f"`SELECT pg_terminate_backend({client.pid})`" for client in there[:3])
    return CommandFailed(
        f"{wording.plural(len(there), 'session')} {why}: {named}; the fence was lifted again",
        f"a superuser ends it: {pids}; or name a superuser's login as admin_dsn, and ask again",
    )
