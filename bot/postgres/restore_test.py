"""The proof of a backup: read to its end, then restored in a throw-away cluster and counted there.

Restoring runs the code that is in an archive. So nothing of an archive ever runs as superuser, and where we
are root the cluster runs under an account without privileges.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
import structlog

from bot import programs as program_runner
from bot import wording
from bot.domain.backup import Manifest
from bot.domain.state import State
from bot.errors import CommandFailed, SecondkeyError
from bot.postgres.archive_list import Entry, read_entries
from bot.postgres.client import own_access
from bot.postgres.connection import connect
from bot.postgres.installation import Installation, embedded
from bot.postgres.pg_restore import PgRestore
from bot.postgres.restore_failures import (
    NotTestable,
    not_the_archives_fault,
    read_failure,
    restore_failure,
)
from bot.postgres.restore_plan import Plan, plan_restore
from bot.postgres.scratch import abandoned, remove, throwaway_folder
from bot.postgres.server import Server
from bot.postgres.state import Questions, open_snapshot
from bot.postgres.throwaway import (
    DATABASE,
    READER,
    RESTORER,
    close_schemas,
    create_database,
    create_extensions,
    create_roles,
    open_schemas,
    programs_for,
    throwaway_server,
)

__all__ = [
    "Copy",
    "NotTestable",
    "Tested",
    "clean_leftovers",
    "parse_archive",
    "restore_test",
    "restored_copy",
]

log = structlog.get_logger()

#: A restore that takes longer has lost itself in what it runs.
LIMIT = timedelta(days=1)
#: The cluster's own files and its log of changes, beside the data.
CLUSTER_BYTES = 200_000_000
PURPOSE = "restore-test"
_JOBS = 2


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A backup that was restored."""

    #: of the restored copy
    state: State
    #: how long the restore alone took
    seconds: float
    #: what only a superuser could have restored, or had to be different here
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A backup, restored in a cluster of its own."""

    #: the database in it is `throwaway.DATABASE`
    server: Server
    #: programs of that server's major
    programs: Installation
    #: how long the restore alone took
    seconds: float
    #: what only a superuser could have restored, or had to be different here
    left_out: tuple[str, ...]

    def read_state(self, questions: Questions, should_stop: Callable[[], bool] = lambda: False) -> State:
        """Raises `NotTestable`, and `Stopped`."""
        with (
            not_the_archives_fault(),
            open_snapshot(self.server.dsn(DATABASE, READER), purpose=PURPOSE) as snapshot,
        ):
            return snapshot.read_state(questions, should_stop=should_stop)


def parse_archive(
    path: Path, programs: Installation, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Decompress and read the whole archive with pg_restore, keeping nothing.

    Raises `CommandFailed` for a damaged one, `NotTestable` where it cannot be read here, and `Stopped`.
    """
    with not_the_archives_fault():
        arguments: list[str | Path] = [programs.program("pg_restore"), "--file=/dev/null", path]
        done = program_runner.run(arguments, timeout=LIMIT.total_seconds(), should_stop=should_stop)
    if done.code != 0:
        raise read_failure(done.code, done.stderr)


def restore_test(
    archive: Path,
    manifest: Manifest,
    programs: Installation,
    scratch: Path,
    *,
    on_progress: Callable[[str], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Tested:
    """Restore the archive in a cluster of its own under `scratch`, and read the copy's state.

    Verify the archive's hash first. Raises `NotTestable` where this machine cannot tell, `CommandFailed`
    where the archive does not restore, and `Stopped`. Nothing is left behind in any case.
    """
    made = restored_copy(
        archive, manifest, programs, scratch, on_progress=on_progress, should_stop=should_stop
    )
    with made as copy:
        on_progress("counting the restored copy")
        asked = Questions(time_budget=LIMIT).with_history_of(manifest.state)
        state = copy.read_state(asked, should_stop)
        return Tested(state=state, seconds=copy.seconds, left_out=copy.left_out)


@contextmanager
def restored_copy(
    archive: Path,
    manifest: Manifest,
    programs: Installation,
    scratch: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    on_progress: Callable[[str], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Copy]:
    """The archive restored as a restore test does it, until the block is left; raises the same.

    The server listens on the loopback address where a port is named; `settings` are its own.
    """
    installation = programs_for(manifest, programs)
    plan = _plan(archive, manifest)
    with (
        throwaway_folder(scratch) as folder,
        throwaway_server(folder / "server", installation, manifest, port=port, settings=settings) as server,
    ):
        _refuse_without_room(server, manifest)
        different = _prepare(server, manifest)
        restore = _Restore(
            archive=archive,
            plan=plan,
            program=installation.program("pg_restore"),
            server=server,
            listed=folder / "list",
            missed=(*different, *map(str, plan.missed), *map(str, manifest.omissions)),
            on_progress=on_progress,
            should_stop=should_stop,
        )
        started = time.monotonic()
        restore.run(manifest)
        yield Copy(
            server=server,
            programs=installation,
            seconds=time.monotonic() - started,
            left_out=(*different, *map(str, plan.left_out)),
        )


def clean_leftovers(scratch: Path) -> None:
    """End the throw-away servers that a killed bot left, and remove their folders; those in use stay.

    One that cannot be removed is logged, with what to do, and stays as it is.
    """
    with abandoned(scratch) as folders:
        for folder in folders:
            try:
                Server(folder / "server", embedded()).delete()
            except SecondkeyError as obstacle:
                log.warning(
                    "what a restore test left behind is not removed",
                    folder=str(folder),
                    reason=obstacle.reason,
                    hint="end the server that may still run in it, then remove the folder by hand",
                )
            else:
                remove(folder)


@dataclass(frozen=True, kw_only=True)
class _Restore:
    """Runs of pg_restore, under a login that is nobody special."""

    archive: Path
    plan: Plan
    #: pg_restore of the server's major
    program: Path
    server: Server
    #: where the list of entries is written for it
    listed: Path
    #: what it has to do without
    missed: tuple[str, ...]
    on_progress: Callable[[str], object]
    should_stop: Callable[[], bool]

    def run(self, manifest: Manifest) -> None:
        """Schemas, extensions by our own statements, everything else, and last who may use the schemas."""
        self._pg_restore(self.plan.schemas)
        with not_the_archives_fault(), closing(_superuser(self.server, DATABASE)) as connection:
            schemas = {extension.name: extension.schema for extension in manifest.state.extensions}
            create_extensions(connection, self.plan.extensions, schemas)
            open_schemas(connection, manifest.roles)
        self._pg_restore(tuple(each for each in self.plan.rest if not each.grants_schema))
        with not_the_archives_fault(), closing(_superuser(self.server, DATABASE)) as connection:
            close_schemas(connection, manifest.roles)
        self._pg_restore(tuple(each for each in self.plan.rest if each.grants_schema))

    def _pg_restore(self, entries: tuple[Entry, ...]) -> None:
        restore = PgRestore(
            program=self.program,
            archive=self.archive,
            door=own_access(self.server.dsn(DATABASE, RESTORER), PURPOSE),
            listed=self.listed,
            jobs=_JOBS,
            limit=LIMIT,
            on_progress=self.on_progress,
            should_stop=self.should_stop,
        )
        with not_the_archives_fault():
            code, said = restore.run(entries, "--no-tablespaces")
        if code != 0:
            raise restore_failure(code, said, entries, missed=self.missed)


def _plan(archive: Path, manifest: Manifest) -> Plan:
    """Raises `NotTestable`: an archive that was parsed before and is not understood now is not its fault."""
    try:
        return plan_restore(read_entries(archive), set(manifest.unrestorable))
    except CommandFailed as unknown:
        raise NotTestable(unknown.reason, unknown.hint) from unknown


def _refuse_without_room(server: Server, manifest: Manifest) -> None:
    needed = manifest.state.size_bytes + CLUSTER_BYTES
    free = shutil.disk_usage(server.data).free
    if free < needed:
        raise NotTestable(
            f"the restored copy needs about {wording.size(needed)}, and {wording.size(free)} are free "
            f"in {server.data.parent}",
            "make room there, or name a larger volume (scratch), and ask for the restore test again",
        )


def _prepare(server: Server, manifest: Manifest) -> tuple[str, ...]:
    """Roles and the empty database; returns what had to be different."""
    with not_the_archives_fault(), closing(_superuser(server, "postgres")) as connection:
        create_roles(connection, manifest.roles)
        different = create_database(connection, manifest.properties)
    return (different,) if different else ()


def _superuser(server: Server, database: str) -> psycopg.Connection[Any]:
    """For our own statements only; none of these sessions outlives what it prepares."""
    return connect(server.dsn(database), purpose=PURPOSE)
