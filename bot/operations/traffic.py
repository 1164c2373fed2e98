"""What stops and starts the application. Only the fence proves that nobody is in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot import wording
from bot.domain.restoring.traffic import Command, Stopped
from bot.operations import hooks
from bot.operations.services import Services
from bot.postgres.fence import Client, clients, end, let_in, lift, put_up
from bot.postgres.lease import Lease, visit
from bot.store import audit, facts

#: How the bot's own sessions are called.
_SESSION = "secondkey/"


def stopped(connection: Connection[Any], database: str) -> Stopped | None:
    """None where traffic was not stopped by Secondkey, or was started since."""
    found = facts.get(connection, _key(database))
    return Stopped(**{**found, "since": datetime.fromisoformat(found["since"])}) if found else None


def remember(connection: Connection[Any], database: str, now: Stopped | None) -> None:
    """What every message says from here on; None where traffic is back."""
    known = {**asdict(now), "since": now.since.isoformat()} if now else {}
    facts.put(connection, _key(database), known)


def stop(services: Services, database: str, by: str, at: datetime) -> str:
    """Run the commands that stop traffic; returns what was done, in words.

    Raises `CommandFailed` at the first that fails: what was stopped until then counts as stopped.
    """
    commands = services.database(database).traffic.stop
    if not commands:
        return "no command is configured: the fence alone stops it"
    with services.store.transaction() as connection:
        if stopped(connection, database) is None:
            remember(connection, database, Stopped(by=by, since=at))
        audit.append(connection, actor=by, action="traffic.stopped", subject=database, detail={})
    run_all(services, database, commands)
    return said(commands)


def start(services: Services, database: str, by: str) -> str:
    """Open what was closed, run the commands that start traffic, and ask whether the application answers.

    Raises `CommandFailed` at the first that fails: traffic then counts as stopped, but for a check's failure.
    """
    configured = services.database(database).traffic
    with services.store.transaction() as connection:
        before = stopped(connection, database)
    if before is not None and before.fenced:
        with _visiting(services, database) as lease:
            lift(lease, [lease.live])
    run_all(services, database, configured.start)
    with services.store.transaction() as connection:
        remember(connection, database, None)
        if before is not None or configured.start:
            audit.append(connection, actor=by, action="traffic.started", subject=database, detail={})
    run_all(services, database, configured.check)
    return said(configured.start) if configured.start else "no command is configured: the fence is lifted"


def close(services: Services, database: str) -> tuple[Client, ...]:
    """Put the fence up and leave it; returns whom it ended. Raises as `put_up` does; it is open then."""
    admin = services.database(database).admin_dsn
    with _visiting(services, database) as lease:
        return put_up(
            lease,
            [lease.live],
            spare=_our_own(lease),
            admin_dsn=admin.get_secret_value() if admin else None,
        )


def inside(services: Services, database: str) -> tuple[Client, ...]:
    """Who is in the database now, but for the bot itself. Raises `Unreachable`."""
    with _visiting(services, database) as lease:
        return tuple(clients(lease.connection, [lease.live], _our_own(lease)))


@contextmanager
def door(services: Services, database: str) -> Iterator[None]:
    """For sessions of ours: where the fence alone keeps traffic away, they get in while the block runs.

    Whoever else came in meanwhile is ended afterwards.
    """
    with services.store.transaction() as connection:
        now = stopped(connection, database)
    if now is None or not now.fenced:
        yield
        return
    with _visiting(services, database) as lease:
        with let_in(lease, lease.live):
            yield
        for client in clients(lease.connection, [lease.live], _our_own(lease)):
            end(lease.connection, client)


def run_all(services: Services, database: str, commands: tuple[Command, ...]) -> None:
    """Run them one after the other; raises `CommandFailed` at the first that fails."""
    limit = services.database(database).traffic.time_limit.total_seconds()
    for command in commands:
        hooks.run(command, limit, "traffic")


def said(commands: tuple[Command, ...]) -> str:
    """Which ran, by their programs alone."""
    return f"{wording.plural(len(commands), 'command')} ran: {wording.listed([each[0] for each in commands])}"


@contextmanager
def _visiting(services: Services, database: str) -> Iterator[Lease]:
    configured = services.database(database)
    login = configured.restore_dsn or configured.dsn
    with visit(
        login.get_secret_value(),
        purpose="traffic",
        maintenance_database=configured.maintenance_database,
    ) as lease:
        yield lease


def _our_own(lease: Lease) -> list[int]:
    there = clients(lease.connection, [lease.live])
    return [client.pid for client in there if client.application.startswith(_SESSION)]


def _key(database: str) -> str:
    return f"traffic:{database}"
