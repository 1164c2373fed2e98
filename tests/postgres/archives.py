"""Backups of real databases: dumped in a snapshot, with the manifest that belongs to it."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.backup import Manifest, Tools
from bot.postgres import dump
from bot.postgres.installation import Installation, embedded, installations
from bot.postgres.state import Questions, open_snapshot
from tests import builders

#: To be run by a superuser in an empty cluster.
EVERYTHING = Path(__file__).with_name("everything.sql").read_text()


#: Its owner's bidding is done by whoever loads its rows: MALLORY is a role, ACT a statement.
HOSTILE = """
    GRANT CREATE ON SCHEMA public TO MALLORY;
    SET ROLE MALLORY;
    CREATE FUNCTION act(int) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN
        BEGIN ACT; EXCEPTION WHEN insufficient_privilege THEN NULL; END;
        RETURN true;
    END $f$;
    CREATE TABLE evil (x int CHECK (public.act(x)));
    INSERT INTO evil VALUES (1)
"""


def server_programs() -> list[Any]:
    """Parameters: each set of programs on this machine that can run a server, the wheel's first."""
    found = [each for each in installations() if (each.directory / "postgres").exists()]
    return [
        pytest.param(each, id=str(each.major), marks=[] if each == embedded() else pytest.mark.system_server)
        for each in reversed(found)
    ]


def dump_to(
    path: Path, dsn: str, snapshot_id: str, programs: Installation | None = None, **options: Any
) -> None:
    """Write the dump of a snapshot into a file."""
    with path.open("wb") as archive:
        stream(archive.write, dsn, snapshot_id, programs, **options)


def stream(
    write: Callable[[Any], object],
    dsn: str,
    snapshot_id: str,
    programs: Installation | None = None,
    **options: Any,
) -> None:
    """Dump a snapshot into `write`, as a backup does it unless told otherwise."""
    chosen = programs or embedded()
    dump.dump(
        chosen,
        dsn,
        snapshot_id,
        write,
        **{
            "purpose": "test/dump",
            "compression": dump.choose_compression(chosen, chosen.major),
            "lock_wait": timedelta(seconds=10),
            **options,
        },
    )


def back_up(path: Path, dsn: str, programs: Installation | None = None) -> Manifest:
    """Dump a database into a file; returns the manifest of it."""
    chosen = programs or embedded()
    with open_snapshot(dsn, purpose="test", keep_locks=True) as snapshot:
        state = snapshot.read_state(Questions())
        dump_to(path, dsn, snapshot.id, chosen)
        return builders.manifest(
            state=state,
            properties=snapshot.read_properties(),
            roles=snapshot.read_roles(),
            tools=Tools(pg_dump=chosen.version, server=state.identity.server_version, secondkey="0.1.0"),
        )


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse in the middle of a write, as it does when a disk is full; servers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
