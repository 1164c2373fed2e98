"""The Ed25519 key that signs manifests and proofs, and the public half that verifies them.

Anybody can check a signature without Secondkey: `openssl pkeyutl -verify -rawin -pubin -inkey secondkey.pub`.
The fingerprint is the SHA-256 of the public key in DER form.
"""

import base64
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bot.errors import UsageError
from bot.repository.faults import BackupFault, Fault
from bot.repository.files import create_private, explained, make_folder, sync_folder, write_all

#: The public key's name in the repository.
PUBLIC_NAME = "secondkey.pub"


class Keys:
    """A signing key, or only the public half of one that is lost or was never here."""

    def __init__(self, path: Path, public: Ed25519PublicKey, private: Ed25519PrivateKey | None) -> None:
        self.path = path
        self.public = public
        self._private = private

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """The signing key in this file; a new one (mode 600) where there is none yet.

        Raises `BackupFault` where others may read the file, or where it holds no Ed25519 key.
        """
        if not path.exists():
            _create(path)
        private = _load_private(path)
        return cls(path, private.public_key(), private)

    @classmethod
    def open(cls, path: Path, repository: Path, pinned: str | None = None) -> Self:
        """The keys to work with, made at the very first start only.

        Where the repository has a public key already but the signing key is gone, the result verifies
        and cannot sign. `pinned` is the configured fingerprint; any other key raises `BackupFault`.
        """
        published = repository / PUBLIC_NAME
        if path.exists() or not (published.exists() or pinned):
            keys = cls.load_or_create(path)
        elif published.exists():
            keys = cls(path, _load_public(published), None)
        else:
            raise _lost(path)
        keys._refuse_unless(pinned)
        return keys

    def refuse_if_lost(self) -> None:
        """Raise `BackupFault` where only the public half is here, so that nothing new can be signed."""
        if self._private is None:
            raise _lost(self.path)

    @property
    def lost(self) -> bool:
        """The file is gone or out of reach: what a running bot still holds of it ends with that bot."""
        return not os.path.exists(self.path)  # noqa: PTH110 - of a broken mount that answers, too

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and base64 without padding, as the configuration pins it."""
        return fingerprint(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes; raises `BackupFault` where only the public half is here."""
        if self._private is None:
            raise _lost(self.path)
        return self._private.sign(message)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature over exactly these bytes."""
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_pem(self) -> bytes:
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def export(self, to: Path) -> None:
        """Copy the signing key to a new file (mode 600), and remember that this was done.

        Raises `UsageError` where that cannot be written, `BackupFault` where the key is lost.
        """
        if self._private is None:
            raise _lost(self.path)
        try:
            _write_new(to, _private_pem(self._private))
        except OSError as error:
            reason = f"the key cannot be written to {to}: {error.strerror}; nothing there was changed"
            raise UsageError(reason, "name a new file in a folder that is there") from error
        self._note.write_text(f"{self.fingerprint}\n")

    @property
    def exported(self) -> bool:
        """Whether this very key was exported, so that a copy can be kept elsewhere."""
        try:
            return self._note.read_text().strip() == self.fingerprint
        except OSError:
            return False

    @property
    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".exported")

    def _refuse_unless(self, pinned: str | None) -> None:
        if pinned is not None and self.fingerprint != pinned:
            raise BackupFault(
                Fault.KEY_FOREIGN,
                f"the key is {self.fingerprint}, but repository.signing_key_fingerprint pins {pinned}; "
                "nothing that it signed is trusted",
                f"put the pinned key back at {self.path}; if the key was changed on purpose, "
                "pin the new fingerprint",
            )


def fingerprint(public: Ed25519PublicKey) -> str:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def read_fingerprint(path: Path) -> str:
    """The fingerprint of the public key in this file; raises `BackupFault` where it holds none."""
    return fingerprint(_load_public(path))


def _create(path: Path) -> None:
    with explained("make the signing key", path.parent), suppress(FileExistsError):
        make_folder(path.parent)
        _write_new(path, _private_pem(Ed25519PrivateKey.generate()))


def _write_new(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, under a name that nobody has; raises `FileExistsError`."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = create_private(unfinished)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
        os.link(unfinished, path)
    finally:
        os.close(descriptor)
        unfinished.unlink()
    sync_folder(path.parent)


def _private_pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load_private(path: Path) -> Ed25519PrivateKey:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise BackupFault(
            Fault.KEY_EXPOSED,
            f"others may read the signing key {path} (mode {mode:o})",
            f"chmod 600 {path}; if somebody may have copied it, begin with a new key and a new repository",
        )
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BackupFault(
            Fault.KEY_UNREADABLE,
            f"{path} holds no Ed25519 signing key",
            "put the exported copy of the key back, or name another file in repository.signing_key",
        )
    return key


def _load_public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BackupFault(
            Fault.KEY_UNREADABLE,
            f"{path} holds no Ed25519 public key",
            "move it away: with the signing key in place, it is written anew",
        )
    return key


def _lost(path: Path) -> BackupFault:
    return BackupFault(
        Fault.KEY_LOST,
        f"the signing key {path} is lost: nothing new can be signed; the backups that it signed can still be "
        f"verified and used while {PUBLIC_NAME} lies beside them",
        f"put the copy that `secondkey keys export` made back at {path}; without one, begin with a new key "
        "in a new folder (repository.url), and keep this one for its backups",
    )
