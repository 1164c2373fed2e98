"""The signing key: made once, kept private, never replaced in silence."""

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import UsageError
from bot.repository.faults import BackupFault, Fault
from bot.repository.keys import PUBLIC_NAME, Keys, read_fingerprint


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.key"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def fault_of(act: Callable[[], object]) -> Fault:
    with pytest.raises(BackupFault) as raised:
        act()
    assert raised.value.hint
    return raised.value.fault


def test_the_key_is_made_once_for_nobody_but_us(path: Path) -> None:
    first = Keys.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Keys.load_or_create(path).fingerprint == first.fingerprint


def test_what_one_key_signed_no_other_key_vouches_for(path: Path, tmp_path: Path) -> None:
    keys, others = Keys.load_or_create(path), Keys.load_or_create(tmp_path / "other.key")
    signature = keys.sign(b"a manifest")
    assert keys.verify(signature, b"a manifest")
    assert not keys.verify(signature, b"another manifest")
    assert not keys.verify(b"\0" * 64, b"a manifest")
    assert not others.verify(signature, b"a manifest")


def test_openssl_verifies_a_signature_without_secondkey(path: Path, tmp_path: Path) -> None:
    keys = Keys.load_or_create(path)
    (tmp_path / "document").write_bytes(b"a manifest")
    (tmp_path / "signature").write_bytes(keys.sign(b"a manifest"))
    (tmp_path / PUBLIC_NAME).write_bytes(keys.public_pem())
    checked = subprocess.run(
        ["/usr/bin/openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(tmp_path / PUBLIC_NAME),
         "-sigfile", str(tmp_path / "signature"), "-in", str(tmp_path / "document")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_the_fingerprint_is_that_of_the_published_half(path: Path, published: Path) -> None:
    keys = Keys.load_or_create(path)
    (published / PUBLIC_NAME).write_bytes(keys.public_pem())
    assert keys.fingerprint.startswith("SHA256:")
    assert read_fingerprint(published / PUBLIC_NAME) == keys.fingerprint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_not_used(path: Path, mode: int) -> None:
    Keys.load_or_create(path)
    path.chmod(mode)
    assert fault_of(lambda: Keys.load_or_create(path)) is Fault.KEY_EXPOSED


@pytest.mark.parametrize("content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_holds_no_key_is_said_and_left_as_it_is(path: Path, content: bytes) -> None:
    Keys.load_or_create(path)
    path.write_bytes(content)
    assert fault_of(lambda: Keys.load_or_create(path)) is Fault.KEY_UNREADABLE
    assert path.read_bytes() == content


def test_a_key_of_another_kind_is_not_used(path: Path) -> None:
    Keys.load_or_create(path)
    rsa = generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert fault_of(lambda: Keys.load_or_create(path)) is Fault.KEY_UNREADABLE


def test_a_lost_key_is_never_replaced_where_backups_already_lie(path: Path, published: Path) -> None:
    (published / PUBLIC_NAME).write_bytes(Keys.load_or_create(path).public_pem())
    path.unlink()
    bereft = Keys.open(path, published)
    assert not path.exists()
    assert fault_of(lambda: bereft.sign(b"a manifest")) is Fault.KEY_LOST
    assert fault_of(bereft.refuse_if_lost) is Fault.KEY_LOST


def test_a_lost_key_still_verifies_what_it_signed(path: Path, published: Path) -> None:
    keys = Keys.load_or_create(path)
    (published / PUBLIC_NAME).write_bytes(keys.public_pem())
    path.unlink()
    assert Keys.open(path, published).verify(keys.sign(b"a manifest"), b"a manifest")


def test_a_pinned_key_that_is_gone_is_not_made_anew(path: Path, published: Path) -> None:
    pinned = Keys.load_or_create(path).fingerprint
    path.unlink()
    assert fault_of(lambda: Keys.open(path, published, pinned)) is Fault.KEY_LOST
    assert not path.exists()


def test_another_key_than_the_pinned_one_is_refused(path: Path, published: Path, tmp_path: Path) -> None:
    pinned = Keys.load_or_create(path).fingerprint
    assert Keys.open(path, published, pinned).fingerprint == pinned
    other = Keys.load_or_create(tmp_path / "other.key")
    assert fault_of(lambda: Keys.open(other.path, published, pinned)) is Fault.KEY_FOREIGN


def test_an_exported_copy_is_the_key_itself_and_is_remembered(path: Path, tmp_path: Path) -> None:
    keys = Keys.load_or_create(path)
    copy = tmp_path / "elsewhere.key"
    assert not keys.exported
    keys.export(copy)
    assert keys.exported
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert Keys.load_or_create(copy).fingerprint == keys.fingerprint


def test_an_export_never_writes_over_a_file(path: Path, tmp_path: Path) -> None:
    keys = Keys.load_or_create(path)
    (tmp_path / "taken").write_text("something of yours")
    with pytest.raises(UsageError, match="nothing there was changed"):
        keys.export(tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "something of yours"
    assert not keys.exported


def test_an_export_into_a_folder_that_is_not_there_is_explained(path: Path, tmp_path: Path) -> None:
    keys = Keys.load_or_create(path)
    with pytest.raises(UsageError, match="cannot be written") as raised:
        keys.export(tmp_path / "nowhere" / "copy.key")
    assert "folder that is there" in raised.value.hint


def test_the_export_of_an_earlier_key_does_not_count_for_a_new_one(path: Path, tmp_path: Path) -> None:
    Keys.load_or_create(path).export(tmp_path / "copy.key")
    path.unlink()
    assert not Keys.load_or_create(path).exported


def test_a_crash_while_the_key_is_made_leaves_none_or_a_whole_one(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    leftover = path.with_name(f"{path.name}.{os.getpid() + 1}")
    leftover.write_text("half of one")
    Keys.load_or_create(path)
    assert Keys.load_or_create(path).fingerprint


def test_a_file_that_goes_while_the_key_is_held_is_noticed(path: Path) -> None:
    keys = Keys.load_or_create(path)
    assert not keys.lost
    path.unlink()
    assert keys.lost
    assert keys.verify(keys.sign(b"still"), b"still")


def test_a_key_that_is_out_of_reach_counts_as_lost_and_as_never_exported(keys: Keys, tmp_path: Path) -> None:
    keys.export(tmp_path / "copy")
    assert keys.exported
    away = Keys(tmp_path / ("x" * 300) / "signing.key", keys.public, None)
    assert away.lost
    assert not away.exported
