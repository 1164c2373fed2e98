"""The repository as a folder: what is written, what is refused, what is noticed."""

import dataclasses
import errno
import hashlib
import json
import os
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.domain.backup import Backup, Health, Level, Manifest, Proof
from bot.errors import CommandFailed, NotFound, SecondkeyError, UsageError
from bot.programs import Stopped
from bot.repository.faults import BackupFault, Fault
from bot.repository.folder import Broken, Repository, first_proof
from bot.repository.keys import PUBLIC_NAME, Keys
from bot.repository.signing import Signature

Save = Callable[..., Backup]
MakeManifest = Callable[..., Manifest]
ID = "B-20251008-120000-abcd"
LATER = "B-20251008-130000-aaaa"


def file(repository: Repository, suffix: str, backup_id: str = ID) -> Path:
    return repository.root / "projectledger" / (backup_id + suffix)


def put(repository: Repository, proof: Proof) -> Proof:
    """Let this proof lie there, whatever lay there before."""
    return repository.update_proof("projectledger", proof.id, lambda _: proof)


def flip(path: Path, position: int = 100) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse, in the middle of a write, as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fault_of(act: Callable[[], object]) -> Fault:
    with pytest.raises(BackupFault) as raised:
        act()
    assert raised.value.hint
    return raised.value.fault


def test_a_backup_is_found_again_as_it_was_saved(save: Save, repository: Repository) -> None:
    saved = save()
    assert saved.proof == first_proof(saved.manifest)
    assert saved.proof.level is Level.WRITTEN
    assert repository.verify_archive(saved) == file(repository, ".dump")
    assert repository.load(ID.lower(), "projectledger") == saved


def test_only_we_may_read_what_is_written(save: Save, repository: Repository) -> None:
    save()
    put(repository, first_proof(repository.load(ID).manifest))
    for path in (repository.root, *repository.root.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_the_manifest_is_one_json_document_that_people_can_read(save: Save, repository: Repository) -> None:
    save()
    text = file(repository, ".json").read_text()
    assert json.loads(text)["archive"]["compression"] == "zstd"
    assert '\n  "reason": "before v1.3.0",\n' in text


def test_the_signature_file_names_document_and_key(save: Save, repository: Repository) -> None:
    save()
    document, key, signature = file(repository, ".json.sig").read_text().splitlines()
    assert document == f"document: {ID}.json"
    assert key == f"key: {repository.keys.fingerprint}"
    assert signature.startswith("signature: ")


def test_a_proof_grows_and_stays_signed(save: Save, repository: Repository) -> None:
    proof = save().proof
    for level in Level:
        grown = dataclasses.replace(proof, level=level, restore_seconds=2.5)
        put(repository, grown)
        assert repository.load(ID).proof == grown


def test_a_crash_between_proof_and_signature_leaves_a_valid_pair(save: Save, repository: Repository) -> None:
    proof = save().proof
    put(repository, proof)
    before = file(repository, ".proof.json").read_bytes()
    put(repository, dataclasses.replace(proof, level=Level.READ))
    file(repository, ".proof.json").write_bytes(before)
    assert repository.load(ID).proof == proof


def test_newest_comes_first_and_what_is_broken_is_shown(save: Save, repository: Repository) -> None:
    for backup_id in (ID, LATER, "B-20251007-120000-zzzz"):
        save(backup_id)
    save("B-20251008-125959-aaaa", database="other")
    flip(file(repository, ".json", LATER))
    found = repository.backups()
    assert [backup.id for backup in found] == [
        LATER,
        "B-20251008-125959-aaaa",
        ID,
        "B-20251007-120000-zzzz",
    ]
    assert isinstance(found[0], Broken)
    assert isinstance(found[0].problem, BackupFault)
    assert [backup.id for backup in repository.backups("other")] == ["B-20251008-125959-aaaa"]
    assert repository.backups("never-backed-up") == ()


def test_an_archive_without_manifest_is_shown_as_broken(repository: Repository) -> None:
    with repository.open_archive("projectledger", ID) as writer:
        writer.write(b"crashed before the manifest")
    (broken,) = repository.backups()
    assert isinstance(broken, Broken)
    assert fault_of(lambda: repository.load(ID)) is Fault.MANIFEST_MISSING


def test_one_changed_byte_is_noticed(save: Save, repository: Repository) -> None:
    backup = save()
    flip(file(repository, ".dump"))
    assert fault_of(lambda: repository.verify_archive(backup)) is Fault.ARCHIVE_CHANGED


def test_a_truncated_archive_is_noticed(save: Save, repository: Repository) -> None:
    backup = save()
    path = file(repository, ".dump")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BackupFault, match="truncated: 4,999 of 5,000 bytes are there") as raised:
        repository.verify_archive(backup)
    assert raised.value.fault is Fault.ARCHIVE_TRUNCATED


def test_an_archive_that_grew_is_noticed(save: Save, repository: Repository) -> None:
    backup = save()
    with file(repository, ".dump").open("ab") as archive:
        archive.write(b"x")
    assert fault_of(lambda: repository.verify_archive(backup)) is Fault.ARCHIVE_CHANGED


def test_a_missing_archive_is_noticed(save: Save, repository: Repository) -> None:
    backup = save()
    file(repository, ".dump").unlink()
    assert fault_of(lambda: repository.verify_archive(backup)) is Fault.ARCHIVE_MISSING


def test_an_edited_manifest_is_noticed(save: Save, repository: Repository) -> None:
    save()
    path = file(repository, ".json")
    path.write_text(path.read_text().replace('"rows": 1204', '"rows": 9999'))
    with pytest.raises(BackupFault, match="was changed after it was signed") as raised:
        repository.load(ID)
    assert raised.value.fault is Fault.DOCUMENT_EDITED


def test_an_edited_manifest_with_a_fresh_hash_has_a_wrong_signature(
    save: Save, repository: Repository
) -> None:
    save()
    path, signature = file(repository, ".json"), file(repository, ".json.sig")
    old = repository.keys.sign(b"something else")
    path.write_text(path.read_text().replace('"rows": 1204', '"rows": 9999'))
    forged = Signature(
        document=path.name,
        key=repository.keys.fingerprint,
        signed=((hashlib.sha256(path.read_bytes()).hexdigest(), old),),
    )
    signature.write_bytes(forged.to_text())
    assert fault_of(lambda: repository.load(ID)) is Fault.SIGNATURE_WRONG


def test_swapped_signatures_of_two_backups_are_noticed(save: Save, repository: Repository) -> None:
    save(ID)
    save(LATER)
    first, second = file(repository, ".json.sig"), file(repository, ".json.sig", LATER)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    for backup_id in (ID, LATER):
        with pytest.raises(BackupFault, match="is that of") as raised:
            repository.load(backup_id)
        assert raised.value.fault is Fault.SIGNATURE_WRONG


@pytest.mark.parametrize("text", [b"", b"garbage", b"\xff\xfe", b"document: x\nkey: y\nsignature: z"])
def test_a_signature_that_cannot_be_read_is_wrong(save: Save, repository: Repository, text: bytes) -> None:
    save()
    file(repository, ".json.sig").write_bytes(text)
    assert fault_of(lambda: repository.load(ID)) is Fault.SIGNATURE_WRONG


def test_a_missing_signature_is_noticed(save: Save, repository: Repository) -> None:
    save()
    file(repository, ".json.sig").unlink()
    assert fault_of(lambda: repository.load(ID)) is Fault.SIGNATURE_MISSING


def test_a_backup_under_another_name_is_noticed(save: Save, repository: Repository) -> None:
    save(ID)
    for suffix in (".dump", ".json", ".json.sig"):
        renamed = file(repository, suffix).rename(file(repository, suffix, LATER))
        if suffix == ".json.sig":
            renamed.write_text(renamed.read_text().replace(ID, LATER))
    assert fault_of(lambda: repository.load(LATER)) is Fault.DOCUMENT_MISPLACED


def test_the_proof_of_another_archive_proves_nothing(save: Save, repository: Repository) -> None:
    proof = save().proof
    put(repository, dataclasses.replace(proof, sha256="0" * 64))
    assert fault_of(lambda: repository.load(ID)) is Fault.DOCUMENT_MISPLACED


def test_an_edited_proof_is_noticed_and_can_be_made_anew(save: Save, repository: Repository) -> None:
    proof = save().proof
    put(repository, proof)
    path = file(repository, ".proof.json")
    path.write_text(path.read_text().replace("written", "restore-tested"))
    with pytest.raises(BackupFault, match="was changed after it was signed") as raised:
        repository.load(ID)
    assert f"remove {path.name}, and a new restore test proves the backup again" in raised.value.hint
    path.unlink()
    assert repository.load(ID).proof.level is Level.WRITTEN
    put(repository, proof)
    assert repository.load(ID).proof == proof


def test_another_keys_backup_is_not_trusted(save: Save, repository: Repository, tmp_path: Path) -> None:
    save()
    foreign = Repository(repository.root, Keys.load_or_create(tmp_path / "foreign.key"))
    assert fault_of(lambda: foreign.load(ID)) is Fault.KEY_FOREIGN
    with pytest.raises(BackupFault, match="belongs to another key") as raised:
        foreign.prepare()
    assert raised.value.fault is Fault.KEY_FOREIGN


def test_with_the_key_lost_everything_verifies_and_nothing_new_is_begun(
    save: Save, repository: Repository
) -> None:
    backup = save()
    repository.keys.path.unlink()
    bereft = Repository(repository.root, Keys.open(repository.keys.path, repository.root))
    bereft.prepare()
    assert bereft.load(ID) == backup
    bereft.verify_archive(backup)

    def begin() -> None:
        with bereft.open_archive("projectledger", LATER):
            pytest.fail("nothing may be dumped that cannot be signed")

    assert fault_of(begin) is Fault.KEY_LOST


def test_a_signed_manifest_of_a_later_format_says_so(repository: Repository, manifest: MakeManifest) -> None:
    content = b"PGDMP"
    with repository.open_archive("projectledger", ID) as writer:
        writer.write(content)
    repository.save_manifest(dataclasses.replace(manifest(ID, content), format=2))
    with pytest.raises(BackupFault, match="format 2") as raised:
        repository.load(ID)
    assert raised.value.fault is Fault.DOCUMENT_UNREADABLE


@pytest.mark.parametrize(
    "wrong", ["", "latest", "../../etc/passwd", f"../{ID}", f"{ID}/..", f"{ID}.json", "B-2025"]
)
def test_what_is_no_id_is_refused(repository: Repository, wrong: str) -> None:
    with pytest.raises(UsageError, match="is not a backup id") as raised:
        repository.load(wrong)
    assert raised.value.hint == "an id looks like B-20251008-191204-abcd"


def test_an_unknown_id_is_not_found(repository: Repository) -> None:
    with pytest.raises(NotFound, match=f"there is no backup {ID}"):
        repository.load(ID)


def test_another_databases_backup_is_not_found_under_this_one(save: Save, repository: Repository) -> None:
    save()
    with pytest.raises(NotFound, match=f"{ID} is a backup of projectledger, not of other"):
        repository.load(ID, "other")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../projectledger", "/etc", "UPPER", "-x"])
def test_a_database_name_never_leads_out(repository: Repository, name: str) -> None:
    with pytest.raises(UsageError), repository.open_archive(name, ID):
        pytest.fail("not opened")


def test_a_linked_database_folder_is_not_followed(save: Save, repository: Repository, tmp_path: Path) -> None:
    save()
    inside = repository.root / "projectledger"
    inside.rename(tmp_path / "outside")
    inside.symlink_to(tmp_path / "outside")
    assert repository.backups() == ()
    assert fault_of(lambda: repository.backups("projectledger")) is Fault.NOT_A_FILE


@pytest.mark.parametrize("suffix", [".dump", ".json", ".json.sig"])
def test_a_linked_file_is_not_followed(
    save: Save, repository: Repository, tmp_path: Path, suffix: str
) -> None:
    save()
    path = file(repository, suffix)
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    assert fault_of(lambda: repository.verify_archive(repository.load(ID))) is Fault.NOT_A_FILE


def test_a_failed_dump_leaves_nothing(repository: Repository) -> None:
    def dump() -> None:
        with repository.open_archive("projectledger", ID) as writer:
            writer.write(b"half of it")
            raise CommandFailed("pg_dump was killed")

    with pytest.raises(CommandFailed, match="was killed"):
        dump()
    assert list((repository.root / "projectledger").iterdir()) == []


def test_an_archive_is_invisible_until_it_is_whole(repository: Repository) -> None:
    with repository.open_archive("projectledger", ID) as writer:
        writer.write(b"half of it")
        assert repository.backups() == ()
        assert file(repository, ".dump.partial").exists()
    assert file(repository, ".dump").read_bytes() == b"half of it"


def test_a_full_disk_while_dumping_keeps_nothing_and_touches_nothing(
    save: Save, repository: Repository
) -> None:
    before = save()

    def dump() -> None:
        with repository.open_archive("projectledger", LATER, expected_bytes=4_200_000_000) as writer:
            writer.write(b"x" * 10_000)

    with files_no_larger_than(6_000), pytest.raises(CommandFailed) as raised:
        dump()
    assert raised.value.reason.startswith("no room to write the archive: needs about 4.2 GB, ")
    assert "nothing of it was kept, and the backups that were there are untouched" in raised.value.reason
    assert "repository.url" in raised.value.hint
    assert repository.backups() == (before,)
    repository.verify_archive(before)
    assert not list(repository.root.rglob(f"{LATER}*"))


def test_a_full_disk_while_the_manifest_is_written_keeps_nothing(
    save: Save, repository: Repository, manifest: MakeManifest
) -> None:
    before = save()
    with repository.open_archive("projectledger", LATER) as writer:
        writer.write(b"PGDMP")
    with files_no_larger_than(300), pytest.raises(CommandFailed, match="no room to write the manifest"):
        repository.save_manifest(manifest(LATER, b"PGDMP"))
    assert repository.backups() == (before,)
    assert not list(repository.root.rglob(f"{LATER}*"))


@pytest.mark.parametrize("limit", [100, 400])
def test_a_full_disk_while_the_proof_is_written_keeps_the_one_before(
    save: Save, repository: Repository, limit: int
) -> None:
    proof = save().proof
    put(repository, proof)
    with files_no_larger_than(limit), pytest.raises(CommandFailed, match="no room to write the proof"):
        put(repository, dataclasses.replace(proof, level=Level.READ, not_tested_because="x" * 500))
    assert repository.load(ID).proof == proof


def test_what_crashed_writers_left_is_cleaned_and_running_writers_are_not(repository: Repository) -> None:
    with repository.open_archive("projectledger", LATER) as writer:
        writer.write(b"still running")
        abandoned = file(repository, ".dump.partial")
        abandoned.write_bytes(b"left by a crash")
        assert repository.clean_partials() == [abandoned]
    assert file(repository, ".dump", LATER).read_bytes() == b"still running"


def test_nothing_is_ever_written_twice(save: Save, repository: Repository) -> None:
    backup = save()
    with pytest.raises(CommandFailed, match="exists already"), repository.open_archive("projectledger", ID):
        pytest.fail("not opened")
    with pytest.raises(CommandFailed, match="a manifest is never changed"):
        repository.save_manifest(backup.manifest)
    assert repository.load(ID) == backup


def test_progress_is_told_and_reading_can_be_stopped(save: Save, repository: Repository) -> None:
    backup = save(content=b"x" * 3_000_000)
    told: list[int] = []
    repository.verify_archive(backup, told.append)
    assert told == [1048576, 2097152, 3000000]
    with pytest.raises(Stopped):
        repository.verify_archive(backup, should_stop=lambda: True)


def test_the_public_key_is_published_once(repository: Repository) -> None:
    assert (repository.root / PUBLIC_NAME).read_bytes() == repository.keys.public_pem()
    repository.prepare()


def test_a_folder_that_cannot_be_made_is_explained(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SecondkeyError, match="cannot prepare the repository"):
        Repository(tmp_path / "taken" / "backups", keys).prepare()


@given(
    written=st.builds(
        Manifest, seconds=st.floats(0, 1e6), id=st.just(ID), health=st.just(Health.HEALTHY), format=st.just(1)
    )
)
@settings(max_examples=50, deadline=None)
def test_a_manifest_reads_as_it_was_written_whatever_the_names(written: Manifest) -> None:
    adapter = TypeAdapter(Manifest)
    assert adapter.validate_json(adapter.dump_json(written, indent=2)) == written


def test_names_with_quotes_newlines_and_emoji_survive(save: Save, repository: Repository) -> None:
    manifest = save().manifest
    names = ['say "x"', "two\nlines", "🗝️", "\u202eright to left", "tab\tand \\ backslash"]
    table = manifest.state.tables[0]
    tables = tuple(
        dataclasses.replace(table, name=table.name._replace(name=name), columns=(f"{name} text",))
        for name in names
    )
    strange = dataclasses.replace(
        manifest, id=LATER, state=dataclasses.replace(manifest.state, tables=tables)
    )
    repository.save_manifest(strange)
    assert repository.load(LATER).manifest == strange


def test_what_a_crashed_attempt_left_makes_way_for_the_next(repository: Repository, save: Save) -> None:
    repository.discard_unfinished("projectledger", ID)
    with repository.open_archive("projectledger", ID) as writer:
        writer.write(b"crashed before the manifest")
    for suffix in (".json.sig", ".dump.partial", ".json.partial", ".json.sig.partial"):
        file(repository, suffix).write_bytes(b"half of it")
    repository.discard_unfinished("projectledger", ID)
    assert list((repository.root / "projectledger").iterdir()) == []
    repository.verify_archive(save())


def test_a_complete_backup_and_its_neighbours_are_never_discarded(repository: Repository, save: Save) -> None:
    complete, neighbour = save(ID), save(LATER)
    put(repository, complete.proof)
    repository.discard_unfinished("projectledger", ID)
    repository.discard_unfinished("projectledger", "B-20251009-120000-abcd")
    assert repository.backups() == (neighbour, complete)


def test_an_archive_that_is_being_written_is_not_discarded(repository: Repository) -> None:
    with repository.open_archive("projectledger", ID) as writer:
        repository.discard_unfinished("projectledger", ID)
        writer.write(b"still running")
    assert file(repository, ".dump").read_bytes() == b"still running"


def test_a_quick_look_finds_what_is_gone_cut_or_edited(save: Save, repository: Repository) -> None:
    backup = save()
    assert repository.look_at("projectledger", ID) == backup
    archive = file(repository, ".dump")
    content = archive.read_bytes()
    archive.write_bytes(content[:-1])
    assert fault_of(lambda: repository.look_at("projectledger", ID)) is Fault.ARCHIVE_TRUNCATED
    archive.unlink()
    assert fault_of(lambda: repository.look_at("projectledger", ID)) is Fault.ARCHIVE_MISSING
    archive.write_bytes(content)
    flip(file(repository, ".json"))
    assert fault_of(lambda: repository.look_at("projectledger", ID)) is Fault.DOCUMENT_EDITED


def test_two_who_change_a_proof_at_the_same_time_lose_nothing(save: Save, repository: Repository) -> None:
    save()
    names = [f"event trigger {number}" for number in range(24)]

    def add(name: str) -> None:
        repository.update_proof(
            "projectledger", ID, lambda proof: dataclasses.replace(proof, left_out=(*proof.left_out, name))
        )

    with ThreadPoolExecutor(8) as people:
        list(people.map(add, names))
    assert sorted(repository.load(ID).proof.left_out) == sorted(names)


def test_a_copied_folder_neither_hides_the_backup_nor_takes_its_proof(
    save: Save, repository: Repository
) -> None:
    backup = save()
    put(repository, backup.proof)
    copy = repository.root / "a-copy"
    shutil.copytree(repository.root / "projectledger", copy)
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert repository.load(ID) == repository.load(ID, "projectledger") == backup
    grown = put(repository, dataclasses.replace(backup.proof, level=Level.READ))
    assert repository.load(ID).proof == repository.load(ID, "projectledger").proof == grown
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    assert fault_of(lambda: repository.load(ID, "a-copy")) is Fault.DOCUMENT_MISPLACED
    assert [type(entry) for entry in repository.backups()] == [Backup, Broken]


def test_a_proof_under_a_manifest_that_is_not_trusted_is_not_written(
    save: Save, repository: Repository
) -> None:
    proof = save().proof
    flip(file(repository, ".json"))
    assert fault_of(lambda: put(repository, proof)) is Fault.DOCUMENT_EDITED
    assert not file(repository, ".proof.json").exists()


def test_nothing_is_cleaned_away_that_we_never_named(repository: Repository, tmp_path: Path) -> None:
    folder = repository.root / "projectledger"
    folder.mkdir(mode=0o700)
    theirs = [folder / "download.partial", folder / "B-notes.partial", folder / ".hidden.partial"]
    for path in theirs:
        path.write_text("somebody's own")
    outside = tmp_path / "outside"
    outside.write_text("somebody's own")
    link, directory = file(repository, ".dump.partial"), file(repository, ".json.partial")
    link.symlink_to(outside)
    directory.mkdir()
    assert repository.clean_partials() == []
    repository.discard_unfinished("projectledger", ID)
    assert all(path.exists() for path in (*theirs, link, directory, outside))


def test_a_new_folder_is_durable_in_the_one_above_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    really = os.fsync

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with repository.open_archive("projectledger", ID) as writer:
        assert repository.root.stat().st_ino in synced
        writer.write(b"PGDMP")


def test_a_repository_that_the_system_does_not_let_us_read_is_told_in_words(
    keys: Keys, tmp_path: Path
) -> None:
    """A name that is too long stands for a broken mount: the system refuses whatever is asked of it."""
    broken = Repository(tmp_path / ("x" * 300), keys)
    acts: list[Callable[[], object]] = [
        broken.backups,
        lambda: broken.backups("projectledger"),
        lambda: broken.load(ID),
        lambda: broken.look_at("projectledger", ID),
        lambda: broken.discard_unfinished("projectledger", ID),
        broken.clean_partials,
    ]
    assert {fault_of(act) for act in acts} == {Fault.UNREADABLE}


def test_a_file_on_a_broken_disk_is_told_in_words_and_hides_no_other(
    save: Save, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    save(LATER)
    real = os.open

    def broken(path: Path, *arguments: int, **others: int) -> int:
        if ID in str(path):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *arguments, **others)

    monkeypatch.setattr(os, "open", broken)
    good, unread = repository.backups()
    assert isinstance(good, Backup)
    assert isinstance(unread, Broken)
    assert unread.problem.reason.endswith(
        f"{ID}.json cannot be read: Input/output error; nothing was changed there"
    )
    assert fault_of(lambda: repository.look_at("projectledger", ID)) is Fault.UNREADABLE
    monkeypatch.undo()
    whole = repository.load(ID)
    monkeypatch.setattr(os, "open", broken)
    assert fault_of(lambda: repository.verify_archive(whole)) is Fault.UNREADABLE
