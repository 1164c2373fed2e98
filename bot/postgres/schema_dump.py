"""A database's schema, as `pg_dump --schema-only` writes it."""

import re
from collections.abc import Callable
from datetime import timedelta

from bot import programs as program_runner
from bot.postgres.client import Access
from bot.postgres.dump_failures import failure
from bot.postgres.installation import Installation

#: How long it may take, and wait for somebody's lock.
LIMIT = timedelta(minutes=10)
LOCK_WAIT = timedelta(seconds=30)
#: What is different each time: versions of programs, and the key that guards psql.
_NOISE = re.compile(r"^(-- Dumped |\\(un)?restrict ).*\n", re.MULTILINE)


def dump_schema(
    programs: Installation,
    door: Access,
    *,
    lock_wait: timedelta = LOCK_WAIT,
    should_stop: Callable[[], bool] = lambda: False,
) -> str:
    """The statements that make the schema without Secondkey's own; the same text while nobody changes it.

    Raises `CommandFailed` where it cannot be read, or not in time, and `Stopped`.
    """
    done = program_runner.run(
        [
            programs.program("pg_dump"),
            "--schema-only",
            "--exclude-schema=secondkey",
            f"--lock-wait-timeout={max(1, round(lock_wait.total_seconds() * 1000))}",
            "--encoding=UTF8",
            "--no-password",
            f"--dbname={door.conninfo}",
        ],
        timeout=LIMIT.total_seconds(),
        env=door.environment,
        should_stop=should_stop,
    )
    if done.code != 0:
        raise failure(done.code, done.stderr, login=door.login, blockers=())
    return _NOISE.sub("", done.stdout)
