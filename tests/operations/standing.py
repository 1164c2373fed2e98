"""A server for restore tests that stands already: starting one is a third of what a backup takes.

That each restore test has a cluster of its own, and leaves none, is told by tests/postgres and tests/e2e.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from bot.domain.backup import Manifest
from bot.postgres.connection import connect
from bot.postgres.installation import Installation, embedded
from bot.postgres.server import Server
from bot.postgres.throwaway import DATABASE, throwaway_server

#: What a server that was started for few tables surely has locks for.
_TABLES = 20
#: All that did not come with the cluster; no role is left that owns anything once the database is gone.
_DROP_ROLES = """
DO $$ BEGIN
    EXECUTE (
        SELECT coalesce('DROP ROLE ' || string_agg(quote_ident(rolname), ', '), 'SELECT')
        FROM pg_roles WHERE oid >= 16384
    );
END $$
"""


class Standing:
    """Lends one server to one restore test after the other, empty; started when it is first asked for."""

    def __init__(self, folder: Path, until: ExitStack) -> None:
        self._folder = folder
        self._until = until
        self._free = Lock()
        self._started: Server | None = None
        self._numbers = count()

    def throwaway_server(
        self, folder: Path, installation: Installation, manifest: Manifest, **own: Any
    ) -> AbstractContextManager[Server]:
        """Stands in for the one of `bot.postgres.throwaway`, which serves what asks for more, or comes at
        the same time."""
        usual = not any(own.values()) and len(manifest.state.tables) <= _TABLES
        if usual and installation == embedded() and self._free.acquire(blocking=False):
            return self._lent(manifest)
        return throwaway_server(folder, installation, manifest, **own)

    @contextmanager
    def _lent(self, manifest: Manifest) -> Iterator[Server]:
        try:
            server = self._server(manifest)
            try:
                yield server
            finally:
                self._take_back(server)
        finally:
            self._free.release()

    def _server(self, manifest: Manifest) -> Server:
        if self._started is None:
            started = throwaway_server(self._folder / f"server-{next(self._numbers)}", embedded(), manifest)
            self._started = self._until.enter_context(started)
        return self._started

    def _take_back(self, server: Server) -> None:
        """One that cannot be emptied, or that died, is lent to nobody else."""
        try:
            _empty(server)
        except BaseException:
            self._started = None
            raise


def _empty(server: Server) -> None:
    with closing(connect(server.dsn(), purpose="emptying")) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(_DROP_ROLES)
