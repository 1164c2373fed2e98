"""Statements in a snapshot that cannot end it: each in a savepoint, limited in time, stopped when asked."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from bot.postgres.queries import query
from bot.programs import Stopped

#: How long a look into the catalogue may take, in seconds.
USUAL = 300.0
#: How long a statement waits for a table that somebody else has locked, in seconds.
LOCK_WAIT = 1.0
#: The same where it was waited for already, together with others.
SECOND_LOCK_WAIT = 0.1
#: How often a running statement's caller is asked whether to stop, in seconds.
_POLL = 0.1

Statement = LiteralString | sql.Composed
Row = tuple[Any, ...]


class Session:
    """A transaction in which statements may fail without losing what was read before them."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        *,
        time_budget: timedelta,
        should_stop: Callable[[], bool] = lambda: False,
        keep_locks: bool = False,
    ) -> None:
        self.connection = connection
        self.time_budget = time_budget
        self._deadline = time.monotonic() + time_budget.total_seconds()
        self._should_stop = should_stop
        self._keep_locks = keep_locks

    @property
    def remaining(self) -> float:
        """Seconds of the time budget that are left; never below 0."""
        return max(0.0, self._deadline - time.monotonic())

    def fetch(
        self,
        statement: Statement,
        parameters: dict[str, Any] | None = None,
        *,
        seconds: float,
        lock_wait: float = LOCK_WAIT,
    ) -> list[Row]:
        """The statement's rows. Raises `Stopped` when asked, and psycopg's errors, which end nothing else."""

        def act() -> list[Row]:
            with self.limited(seconds, lock_wait, keep_locks=self._keep_locks) as connection:
                return connection.execute(statement, parameters).fetchall()

        return self.watched(act)

    @contextmanager
    def limited(
        self, seconds: float, lock_wait: float = LOCK_WAIT, *, keep_locks: bool = False
    ) -> Iterator[psycopg.Connection[Any]]:
        """A savepoint whose statements may each take so many seconds, and wait so long for a lock."""
        # A table's lock lasts until its transaction ends, and the server's table of locks has room for some
        # 6,400. Leaving the savepoint backwards gives them back, and lets a migration pass by.
        with self.connection.transaction(force_rollback=not keep_locks):
            limit(self.connection, seconds, lock_wait)
            yield self.connection
        if keep_locks:
            # The savepoint's limits stay as well.
            limit(self.connection)

    def watched(self, act: Callable[[], list[Row]]) -> list[Row]:
        """Run `act` on the connection and ask meanwhile, in this thread, whether to stop."""
        if self._should_stop():
            raise Stopped("reading was stopped")
        with ThreadPoolExecutor(1) as executor:
            running = executor.submit(act)
            while not wait([running], timeout=_POLL).done:
                if self._should_stop():
                    self.connection.cancel_safe()
                    wait([running])
                    raise Stopped("reading was stopped")
            return running.result()

    def lost(self) -> bool:
        """Whether the session itself is gone, so that nothing more can be read."""
        return self.connection.closed


def limit(connection: psycopg.Connection[Any], seconds: float = USUAL, lock_wait: float = LOCK_WAIT) -> None:
    """How long each further statement of this transaction or savepoint may take, and wait for a lock."""
    limits = {"statement": _milliseconds(seconds), "lock": _milliseconds(lock_wait)}
    connection.execute(query("limits"), limits)


def _milliseconds(seconds: float) -> str:
    """Never 0, which would mean no limit."""
    return str(max(1, round(seconds * 1000)))
