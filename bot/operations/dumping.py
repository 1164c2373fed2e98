"""The dump of a backup: all of the database, or in an emergency whatever is still there."""

from dataclasses import dataclass

import structlog

from bot.config import Database
from bot.domain.backup import Archive, Kind
from bot.domain.omission import Omission
from bot.operations.attempt import Attempt
from bot.postgres import dump
from bot.postgres.dump_failures import Obstructed
from bot.postgres.installation import Installation
from bot.postgres.salvage import Salvage
from bot.postgres.state import Snapshot
from bot.slack.blocks import Message
from bot.slack.views import backup as view

log = structlog.get_logger()

#: From this share on a dump may be finished although Secondkey is stopping.
NEARLY_DONE = 0.9
#: How often an emergency dump begins again without what it stopped at.
AGAIN = 5


@dataclass(frozen=True, kw_only=True)
class Dumping:
    """What is dumped, out of which snapshot, and for which attempt."""

    attempt: Attempt
    database: Database
    snapshot: Snapshot
    #: of the server's own major
    programs: Installation

    def look(self) -> Salvage:
        """What will be left out: nothing, unless it is an emergency, which takes whatever is still there."""
        salvage = self.snapshot.salvage(
            lock_wait=self.database.lock_wait,
            on_wait=lambda table, holder: self._show(view.waiting(self.attempt.operation, table, holder)),
            should_stop=self.attempt.should_stop,
        )
        if self._emergency:
            salvage.look()
        return salvage

    def write(self, salvage: Salvage, expected: int) -> Archive:
        """The archive, of about so many bytes; an emergency dump begins again without what it stopped at."""
        for _ in range(AGAIN if self._emergency else 0):
            try:
                return self._write(salvage.omissions, expected)
            except Obstructed as stopped:
                if not salvage.without(stopped.obstacle, stopped.why, stopped.hint):
                    raise
                log.warning("an emergency dump begins again", stopped=stopped.why)
        return self._write(salvage.omissions, expected)

    @property
    def _emergency(self) -> bool:
        return Kind(self.attempt.operation.request["kind"]) is Kind.EMERGENCY

    def _write(self, omissions: tuple[Omission, ...], expected: int) -> Archive:
        attempt, operation = self.attempt, self.attempt.operation
        compression = dump.choose_compression(self.programs, self.snapshot.identity.major)
        with attempt.services.repository.open_archive(
            operation.database, operation.request["backup_id"], expected_bytes=expected
        ) as archive:
            dump.dump(
                self.programs,
                self.database.dsn.get_secret_value(),
                self.snapshot.id,
                archive.write,
                purpose=attempt.purpose,
                compression=compression,
                lock_wait=self.database.lock_wait,
                omissions=omissions,
                on_progress=lambda at: self._show(self._progress(at, expected)),
                should_stop=lambda: attempt.should_stop(nearly_done=archive.bytes >= NEARLY_DONE * expected),
            )
            # A ghost's archive never takes the place of the one that counts.
            attempt.confirm()
            return Archive(bytes=archive.bytes, sha256=archive.sha256, compression=compression)

    def _progress(self, at: dump.Progress, expected: int) -> Message:
        if at.blocker is not None:
            return view.waiting(self.attempt.operation, at.blocker.table, f"held by {at.blocker}")
        return view.dumping(self.attempt.operation, at.bytes, expected, at.table)

    def _show(self, message: Message) -> None:
        self.attempt.progress(message)
