"""How a backup is proven: read back whole, then restored in a throw-away cluster and compared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot import wording
from bot.domain.backup import Backup, Level
from bot.domain.comparison import differences
from bot.errors import CommandFailed, NotFound
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.installation import Installation
from bot.postgres.restore_test import NotTestable, parse_archive, restore_test
from bot.repository.faults import BackupFault


def prove(
    services: Services,
    backup: Backup,
    *,
    on_progress: Callable[[str], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Backup:
    """Raise the backup's level as far as it can be shown here, and sign what was reached.

    A level that was reached before is never lowered: an archive that fails is marked corrupt instead.
    Raises `programs.Stopped`.
    """
    try:
        programs = _programs_for(services, backup)
        archive = services.repository.verify_archive(
            backup,
            lambda read: on_progress(f"reading back {wording.size(read)}"),
            should_stop,
        )
        parse_archive(archive, programs, should_stop)
        backup = _reached(services, backup, Level.READ)
        on_progress("restoring in a throw-away cluster")
        test = restore_test(
            archive,
            backup.manifest,
            programs,
            services.scratch,
            on_progress=on_progress,
            should_stop=should_stop,
        )
    except NotTestable as reason:
        return _not_tested(services, backup, str(reason.reason))
    except (BackupFault, CommandFailed) as fault:
        return replace(backup, corrupt=fault.reason)
    if found := differences(backup.manifest.state, test.state):
        return replace(
            backup, corrupt=f"the restored copy differs from the manifest: {wording.listed(list(found))}"
        )
    return _reached(
        services, backup, Level.RESTORE_TESTED, restore_seconds=test.seconds, left_out=test.left_out
    )


def _programs_for(services: Services, backup: Backup) -> Installation:
    """Programs of the server's own major; what could not even be found cannot test."""
    try:
        return installation.find(backup.manifest.state.identity.major, services.settings.programs.directories)
    except NotFound as missing:
        raise NotTestable(missing.reason, missing.hint) from missing


def _reached(
    services: Services,
    backup: Backup,
    level: Level,
    *,
    restore_seconds: float | None = None,
    left_out: tuple[str, ...] = (),
) -> Backup:
    if level is Level.READ and backup.proof.level is Level.RESTORE_TESTED:
        return backup
    proof = replace(
        backup.proof,
        level=level,
        at=datetime.now(UTC),
        restore_seconds=restore_seconds,
        left_out=left_out,
        not_tested_because="",
    )
    services.repository.save_proof(proof)
    return replace(backup, proof=proof, corrupt="")


def _not_tested(services: Services, backup: Backup, reason: str) -> Backup:
    proof = replace(backup.proof, not_tested_because=reason)
    services.repository.save_proof(proof)
    return replace(backup, proof=proof)
