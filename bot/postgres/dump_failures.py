"""Why pg_dump gave up: its words and the server's, turned into a reason and a next move."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.omission import Part
from bot.errors import CommandFailed
from bot.postgres.blockers import Blocker
from bot.postgres.program_words import for_people, from_the_error
from bot.postgres.salvage import Obstacle
from bot.postgres.unreachable import cause_of

#: Follows every reason.
STATE = "nothing of the dump is kept, and the database was only read"
_PROGRAM = "pg_dump"
#: The table that it was at, with its schema; its error says the name alone.
_AT_TABLE = re.compile(r'(?ms)^pg_dump: dumping contents of table "(.*?)"\n(?=pg_dump: )')
#: The session lives, and the server has something against these rows alone.
_THESE_ROWS = re.compile(r"(?ms)^Dumping the contents of table .*^pg_dump: detail: [^\n]*ERROR: ")
_LARGE_OBJECT = re.compile(r"(?:error reading|could not open) large object \d+: ERROR: ")
_KILLED = 9


class Obstructed(CommandFailed):
    """A dump that stopped at something that it could do without; `why` is the reason alone."""

    def __init__(self, why: str, hint: str, obstacle: Obstacle) -> None:
        super().__init__(f"{why}; {STATE}", hint)
        self.why = why
        self.obstacle = obstacle


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One way in which a dump fails."""

    #: of pg_dump's or the server's words; its first group is `{}` of reason and hint, `{login}` is ours
    pattern: str
    reason: str
    hint: str


#: The first that matches counts.
_CAUSES = (
    Cause(
        pattern=r"permission denied for large object (\d+)",
        reason="{login} may not read large object {}",
        hint="pg_read_all_data does not cover large objects: SELECT lomowner::regrole "
        "FROM pg_largeobject_metadata WHERE oid = {}, then GRANT that role TO {login}",
    ),
    Cause(
        pattern=r"permission denied for (.+)",
        reason="{login} may not read {}",
        hint="GRANT pg_read_all_data TO {login}",
    ),
    Cause(
        pattern=r"row-level security policy for table (.+)",
        reason="row-level security hides rows of {} from {login}, and a backup without them would not be one",
        hint="ALTER ROLE {login} BYPASSRLS (as superuser)",
    ),
    Cause(
        pattern=r"could not import the requested snapshot|invalid snapshot identifier|snapshot .* not exist",
        reason="the session that counted the rows has ended, or another server answered pg_dump",
        hint="ask again; where the dsn lists several hosts, add target_session_attrs=read-write",
    ),
    Cause(
        pattern=r"max_locks_per_transaction|out of shared memory",
        reason="the server has no room for a lock on every table",
        hint="raise max_locks_per_transaction (each table and each of its indexes needs one), and restart it",
    ),
    Cause(
        pattern=r"(invalid page in block .*|missing chunk number .*|could not read blocks? .*"
        r"|compressed pg\w+ data is corrupt|unexpected chunk number .*)",
        reason="the protected database itself is damaged: {}",
        hint="keep the newest good backup safe now, and look at the server's storage before anything else",
    ),
    Cause(
        pattern=r"server version mismatch",
        reason="pg_dump is older than the server",
        hint="install the client programs of the server's major, or name them in programs.directories",
    ),
    Cause(
        pattern=r"server closed the connection unexpectedly|terminating connection|connection .*lost"
        r"|could not receive data|no connection to the server|SSL SYSCALL|SSL error",
        reason="the connection was cut in the middle of the dump",
        hint="look into the server's log for what ended it, and ask again when it answers",
    ),
)


def failure(code: int, stderr: str, *, login: str, blockers: Sequence[Blocker] = ()) -> CommandFailed:
    """The failure of a pg_dump that ended with this exit code and these words.

    `blockers` are those who held it up when it was last seen waiting for a lock.
    """
    error = from_the_error(stderr, _PROGRAM)
    if re.search(r"canceling statement due to (statement|lock) timeout", error):
        return lock_failure(blockers)
    reason, hint = _in_words(code, error, login or "the login")
    obstacle = _obstacle(stderr, error)
    return Obstructed(reason, hint, obstacle) if obstacle else CommandFailed(f"{reason}; {STATE}", hint)


def lock_failure(blockers: Sequence[Blocker]) -> Obstructed:
    """The failure of a pg_dump that waited too long for what these hold."""
    oid = blockers[0].relation if blockers else None
    return Obstructed(*_locked(blockers), Obstacle(part=Part.WHOLE, oid=oid))


def _obstacle(stderr: str, error: str) -> Obstacle | None:
    if _THESE_ROWS.search(error) and (tables := _AT_TABLE.findall(stderr)):
        return Obstacle(part=Part.CONTENTS, table=tables[-1])
    if _LARGE_OBJECT.search(error):
        return Obstacle(part=Part.LARGE_OBJECTS)
    return None


def _in_words(code: int, error: str, login: str) -> tuple[str, str]:
    if re.search(r"connection to server .* failed|could not connect", error):
        cause = cause_of(error)
        return f"pg_dump found no way in: {cause.reason}", cause.hint
    for known in _CAUSES:
        if found := re.search(known.pattern, error):
            subject = found[1].strip() if found.re.groups else ""
            return known.reason.format(subject, login=login), known.hint.format(subject, login=login)
    if code == -_KILLED:
        return "pg_dump was killed", "look whether this machine ran out of memory (dmesg), and ask again"
    return f"pg_dump failed ({for_people(error, _PROGRAM, code)})", "the server's own log says more"


def _locked(blockers: Sequence[Blocker]) -> tuple[str, str]:
    if not blockers:
        return (
            "a lock did not come free in time",
            "look for a running migration, or wait longer (lock_wait), and ask again",
        )
    first = blockers[0]
    table = f" of {first.table}" if first.table else ""
    reason = f"the lock{table} did not come free in time: {first} holds it or waits for it first"
    return reason, first.cure
