"""The swap: two databases change names in one transaction, so that the live name is never missing."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import errors, sql

from bot import wording
from bot.errors import CommandFailed, Refused
from bot.postgres.fence import wait_until_empty
from bot.postgres.lease import Lease
from bot.postgres.naming import Names, made_by_us
from bot.postgres.queries import one_row, query
from bot.postgres.stage import Stage, present, probe
from bot.postgres.tables import quoted

#: How long our own sessions may take to go after they were closed, in seconds.
_GONE = 5.0

Connection = psycopg.Connection[Any]


def swap(lease: Lease, names: Names, *, live_oid: int | None, candidate_oid: int) -> float:
    """Let the candidate take the live name, and open both; returns the seconds that the statements took.

    Both are fenced before. The one that was live is then called `names.aside` and is read-only unless a
    session says otherwise; `live_oid` is None where there is none. A swap that was done before is left as it
    is. Raises `CommandFailed`, and then nothing was renamed and both are still fenced.
    """
    with lease.acting() as connection:
        if probe(connection, names, candidate_oid).stage is Stage.SWAPPED:
            return 0.0
        databases = [names.candidate] if live_oid is None else [names.live, names.candidate]
        _refuse_clients(connection, databases)
        began = time.monotonic()
        try:
            with connection.transaction():
                _refuse_others(connection, names, live_oid, candidate_oid)
                if live_oid is not None:
                    _set_aside(connection, names)
                _make_live(connection, names)
        except psycopg.Error as error:
            if connection.closed:
                raise
            raise _not_swapped(names, error) from error
        return time.monotonic() - began


def swap_obstacles(connection: Connection, live: str) -> tuple[Refused, ...]:
    """What is bound to the live database and would stay with it, or keep it from being renamed."""
    return tuple(_obstacles(live, *one_row(connection.execute(query("swap_obstacles"), {"live": live}))))


def drop(lease: Lease, name: str, oid: int) -> None:
    """Drop a candidate or a set-aside database with whoever is in it; one that is gone is fine.

    Raises `Refused` for a name that we did not make and for another database of that name, `CommandFailed`.
    """
    if not made_by_us(name) or name == lease.live:
        raise Refused("another-database", f"{name} was not made by Secondkey, and it drops nothing else")
    with lease.acting() as connection:
        found = present(connection, [name]).get(name)
        if found is None:
            return
        if found.oid != oid:
            raise Refused(
                "another-database",
                f"{name} is another database than the one that was made (oid {found.oid} instead of {oid})",
                "look at what is in it; nothing was dropped",
            )
        try:
            _run(connection, "drop_database", name)
        except psycopg.Error as error:
            if connection.closed:
                raise
            raise CommandFailed(
                f"{name} could not be dropped ({_words(error)}); it is still there, and takes its room",
                f"let a DBA run `DROP DATABASE {quoted(name)} WITH (FORCE)`",
            ) from error


def _set_aside(connection: Connection, names: Names) -> None:
    _run(connection, "rename_database", names.live, name=sql.Identifier(names.aside))
    _run(connection, "set_read_only", names.aside)
    _run(connection, "allow_connections", names.aside, allow=sql.SQL("true"))


def _make_live(connection: Connection, names: Names) -> None:
    """What was set aside before comes back by an undo, and is written to again."""
    _run(connection, "rename_database", names.candidate, name=sql.Identifier(names.live))
    _run(connection, "reset_read_only", names.live)
    _run(connection, "allow_connections", names.live, allow=sql.SQL("true"))


def _run(connection: Connection, statement: str, database: str, **parts: sql.Composable) -> None:
    connection.execute(sql.SQL(query(statement)).format(database=sql.Identifier(database), **parts))


def _refuse_others(connection: Connection, names: Names, live_oid: int | None, candidate_oid: int) -> None:
    """What is swapped are the two databases that were looked at, whatever is called so by now."""
    there = present(connection, [names.live, names.candidate])
    if opened := [name for name, each in there.items() if each.allows_connections]:
        raise CommandFailed(
            f"somebody lifted the fence from {wording.listed(opened)}; nothing was renamed",
            "ask again: what was written meanwhile is then seen first",
        )
    found = {name: each.oid for name, each in there.items()}
    meant = {names.candidate: candidate_oid} | ({} if live_oid is None else {names.live: live_oid})
    if found != meant:
        raise CommandFailed(
            f"{wording.listed(sorted(found))} are not the databases that were looked at: somebody dropped, "
            "renamed or made one meanwhile; nothing was renamed",
            "ask again: the plan is then made from what is there now",
        )


def _refuse_clients(connection: Connection, databases: list[str]) -> None:
    if there := wait_until_empty(connection, databases, _GONE):
        named = wording.listed([str(client) for client in there])
        raise CommandFailed(
            f"sessions are in the way of the swap: {named}; nothing was renamed", "end them, and ask again"
        )


def _not_swapped(names: Names, error: psycopg.Error) -> CommandFailed:
    said = f"the databases could not be renamed ({_words(error)}); {names.live} is what it was"
    match error:
        case errors.InsufficientPrivilege():
            return CommandFailed(said, "the login needs CREATEDB, and to be a member of both owners")
        case errors.ObjectInUse():
            return CommandFailed(said, "look into pg_stat_activity and pg_prepared_xacts for who is in it")
        case _:
            return CommandFailed(said, "the server's own log says more")


def _words(error: psycopg.Error) -> str:
    return " ".join(filter(None, (error.diag.message_primary or str(error), error.diag.message_detail)))


def _obstacles(
    live: str, slots: list[str], subscriptions: list[str], prepared: list[str]
) -> Iterator[Refused]:
    if slots:
        drop_it = "; ".join(f"SELECT pg_drop_replication_slot('{slot}')" for slot in slots)
        yield Refused(
            "in-the-way",
            f"logical replication reads from {live} and would stay with what is set aside: "
            f"{wording.listed(slots)}",
            f"stop what reads there, then: `{drop_it}`; make it anew after the restore",
        )
    if subscriptions:
        disable = "; ".join(f"ALTER SUBSCRIPTION {quoted(name)} DISABLE" for name in subscriptions)
        yield Refused(
            "in-the-way",
            f"{live} subscribes to another server, and that would stay with what is set aside: "
            f"{wording.listed(subscriptions)}",
            f"in {quoted(live)}: `{disable}`; make it anew after the restore",
        )
    if prepared:
        end = "; ".join(f"ROLLBACK PREPARED {_literal(name)}" for name in prepared)
        yield Refused(
            "in-the-way",
            f"prepared transactions keep {live} from being renamed: {wording.listed(prepared)}",
            f"commit them, or roll them back in {quoted(live)}: `{end}`",
        )


def _literal(text: str) -> str:
    return sql.Literal(text).as_string()
