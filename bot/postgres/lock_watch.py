"""Looks, again and again, at what is locked in a database while somebody else works there."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import errors

from bot.domain.held_locks import BLOCKS, HeldLock, Lock, LockSpans
from bot.domain.state import TableName
from bot.postgres.connection import connect
from bot.postgres.queries import query
from bot.postgres.session import limit

#: How often it looks, and how long a look may take, in seconds.
INTERVAL = 0.1
PATIENCE = 1.0


class LockWatch:
    """Ask it when the watching is over."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        #: why what was locked is not known; empty where it is
        self.unknown = ""
        self._connection = connection
        self._spans = LockSpans(time.monotonic())
        self._stop = Event()
        self._thread = Thread(target=self._look, name="lock-watch", daemon=True)

    @property
    def longest(self) -> tuple[HeldLock, ...]:
        """How long each table was locked against others, the longest first; below 0.1 s some are not seen."""
        return self._spans.longest()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        """Until it is stopped; what the command does to the catalogue may keep a look waiting, once."""
        while True:
            last = self._stop.wait(INTERVAL)
            try:
                held = self._held()
            except (errors.LockNotAvailable, errors.QueryCanceled):
                continue
            except psycopg.Error as cut:
                self.unknown = f"the session that watched them was cut ({cut.diag.message_primary or cut})"
                return
            self._spans.see(time.monotonic(), held)
            if last:
                return

    def _held(self) -> list[Lock]:
        with self._connection.transaction():
            limit(self._connection, PATIENCE, PATIENCE)
            rows = self._connection.execute(query("held_locks"), {"modes": list(BLOCKS)}).fetchall()
        return [Lock(pid=pid, table=TableName(schema, name), mode=mode) for pid, schema, name, mode in rows]


@contextmanager
def watching_locks(dsn: str, *, purpose: str) -> Iterator[LockWatch]:
    """From the beginning of the block to its end; raises `Unreachable` before it begins."""
    with closing(connect(dsn, purpose=purpose)) as connection:
        watch = LockWatch(connection)
        watch.start()
        try:
            yield watch
        finally:
            watch.stop()
