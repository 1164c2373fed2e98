"""Why something in the repository cannot be trusted: a closed list, each with its own words."""

from enum import StrEnum

from bot.errors import SecondkeyError


class Fault(StrEnum):
    ARCHIVE_MISSING = "archive-missing"
    ARCHIVE_TRUNCATED = "archive-truncated"
    ARCHIVE_CHANGED = "archive-changed"
    #: neither manifest nor signature vouches for the archive
    MANIFEST_MISSING = "manifest-missing"
    #: a manifest or proof is not the one that was signed
    DOCUMENT_EDITED = "document-edited"
    #: signed, but not in a format that this version reads
    DOCUMENT_UNREADABLE = "document-unreadable"
    #: signed for another backup, or for another database's folder
    DOCUMENT_MISPLACED = "document-misplaced"
    SIGNATURE_MISSING = "signature-missing"
    SIGNATURE_WRONG = "signature-wrong"
    KEY_FOREIGN = "key-foreign"
    KEY_LOST = "key-lost"
    KEY_EXPOSED = "key-exposed"
    KEY_UNREADABLE = "key-unreadable"
    #: a symbolic link, or anything else that is not a plain file, lies where a backup should
    NOT_A_FILE = "not-a-file"
    #: the system does not let us read: a mount that is gone, a broken disk, rights
    UNREADABLE = "unreadable"


class BackupFault(SecondkeyError):
    """A backup, or the key that vouches for it, cannot be trusted; nothing was changed."""

    def __init__(self, fault: Fault, reason: str, hint: str = "") -> None:
        super().__init__(reason, hint)
        self.fault = fault
