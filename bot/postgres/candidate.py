"""The candidate: a backup restored beside the live database, under a login that is nobody special."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.backup import Manifest
from bot.domain.state import Identity
from bot.errors import CommandFailed, SecondkeyError
from bot.postgres import admin
from bot.postgres.adoption import marks_itself, write_marker
from bot.postgres.archive_list import read_entries
from bot.postgres.client import access
from bot.postgres.connection import connect, in_words
from bot.postgres.creating import creating, locale_of
from bot.postgres.filling import Filling
from bot.postgres.identity import read_identity
from bot.postgres.installation import Installation
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.naming import Names
from bot.postgres.pg_restore import PgRestore
from bot.postgres.queries import query
from bot.postgres.readiness import Readiness, check
from bot.postgres.restore_plan import plan_restore
from bot.postgres.session import Row, Session
from bot.postgres.swap import drop

#: A restore that takes longer has lost itself in what it runs.
LIMIT = timedelta(days=7)
JOBS = 2

Connection = psycopg.Connection[Any]
Tell = Callable[[str], object]
Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A backup whose hash and signature were verified, and the programs that restore it."""

    archive: Path
    manifest: Manifest
    #: see `readiness.restoring_programs`
    programs: Installation


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A restored database that is not live yet, and not marked as finished."""

    oid: int
    #: how long pg_restore took
    seconds: float
    #: what is not in it, or differently, in words
    left_out: tuple[str, ...]


def restore_beside(
    lease: Lease,
    names: Names,
    source: Source,
    *,
    admin_dsn: str | None = None,
    jobs: int = JOBS,
    on_progress: Tell = lambda _: None,
    should_stop: Stop = lambda: False,
) -> Candidate:
    """Restore the backup into `names.candidate`; an unfinished one of this operation is made anew.

    Whatever fails, the candidate is dropped at once, and the live database was not touched. Raises `Refused`
    for what stands in the way, `CommandFailed`, `Stopped`, and `LeaseLost`, where nothing is cleaned up.
    """
    drop_unfinished(lease, names)
    ready = _ready(lease, source, jobs, admin_dsn)
    oid = _create(lease, names.candidate, source.manifest, ready)
    with dropped_on_failure(lease, names):
        _keep_to_ourselves(lease, names.candidate)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="secondkey-restore-") as folder:
            run = PgRestore(
                program=source.programs.program("pg_restore"),
                archive=source.archive,
                door=access(lease.dsn_of(names.candidate), lease.purpose),
                listed=Path(folder) / "list",
                jobs=jobs,
                limit=LIMIT,
                on_progress=on_progress,
                should_stop=should_stop,
            )
            filling = Filling(
                lease=lease, database=names.candidate, ready=ready, pg_restore=run, admin_dsn=admin_dsn
            )
            filling.fill(source.manifest.state.extensions)
        seconds = time.monotonic() - began
        on_progress("ANALYZE")
        _analyze(lease, names.candidate, should_stop)
        lease.confirm()
    return Candidate(oid=oid, seconds=seconds, left_out=ready.left_out)


def mark(lease: Lease, database: str) -> Identity:
    """Let the database say of itself which one it is: the last act of preparing it. Safe to repeat.

    Raises what `adoption.write_marker` does.
    """
    dsn = lease.dsn_of(database)
    with connect(dsn, purpose=lease.purpose) as connection:
        identity = read_identity(connection)
    marker = write_marker(dsn, purpose=lease.purpose, expected=identity)
    return replace(identity, marker=marker)


def is_prepared(lease: Lease, database: str) -> bool:
    """Whether the database is there and marked, so that nothing of its preparation has to be done again.

    Raises `Unreachable` where it is closed.
    """
    if database not in lease.present(database):
        return False
    with connect(lease.dsn_of(database), purpose=lease.purpose) as connection:
        return marks_itself(read_identity(connection))


def _ready(lease: Lease, source: Source, jobs: int, admin_dsn: str | None) -> Readiness:
    """The same look as before anybody was asked; what `admin_dsn` may cure is cured."""
    plan = plan_restore(read_entries(source.archive), set(source.manifest.unrestorable))

    def look() -> Readiness:
        return check(
            lease.connection, lease.live, source.manifest, plan, jobs=jobs, has_admin=admin_dsn is not None
        )

    with lease.acting() as connection:
        ready = look()
        if ready.missing_roles and admin_dsn is not None:
            login = connection.info.user
            with admin.session(admin_dsn, lease.maintenance_database, lease.purpose) as superuser:
                admin.create_roles(superuser, ready.missing_roles, login)
            ready = look()
    for refusal in ready.refusals:
        raise refusal
    return ready


def _create(lease: Lease, database: str, manifest: Manifest, ready: Readiness) -> int:
    properties = manifest.properties
    statement = creating(
        database,
        owner=ready.owner,
        encoding=properties.encoding,
        locale=locale_of(properties),
        tablespace=ready.tablespace,
    )
    with in_words(f"nothing was restored: creating {database}"), lease.acting() as connection:
        connection.execute(statement)
    return lease.present(database)[database].oid


def _keep_to_ourselves(lease: Lease, database: str) -> None:
    """Until it gets the live one's grants it is nobody's business."""
    statement = sql.SQL(query("revoke_database")).format(
        database=sql.Identifier(database), grantee=sql.SQL("PUBLIC")
    )
    with in_words(f"closing {database} to others"), lease.acting() as connection:
        connection.execute(statement)


def _analyze(lease: Lease, database: str, should_stop: Stop) -> None:
    """Without statistics the first minutes on it would be slow."""
    with (
        in_words(f"ANALYZE of {database}"),
        connect(lease.dsn_of(database), purpose=lease.purpose) as connection,
    ):

        def act() -> list[Row]:
            connection.execute("ANALYZE")
            return []

        Session(connection, time_budget=LIMIT, should_stop=should_stop).watched(act)


def drop_unfinished(lease: Lease, names: Names) -> None:
    """Drop the candidate that an earlier attempt, or a failure, left; raises as `drop` does."""
    found = lease.present(names.candidate).get(names.candidate)
    if found is not None:
        drop(lease, names.candidate, found.oid)


@contextmanager
def dropped_afterwards(lease: Lease, names: Names) -> Iterator[None]:
    """It was only made to be looked at."""
    try:
        yield
    finally:
        drop_unfinished(lease, names)


@contextmanager
def dropped_on_failure(lease: Lease, names: Names) -> Iterator[None]:
    """A full disk stops the live database too: what was begun goes at once, and that is said."""
    try:
        yield
    except LeaseLost:
        raise
    except SecondkeyError as failed:
        raise CommandFailed(
            f"{failed.reason}; {_cleared(lease, names)}, and {names.live} was not touched", failed.hint
        ) from failed
    except BaseException:
        drop_unfinished(lease, names)
        raise


def _cleared(lease: Lease, names: Names) -> str:
    """What became of the candidate."""
    try:
        drop_unfinished(lease, names)
    except CommandFailed as stays:
        return stays.reason
    return "what was restored is dropped again, its room given back"
