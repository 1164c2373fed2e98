"""How a backup is proven: read back whole, then restored in a throw-away cluster and compared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot import wording
from bot.domain.backup import Backup, Level, Manifest, Proof
from bot.domain.comparison import differences, not_compared
from bot.errors import CommandFailed, NotFound, SecondkeyError
from bot.operations.services import Services
from bot.postgres import installation
from bot.postgres.installation import Installation
from bot.postgres.restore_test import NotTestable, Tested, parse_archive, restore_test
from bot.repository.faults import BackupFault

Tell = Callable[[str], object]
Stop = Callable[[], bool]
#: Restores an archive whose hash was verified somewhere, and reads the copy: as `restore_test` does.
Restore = Callable[[Path, Manifest, Installation, Tell, Stop], Tested]


def prove(
    services: Services,
    backup: Backup,
    *,
    restore: Restore | None = None,
    on_progress: Tell = lambda _: None,
    should_stop: Stop = lambda: False,
) -> Backup:
    """Raise the backup's level as far as it can be shown here, and sign what was found.

    It is restored in a throw-away cluster unless `restore` says where else. A level that was reached before
    is never lowered: an archive that fails is marked corrupt instead, until a restore test ends well. Raises
    `programs.Stopped`, and `SecondkeyError` where nothing could be signed.
    """
    try:
        programs = _programs_for(services, backup)
        archive = _read_back(services, backup, programs, on_progress, should_stop)
    except NotTestable as reason:
        return _not_tested(services, backup, reason.reason)
    except (BackupFault, CommandFailed) as fault:
        return _corrupt(services, backup, fault.reason)
    backup = _read(services, backup)
    try:
        act = restore or _in_a_throwaway_cluster(services)
        test = act(archive, backup.manifest, programs, on_progress, should_stop)
    except NotTestable as reason:
        return _not_tested(services, backup, reason.reason)
    except CommandFailed as fault:
        return _corrupt(services, backup, fault.reason)
    return _compared(services, backup, test)


def _in_a_throwaway_cluster(services: Services) -> Restore:
    def restore(
        archive: Path, manifest: Manifest, programs: Installation, on_progress: Tell, should_stop: Stop
    ) -> Tested:
        on_progress("restoring in a throw-away cluster")
        scratch = services.scratch
        return restore_test(
            archive, manifest, programs, scratch, on_progress=on_progress, should_stop=should_stop
        )

    return restore


def _programs_for(services: Services, backup: Backup) -> Installation:
    """Programs of the server's own major; what could not even be found cannot test."""
    try:
        return installation.find(backup.manifest.state.identity.major, services.settings.programs.directories)
    except NotFound as missing:
        raise NotTestable(missing.reason, missing.hint) from missing


def _read_back(
    services: Services, backup: Backup, programs: Installation, on_progress: Tell, should_stop: Stop
) -> Path:
    archive = services.repository.verify_archive(
        backup, lambda read: on_progress(f"reading back {wording.size(read)}"), should_stop
    )
    parse_archive(archive, programs, should_stop)
    return archive


def _compared(services: Services, backup: Backup, test: Tested) -> Backup:
    """Equal to the manifest in everything that was compared is not enough: everything must be compared."""
    state = backup.manifest.restored_state
    if found := differences(state, test.state):
        differs = f"the restored copy differs from the manifest: {wording.listed(list(found))}"
        return _corrupt(services, backup, differs)
    if unknown := not_compared(state):
        return _not_tested(services, backup, f"it restores, and {unknown}")
    return _restore_tested(services, backup, test)


def _read(services: Services, backup: Backup) -> Backup:
    def change(proof: Proof) -> Proof:
        if proof.level is Level.RESTORE_TESTED:
            return proof
        return replace(proof, level=Level.READ, at=datetime.now(UTC), not_tested_because="")

    return _signed(services, backup, change)


def _restore_tested(services: Services, backup: Backup, test: Tested) -> Backup:
    return _signed(
        services,
        backup,
        lambda proof: replace(
            proof,
            level=Level.RESTORE_TESTED,
            at=datetime.now(UTC),
            restore_seconds=test.seconds,
            left_out=test.left_out,
            not_tested_because="",
            corrupt="",
        ),
    )


def _not_tested(services: Services, backup: Backup, reason: str) -> Backup:
    return _signed(services, backup, lambda proof: replace(proof, not_tested_because=reason))


def _corrupt(services: Services, backup: Backup, reason: str) -> Backup:
    """Signed as well, so that no rebuilt catalogue forgets it; where that fails, both are told."""
    try:
        return _signed(services, backup, lambda proof: replace(proof, corrupt=reason))
    except SecondkeyError as unsigned:
        raise CommandFailed(
            f"{backup.id} is corrupt: {reason}; and that could not be signed: {unsigned.reason}",
            unsigned.hint,
        ) from unsigned


def _signed(services: Services, backup: Backup, change: Callable[[Proof], Proof]) -> Backup:
    """Change what this proof is about and nothing else: people may accept the database at the same time."""
    proof = services.repository.update_proof(backup.manifest.database, backup.id, change)
    return replace(backup, proof=proof)
