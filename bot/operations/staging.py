"""A backup restored on the staging server: in a database of a name of its own, which goes afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.domain.backup import Manifest
from bot.domain.state import State
from bot.errors import SecondkeyError
from bot.operations import separation
from bot.operations.proving import Restore, Stop, Tell
from bot.operations.services import Services
from bot.postgres import candidate
from bot.postgres.identity import read_identity
from bot.postgres.installation import Installation
from bot.postgres.lease import Lease, hold
from bot.postgres.naming import Names, names_for_drill
from bot.postgres.readiness import restoring_programs
from bot.postgres.restore_test import LIMIT, NotTestable, Tested
from bot.postgres.state import Questions, open_snapshot


def host(dsn: str) -> str:
    """What the server is called in records and messages."""
    options = conninfo_to_dict(dsn)
    return str(options.get("host") or options.get("hostaddr") or "local socket")


def on_staging(services: Services, dsn: str, purpose: str) -> Restore:
    """Restores there as `restore_beside` does. What does not work there says nothing about the backup."""

    def restore(
        archive: Path, manifest: Manifest, _: Installation, on_progress: Tell, should_stop: Stop
    ) -> Tested:
        on_progress(f"restoring on {host(dsn)}")
        names = names_for_drill(manifest.database)
        try:
            with _lease(services, dsn, names, purpose) as lease:
                source = candidate.Source(
                    archive=archive, manifest=manifest, programs=_programs_there(services, lease, manifest)
                )
                made = candidate.restore_beside(
                    lease, names, source, on_progress=on_progress, should_stop=should_stop
                )
                on_progress("counting the restored copy")
                with candidate.dropped_afterwards(lease, names):
                    state = _read(lease, names, manifest, should_stop)
        except SecondkeyError as failed:
            raise NotTestable(f"on {host(dsn)}: {failed.reason}", failed.hint) from failed
        return Tested(state=state, seconds=made.seconds, left_out=made.left_out)

    return restore


@contextmanager
def _lease(services: Services, dsn: str, names: Names, purpose: str) -> Iterator[Lease]:
    """The right to act there, under a name that no live database has; never on a protected server."""
    entrance = str(conninfo_to_dict(dsn)["dbname"])
    with hold(
        make_conninfo(dsn, dbname=names.live), purpose=purpose, maintenance_database=entrance, take_over=False
    ) as lease:
        separation.refuse_drill_on_protected(services, read_identity(lease.connection).system_identifier)
        yield lease


def _programs_there(services: Services, lease: Lease, manifest: Manifest) -> Installation:
    major = lease.connection.info.server_version // 10000
    return restoring_programs(manifest, major, services.settings.programs.directories)


def _read(lease: Lease, names: Names, manifest: Manifest, should_stop: Stop) -> State:
    with open_snapshot(lease.dsn_of(names.candidate), purpose=lease.purpose) as snapshot:
        asked = Questions(time_budget=LIMIT).with_history_of(manifest.state)
        return snapshot.read_state(asked, should_stop=should_stop)
