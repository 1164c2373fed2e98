"""Signatures beside the documents they vouch for, as small texts that people can read.

    document: B-20251008-191204-abcd.json
    key: SHA256:…
    signature: <sha256 of the document> <base64 of the Ed25519 signature over its exact bytes>

The hash only tells an edited document from a wrong signature; what counts is the signature. While a
document is replaced its signature file holds two, so that a crash between the files leaves a valid pair.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.repository.faults import BackupFault, Fault
from bot.repository.files import read_plain, write_atomically
from bot.repository.keys import Keys


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a signature file says."""

    document: str
    #: fingerprint of the key
    key: str
    #: (sha256 of the document, signature), newest first
    signed: tuple[tuple[str, bytes], ...]

    def to_text(self) -> bytes:
        lines = [f"document: {self.document}", f"key: {self.key}"]
        lines += [f"signature: {digest} {base64.b64encode(made).decode()}" for digest, made in self.signed]
        return "".join(f"{line}\n" for line in lines).encode()


def save_signed(path: Path, content: bytes, keys: Keys) -> None:
    """Write or replace a document with its signature. Hold `locked(folder)`."""
    fresh = (_sha256(content), keys.sign(content))
    signature = Signature(document=path.name, key=keys.fingerprint, signed=(fresh, *_previous(path)))
    write_atomically(signature_path(path), signature.to_text())
    write_atomically(path, content)


def load_signed(path: Path, keys: Keys) -> bytes:
    """The bytes of a document whose signature fits; raises `FileNotFoundError` or `BackupFault`."""
    content = read_plain(path)
    signature = _read_signature(path)
    if signature.key != keys.fingerprint:
        raise BackupFault(
            Fault.KEY_FOREIGN,
            f"{path.name} was signed by another key, {signature.key}; ours is {keys.fingerprint}",
            "if that key is yours as well, put it in repository.signing_key; else do not trust the file",
        )
    _check(path.name, content, signature, keys)
    return content


def signature_path(path: Path) -> Path:
    return path.with_name(path.name + ".sig")


def _previous(path: Path) -> tuple[tuple[str, bytes], ...]:
    """The newest signature so far; nothing where there is none, or one that is worth nothing."""
    try:
        return _read_signature(path).signed[:1]
    except BackupFault:
        return ()


def _check(name: str, content: bytes, signature: Signature, keys: Keys) -> None:
    made = dict(signature.signed).get(_sha256(content))
    if signature.document != name:
        raise _wrong(name, f"the signature beside {name} is that of {signature.document}")
    if made is None:
        raise BackupFault(
            Fault.DOCUMENT_EDITED,
            f"{name} was changed after it was signed; what it says is not trusted",
            _cure(name),
        )
    if not keys.verify(made, content):
        raise _wrong(name, f"the signature of {name} is wrong: {keys.fingerprint} did not make it")


def _read_signature(path: Path) -> Signature:
    try:
        text = read_plain(signature_path(path)).decode()
    except FileNotFoundError:
        raise BackupFault(
            Fault.SIGNATURE_MISSING,
            f"{path.name} has no signature; what it says is not trusted",
            _cure(path.name),
        ) from None
    except UnicodeDecodeError:
        raise _wrong(path.name, f"the signature of {path.name} cannot be read") from None
    try:
        return _parse(text)
    except (ValueError, binascii.Error):
        raise _wrong(path.name, f"the signature of {path.name} cannot be read") from None


def _parse(text: str) -> Signature:
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in text.splitlines())]
    (document,) = (value for name, value in fields if name == "document")
    (key,) = (value for name, value in fields if name == "key")
    pairs = (value.split(" ") for name, value in fields if name == "signature")
    signed = tuple((digest, base64.b64decode(made, validate=True)) for digest, made in pairs)
    return Signature(document=document, key=key, signed=signed)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _wrong(name: str, reason: str) -> BackupFault:
    return BackupFault(Fault.SIGNATURE_WRONG, f"{reason}; what the file says is not trusted", _cure(name))


def _cure(name: str) -> str:
    if name.endswith(".proof.json"):
        return f"find out who changed it; remove {name}, and a new restore test proves the backup again"
    return f"find out who changed it; put {name} and its .sig back from a copy, or use another backup"
