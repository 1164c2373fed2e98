"""Why a restore beside the live database stopped, in words with a next move."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import CommandFailed
from bot.postgres.archive_list import Entry
from bot.postgres.program_words import for_people, from_the_error, without_rows
from bot.postgres.restore_failures import where

_PROGRAM = "pg_restore"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One way in which a restore stops."""

    #: of pg_restore's or the server's words; its first group is `{}` of reason and hint
    pattern: str
    reason: str
    hint: str


#: The first that matches counts.
_CAUSES = (
    Cause(
        pattern=r"No space left on device|Disk quota exceeded|File too large",
        reason="the server's disk is full",
        hint="make room on the database server's volume for a whole copy, and ask again",
    ),
    Cause(
        pattern=r"row-level security policy for table (\S+)",
        reason="row-level security hides rows of {} from the restoring login",
        hint="as superuser: `ALTER ROLE … BYPASSRLS` for that login; then ask again",
    ),
    Cause(
        pattern=r"(permission denied .*|must be (?:superuser|owner|able to) .*|only superuser.*)",
        reason="it takes a right that the restoring login does not have ({})",
        hint="grant it to that login, or make the object belong to an ordinary role; then ask again",
    ),
    Cause(
        pattern=r'(role "[^"]*") does not exist',
        reason="the server lacks the {}",
        hint="create it, and ask again",
    ),
    Cause(
        pattern=r'(collation "[^"]*") .*does not exist|could not create (locale .*)',
        reason="the server lacks {}",
        hint="install the locale on the database server, and ask again",
    ),
    Cause(
        pattern=r"out of shared memory|max_locks_per_transaction|out of memory",
        reason="the server has too little memory for it",
        hint="raise max_locks_per_transaction, or restore with fewer jobs",
    ),
    Cause(
        pattern=r"server closed the connection|terminating connection|connection .*lost|starting up"
        r"|shutting down|connection to server|too many (?:clients|connections)|remaining connection slots",
        reason="the connection to the server was cut or refused",
        hint="look into the server's log, and ask again when it answers",
    ),
)


def beside_failure(code: int, said: str, entries: Sequence[Entry]) -> CommandFailed:
    """The failure of a pg_restore that ended with this exit code and these words."""
    if code < 0:
        return CommandFailed(
            f"pg_restore was killed (signal {-code})", "look whether this machine ran out of memory (dmesg)"
        )
    error, at = from_the_error(said, _PROGRAM), where(said, entries)
    # Rows that an error quotes may say anything, and are not looked at.
    words = without_rows(error, _PROGRAM)
    for cause in _CAUSES:
        if found := re.search(cause.pattern, words):
            what = next(filter(None, found.groups()), "").strip()
            return CommandFailed(f"{cause.reason.format(what)}: the restore stopped at {at}", cause.hint)
    return CommandFailed(
        f"the restore stopped at {at} ({for_people(error, _PROGRAM, code)})",
        "if you need one now, use an older backup",
    )
