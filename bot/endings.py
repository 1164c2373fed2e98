"""How the command line ends with an error: in words for people, a code for scripts, and the exit code."""

from enum import IntEnum
from typing import Any, get_args

from bot.domain.findings import Code
from bot.errors import ConfigurationError, NotFound, Pending, RefusalCode, Refused, SecondkeyError, UsageError
from bot.postgres.unreachable import Unreachable
from bot.repository.faults import BackupFault, Fault

USAGE, CONFIGURATION, NOT_FOUND, FAILED = "usage", "configuration", "not-found", "failed"
PENDING = "pending"


class Exit(IntEnum):
    """The exit codes of the command line; docs/operations.md has them for people."""

    FAILED = 1
    #: what was typed, or the configuration
    USAGE = 2
    #: the verdict blocks, or a release was not run
    BLOCKED = 3
    #: by any other rule
    REFUSED = 4
    #: it is not over
    PENDING = 5


#: All that `error` can be in JSON; docs/operations.md explains each.
ERRORS = frozenset(
    {
        *(USAGE, CONFIGURATION, NOT_FOUND, FAILED, PENDING),
        *get_args(RefusalCode),
        *(fault.value for fault in Fault),
        *(Code.IDENTITY_UNREACHABLE.value, Code.IDENTITY_ABSENT.value),
    }
)


def error_json(error: SecondkeyError) -> dict[str, Any]:
    """An error as scripts read it: `error` is one of `ERRORS`; `problems` are those of a configuration."""
    said: dict[str, Any] = {"error": error_code(error), "reason": error.reason, "hint": error.hint}
    if isinstance(error, ConfigurationError):
        said["problems"] = [error_json(problem) for problem in error.problems]
    return said


def error_code(error: SecondkeyError) -> str:
    """What kind of error it is, of `ERRORS`."""
    match error:
        case Refused():
            return error.code
        case BackupFault():
            return error.fault.value
        case Unreachable():
            return error.code.value
        case ConfigurationError():
            return CONFIGURATION
        case UsageError():
            return USAGE
        case NotFound():
            return NOT_FOUND
        case Pending():
            return PENDING
        case _:
            return FAILED


def error_lines(error: SecondkeyError) -> list[str]:
    if isinstance(error, ConfigurationError):
        return [line for problem in error.problems for line in error_lines(problem)]
    return [*_said("error: ", error.reason), *(_said("hint: ", error.hint) if error.hint else [])]


def exit_code(error: SecondkeyError) -> int:
    """How a command ends that raised this."""
    match error:
        case UsageError() | NotFound() | ConfigurationError():
            return Exit.USAGE
        case Refused(code="no-rehearsal" | "state-unreachable" | "window-open"):
            return Exit.BLOCKED
        case Refused():
            return Exit.REFUSED
        case Pending():
            return Exit.PENDING
        case _:
            return Exit.FAILED


def _said(what: str, text: str) -> list[str]:
    """The text behind what it is; further lines are indented, so that none of them passes for another."""
    first, *rest = text.split("\n")
    return [what + first, *(" " * len(what) + line for line in rest)]
