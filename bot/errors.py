"""What can go wrong, in words for people: a reason, then a hint with the next move."""

from typing import Literal

#: Why a rule says no. Closed: scripts and operations' records keep these names; docs/operations.md has each.
RefusalCode = Literal[
    "already-frozen",
    "already-requested",
    "already-running",
    "already-sent",
    "another-database",
    "another-databases-backup",
    "approval-denied",
    "approval-expired",
    "approval-used",
    "approval-void",
    "backup-corrupt",
    "backup-needed",
    "backup-unread",
    "bot-not-running",
    "cannot-mark",
    "channel-unfit",
    "data-missing",
    "extension-missing",
    "foreign-queue",
    "in-the-way",
    "incident-closed",
    "incident-open",
    "newer-major",
    "newer-state",
    "no-proven-backup",
    "no-rehearsal",
    "no-room",
    "not-allowed",
    "not-granted",
    "nothing-to-override",
    "other-workspace",
    "pooler",
    "reason-missing",
    "rehearsal-copy",
    "release-running",
    "role-missing",
    "second-key-needed",
    "secret-as-argument",
    "staging-protected",
    "state-encoding",
    "state-on-protected-server",
    "state-unreachable",
    "target-foreign",
    "target-standby",
    "target-unreachable",
    "too-few-approvers",
    "too-many-backups",
    "window-open",
]


class SecondkeyError(Exception):
    """Base of every error that is shown to people as it is."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.reason}\nhint: {self.hint}" if self.hint else self.reason


class Refused(SecondkeyError):
    """A rule says no, and nothing was touched."""

    def __init__(self, code: RefusalCode, reason: str, hint: str = "") -> None:
        super().__init__(reason, hint)
        self.code = code


class NotFound(SecondkeyError):
    """Something that was named does not exist; the hint suggests the nearest name."""


class UsageError(SecondkeyError):
    """A command that cannot be read as written."""


class Pending(SecondkeyError):
    """Nobody waits for it here any more, and it goes on elsewhere."""


class CommandFailed(SecondkeyError):
    """An act that was begun and did not succeed; the reason says what state everything is in."""


class ConfigurationError(SecondkeyError):
    """Everything that is wrong with the configuration, at once."""

    def __init__(self, problems: list[SecondkeyError]) -> None:
        super().__init__("\n".join(f"- {problem.reason}" for problem in problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"error: {problem}" for problem in self.problems)
