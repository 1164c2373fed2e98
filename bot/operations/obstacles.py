"""What stands in the way of a restore on the server itself: asked before people are asked, and after."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from bot.domain.backup import Backup
from bot.errors import Refused
from bot.operations.attempt import Attempt
from bot.operations.incoming import login
from bot.operations.services import Services
from bot.postgres.archive_list import read_entries
from bot.postgres.candidate import JOBS
from bot.postgres.lease import maintenance
from bot.postgres.readiness import check, check_swap, restoring_programs
from bot.postgres.restore_plan import plan_restore
from bot.postgres.swap import swap_obstacles


def refuse_unready(attempt: Attempt, backup: Backup) -> tuple[str, ...]:
    """What will not be restored, or differently; raises `Refused` with everything that stands in the way."""
    services, name = attempt.services, attempt.operation.database
    manifest, live = backup.manifest, live_name(services, name)
    archive = services.repository.verify_archive(backup, should_stop=attempt.should_stop)
    plan = plan_restore(read_entries(archive), set(manifest.unrestorable))
    has_admin = services.database(name).admin_dsn is not None
    with looking(services, name, attempt.purpose) as connection:
        found = check(connection, live, manifest, plan, jobs=JOBS, has_admin=has_admin)
        major = connection.info.server_version // 10000
        restoring_programs(manifest, major, services.settings.programs.directories)
        raise_all((*found.refusals, *swap_obstacles(connection, live)))
    return (*found.left_out, *map(str, manifest.omissions))


def refuse_unswappable(attempt: Attempt, aside: str) -> None:
    """Raise `Refused` with everything that keeps the set-aside database from changing places."""
    services, name = attempt.services, attempt.operation.database
    live = live_name(services, name)
    with looking(services, name, attempt.purpose) as connection:
        raise_all(check_swap(connection, live, aside))


def raise_all(refusals: Sequence[Refused]) -> None:
    """Everything that stands in the way at once, each with its next move."""
    if refusals:
        raise Refused(
            refusals[0].code,
            "\n".join(each.reason for each in refusals),
            "\n".join(each.hint for each in refusals if each.hint),
        )


def live_name(services: Services, database: str) -> str:
    """What a protected database is called on its own server."""
    return str(conninfo_to_dict(login(services, database))["dbname"])


@contextmanager
def looking(services: Services, name: str, purpose: str) -> Iterator[Connection[Any]]:
    """The restoring login's session in the maintenance database, for looking only. Raises `Unreachable`."""
    with maintenance(
        login(services, name),
        purpose=purpose,
        maintenance_database=services.database(name).maintenance_database,
    ) as connection:
        yield connection
