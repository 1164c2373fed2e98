"""Why a restore stopped: the archive's fault, or only that of the place where it was tried."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from bot.errors import CommandFailed, SecondkeyError
from bot.postgres.archive_list import Entry
from bot.postgres.connection import Unreachable
from bot.postgres.program_words import for_people, from_the_error, without_rows

_PROGRAM = "pg_restore"
_ENTRY = re.compile(r"^pg_restore: from TOC entry (\d+);", re.MULTILINE)


class NotTestable(SecondkeyError):
    """A backup cannot be restored here, which says nothing about the backup."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that this place lacks."""

    #: of pg_restore's or the server's words; its first group is `{}` of the reason
    pattern: str
    reason: str


_LACKS = (
    Lack(
        pattern=r"No space left on device|Disk quota exceeded|File too large",
        reason="there is no room left for the restored copy",
    ),
    Lack(
        pattern=r"this build does not support|not supported by this build|is not supported in this build",
        reason="the PostgreSQL programs here were built without what it needs",
    ),
    Lack(
        pattern=r"permission denied for function (dblink\w*)",
        reason="it reads from another server ({}), which a restore test does not let it do",
    ),
    Lack(
        pattern=r"(permission denied .*|must be (?:superuser|owner|able to) .*|only superuser.*)",
        reason="it needs rights that a restore never gets ({})",
    ),
    Lack(
        pattern=r'(collation "[^"]*") .*does not exist|could not create (locale .*)',
        reason="this machine lacks {}",
    ),
    Lack(
        pattern=r'could not access file "([^"]*)"',
        reason="the library {} of an extension is not installed here",
    ),
    Lack(
        pattern=r"could not open (?:dictionary|affix|stop-word|synonym|thesaurus) file \"([^\"]*)\"",
        reason="the text search file {} is not on this machine",
    ),
    Lack(
        pattern=r'(role "[^"]*") does not exist',
        reason="it names the {}, of which the manifest knows nothing",
    ),
    Lack(
        pattern=r'(language "[^"]*") does not exist',
        reason="the {} is not installed here",
    ),
    Lack(
        pattern=r"user mapping not found|could not connect to server",
        reason="it reads from another server, and what a restore test gives it finds no way there",
    ),
    Lack(
        pattern=r"out of shared memory|max_locks_per_transaction|out of memory",
        reason="the throw-away server has too little memory for it",
    ),
    Lack(
        pattern=r"server closed the connection|terminating connection|connection .*lost|starting up"
        r"|shutting down|connection to server",
        reason="the throw-away server went down in the middle",
    ),
)


def read_failure(code: int, stderr: str) -> SecondkeyError:
    """The failure of reading a whole archive with pg_restore, without a server."""
    if code < 0:
        return _killed(code)
    error = from_the_error(stderr, _PROGRAM)
    if lack := _lack(error):
        return NotTestable(f"the archive cannot be read here: {lack}")
    return CommandFailed(
        f"the archive cannot be read to its end ({for_people(error, _PROGRAM, code)})",
        "use an older backup, and make a new one now",
    )


@contextmanager
def not_the_archives_fault() -> Iterator[None]:
    """Turn what fails beside the archive, in our own programs and cluster, into `NotTestable`."""
    try:
        yield
    except (CommandFailed, Unreachable) as failed:
        raise NotTestable(f"no restore test could be run here: {failed.reason}", failed.hint) from failed
    except (psycopg.Error, OSError) as failed:
        words = " ".join(str(failed).split())
        raise NotTestable(f"no restore test could be run here: {words}") from failed


def restore_failure(
    code: int, stderr: str, entries: Sequence[Entry], *, missed: Sequence[str] = ()
) -> SecondkeyError:
    """The failure of a restore into the throw-away cluster.

    `missed` names what the restore had to do without: where there is such, the archive is not blamed.
    """
    if code < 0:
        return _killed(code)
    error = from_the_error(stderr, _PROGRAM)
    at, words = where(stderr, entries), for_people(error, _PROGRAM, code)
    if lack := _lack(error):
        return NotTestable(f"{lack}: the restore stopped at {at}")
    if missed:
        return NotTestable(f"the restore stopped at {at} ({words}), and was without {', '.join(missed)}")
    return CommandFailed(
        f"the archive is whole and does not restore: it stopped at {at} ({words})",
        "if you need one now, use an older backup; cure the definition in the database and back it up again",
    )


def _killed(code: int) -> NotTestable:
    return NotTestable(
        f"pg_restore was killed (signal {-code})", "look whether this machine ran out of memory (dmesg)"
    )


def _lack(error: str) -> str:
    """What it lacks, in words; rows that an error quotes may say anything, and are not looked at."""
    words = without_rows(error, _PROGRAM)
    for lack in _LACKS:
        if found := re.search(lack.pattern, words):
            return lack.reason.format(next(filter(None, found.groups()), "").strip())
    return ""


def where(stderr: str, entries: Sequence[Entry]) -> str:
    """The entry that pg_restore was at when it stopped, in words."""
    named = _ENTRY.findall(stderr)
    known = {entry.id: entry for entry in entries}
    entry = known.get(int(named[-1])) if named else None
    return str(entry) if entry else "its beginning"
