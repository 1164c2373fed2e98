"""The catalogue beside the repository: what is forgotten, what never is, and what blocks."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.backup import Backup, Level, Proof
from bot.domain.catalogue import default_choice
from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.operations import catalogue, listing
from bot.operations.facts import backup_facts
from bot.operations.services import Services
from bot.repository.faults import BackupFault, Fault
from bot.repository.folder import Repository
from bot.store import backups
from bot.store.database import Store
from tests import builders
from tests.domain.situations import AGREED, USERS
from tests.operations import protected
from tests.operations.protected import DATABASE, ID, LATER, flip, written
from tests.servers import Database
from tests.slack.limits import check, readable


@pytest.fixture
def services(tmp_path: Path, state_database: Database) -> Iterator[Services]:
    store = Store(state_database.dsn)
    store.open()
    yield protected.services(tmp_path, store)
    store.close()


def recorded(services: Services, backup: Backup) -> Backup:
    with services.store.transaction() as connection:
        backups.record(connection, backup)
    return backup


def proven(services: Services, backup: Backup, **changes: str) -> None:
    def change(proof: Proof) -> Proof:
        return replace(proof, level=Level.RESTORE_TESTED, **changes)

    services.repository.update_proof(DATABASE, backup.id, change)


def codes(services: Services) -> tuple[Code, ...]:
    """What a verification says of the backups."""
    observation = builders.observation(
        builders.state(USERS), AGREED, backups=backup_facts(services, DATABASE)
    )
    return judge(observation).codes()


def test_a_rebuilt_catalogue_knows_what_was_found_corrupt(services: Services) -> None:
    proven(services, written(services), corrupt="the copy differs")
    (found,), broken = catalogue.rebuild(services, "cli:root")
    assert (found.corrupt, broken) == ("the copy differs", ())
    assert default_choice([found]).backup is None
    assert Code.BACKUP_CORRUPT in codes(services)


def test_a_backup_that_is_not_trusted_any_more_stays_and_blocks(services: Services) -> None:
    recorded(services, written(services))
    flip(services.repository.root / DATABASE / f"{ID}.json")
    (kept,), (broken,) = catalogue.rebuild(services, "cli:root")
    assert (kept.id, broken.id) == (ID, ID)
    assert "was changed after it was signed" in kept.corrupt
    assert catalogue.find(services, ID) == kept
    assert {Code.BACKUP_CORRUPT, Code.BACKUP_UNSIGNED} <= set(codes(services))


def test_with_the_state_lost_a_backup_that_is_not_trusted_still_blocks(services: Services) -> None:
    written(services)
    flip(services.repository.root / DATABASE / f"{ID}.json")
    known, (broken,) = catalogue.rebuild(services, "cli:root")
    assert (known, broken.id) == ((), ID)
    assert Code.BACKUP_UNSIGNED in codes(services)
    assert f"{ID}.json was changed" in backup_facts(services, DATABASE).unsigned


def test_with_the_state_lost_what_is_not_trusted_is_listed_with_the_reason(services: Services) -> None:
    recorded(services, written(services))
    written(services, LATER)
    for backup_id in (ID, LATER):
        flip(services.repository.root / DATABASE / f"{backup_id}.json")
    with services.repository.open_archive(DATABASE, "B-20251008-140000-zzzz") as archive:
        archive.write(b"PGDMP")
    known = catalogue.known(services)
    (broken,) = catalogue.unlisted(services, known, DATABASE)
    assert (broken.id, broken.database) == (LATER, DATABASE)
    assert [entry.id for entry in catalogue.unlisted(services, known)] == [LATER]
    with pytest.raises(BackupFault, match=f"{LATER} is not trusted: {LATER}.json was changed") as raised:
        catalogue.find(services, LATER)
    assert raised.value.fault is Fault.DOCUMENT_EDITED
    shown = readable(check(listing.backups(services, DATABASE)))
    assert "Not trusted" in shown
    assert f"`{LATER}`: {LATER}.json was changed" in shown


def test_what_was_proven_good_since_supersedes_what_is_not_trusted(services: Services) -> None:
    written(services)
    flip(services.repository.root / DATABASE / f"{ID}.json")
    proven(services, written(services, LATER))
    catalogue.rebuild(services, "cli:root")
    assert backup_facts(services, DATABASE).unsigned == ""


def test_an_archive_whose_manifest_is_not_written_yet_blocks_nothing(services: Services) -> None:
    with services.repository.open_archive(DATABASE, ID) as archive:
        archive.write(b"PGDMP")
    assert [entry.id for entry in services.repository.backups()] == [ID]
    assert backup_facts(services, DATABASE).unsigned == ""


def test_a_backup_of_which_nothing_is_left_is_forgotten_and_that_is_written_down(
    services: Services,
) -> None:
    recorded(services, written(services))
    for path in (services.repository.root / DATABASE).iterdir():
        path.unlink()
    assert catalogue.known(services, DATABASE)[0].corrupt
    assert catalogue.rebuild(services, "cli:root") == ((), ())
    with services.store.transaction() as connection:
        ((detail,),) = connection.execute(
            "SELECT detail FROM audit_log WHERE action = 'catalogue.rebuilt'"
        ).fetchall()
    assert detail["forgotten"] == [ID]


def test_a_backup_that_ends_while_the_catalogue_is_rebuilt_stays_in_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = services.repository.backups()

    def meanwhile() -> tuple[object, ...]:
        recorded(services, written(services))
        return before

    monkeypatch.setattr(services.repository, "backups", meanwhile)
    ((found,), _) = catalogue.rebuild(services, "cli:root")
    assert (found.id, found.corrupt) == (ID, "")


def test_the_proof_in_the_repository_beats_the_one_that_the_catalogue_remembers(services: Services) -> None:
    proven(services, recorded(services, written(services)))
    assert catalogue.find(services, ID).proof.level is Level.RESTORE_TESTED


def test_a_copied_folder_is_told_and_changes_nothing(services: Services) -> None:
    proven(services, recorded(services, written(services)))
    root = services.repository.root
    shutil.copytree(root / DATABASE, root / "a-copy")
    (known,), (broken,) = catalogue.rebuild(services, "cli:root")
    assert (known.id, known.corrupt, known.proven_good) == (ID, "", True)
    assert (broken.id, broken.database) == (ID, "a-copy")
    assert backup_facts(services, DATABASE).unsigned == ""


def test_a_repository_that_cannot_be_read_is_one_finding_and_says_nothing_of_single_backups(
    services: Services, tmp_path: Path
) -> None:
    proven(services, recorded(services, written(services)))
    gone = Repository(tmp_path / ("x" * 300), services.repository.keys)
    away = replace(services, repository=gone)
    found = judge(
        builders.observation(builders.state(USERS), AGREED, backups=backup_facts(away, DATABASE))
    ).findings
    (told,) = [each for each in found if each.code.group == "backup"]
    assert told.code is Code.BACKUP_UNREADABLE
    assert "File name too long" in told.detail
    assert told.hint.startswith("look whether its volume is mounted")
    with pytest.raises(BackupFault, match="cannot be read"):
        listing.backups(away, DATABASE)
