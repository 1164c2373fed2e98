"""What a protected database holds, read in one snapshot that pg_dump can share, and changing nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import IsolationLevel, errors

from bot import wording
from bot.domain.migrations import Tool
from bot.domain.observation import Check, Expectation
from bot.domain.state import DatabaseProperties, Extension, Identity, Role, State, Table, TableName
from bot.errors import CommandFailed
from bot.postgres.answers import read_newest, run_check
from bot.postgres.connection import connect, reading_in_words
from bot.postgres.counting import NOT_ASKED, Count, Progress, count, sum_partitions, with_partitions
from bot.postgres.histories import read_history
from bot.postgres.identity import read_identity
from bot.postgres.properties import read_properties, read_roles
from bot.postgres.queries import one_row, query
from bot.postgres.salvage import Salvage
from bot.postgres.sequences import read_sequences
from bot.postgres.session import USUAL, Session, limit
from bot.postgres.tables import Relation, Version, list_tables

__all__ = ["Known", "Progress", "Questions", "Snapshot", "open_snapshot", "snapshot_on"]


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What is asked beside the counts, and how long all of it may take."""

    expectations: tuple[Expectation, ...] = ()
    checks: tuple[Check, ...] = ()
    #: where it is None a history is read if one is found
    history_tool: Tool | None = None
    #: the history's table where it bears another name than usual, or there are several
    history_table: str | None = None
    #: the tables whose rows are counted; None for all, and for the sequences, too
    tables: frozenset[TableName] | None = None
    time_budget: timedelta = timedelta(minutes=5)
    #: for each check alone
    check_time: timedelta = timedelta(seconds=10)

    def with_history_of(self, state: State) -> "Questions":
        """The same questions, with the history read where that state's was."""
        history = state.history
        if history is None or history.problem:
            return self
        table = history.table if history.present else None
        return replace(self, history_tool=Tool(history.tool), history_table=table)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Counts that still hold for tables of the same version, as long as the server's counters go on."""

    counts: Mapping[Version, Count]
    #: when the change counters last began anew
    stats_reset: datetime | None


class Snapshot:
    """One moment of one database, in a READ ONLY transaction that lasts as long as its block."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        *,
        identity: Identity,
        snapshot_id: str,
        taken_at: datetime,
        keep_locks: bool,
    ) -> None:
        #: what `pg_dump --snapshot` takes
        self.id = snapshot_id
        self.identity = identity
        self.taken_at = taken_at
        self._connection = connection
        self._keep_locks = keep_locks

    def read_state(
        self,
        questions: Questions,
        on_progress: Callable[[Progress], object] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
        known: Known | None = None,
    ) -> State:
        """Everything that is judged. What cannot be read is said in words where it is missing.

        What is `known` is not counted again: only for a database that nobody else is in. Raises `Stopped`
        when `should_stop` says so, also in the middle of a statement, and `CommandFailed` where even the
        catalogue cannot be read.
        """
        connection = self._connection
        session = Session(
            connection,
            time_budget=questions.time_budget,
            should_stop=should_stop,
            keep_locks=self._keep_locks,
        )
        with _looking_up():
            relations = list_tables(connection)
            size, stats_reset = _size(connection)
            extensions = _extensions(connection)
        # First, for they are quick: a giant that takes all the time would cost them their turn.
        checks = tuple(run_check(session, check, questions.check_time) for check in questions.checks)
        counts = _still_known(relations, known, stats_reset)
        asked = with_partitions(relations, questions.tables)
        counts |= count(session, [each for each in asked if each.name not in counts], on_progress)
        counts |= sum_partitions(asked, counts)
        newest = (read_newest(session, expectation) for expectation in questions.expectations)
        return State(
            taken_at=self.taken_at,
            identity=self.identity,
            tables=tuple(_table(relation, counts.get(relation.name, NOT_ASKED)) for relation in relations),
            sequences=read_sequences(session) if questions.tables is None else (),
            extensions=extensions,
            history=read_history(connection, questions.history_tool, questions.history_table),
            size_bytes=size,
            newest=tuple(found for found in newest if found is not None),
            checks=checks,
            stats_reset=stats_reset,
        )

    def salvage(
        self,
        *,
        lock_wait: timedelta,
        on_wait: Callable[[str, str], object] = lambda *_: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Salvage:
        """What of the database a dump can take; it looks when asked to."""
        session = Session(self._connection, time_budget=lock_wait, should_stop=should_stop)
        return Salvage(session, lock_wait=lock_wait, keep_locks=self._keep_locks, on_wait=on_wait)

    def read_properties(self) -> DatabaseProperties:
        """What a dump of the database leaves out."""
        with _looking_up():
            return read_properties(self._connection)

    def read_roles(self) -> tuple[Role, ...]:
        """The roles that own or are granted something here, and those that they are members of."""
        with _looking_up():
            return read_roles(self._connection)


@contextmanager
def open_snapshot(
    dsn: str, *, purpose: str, maintenance_database: str = "postgres", keep_locks: bool = False
) -> Iterator[Snapshot]:
    """A snapshot of the database, held until the block is left; then everything is rolled back.

    `keep_locks` keeps what was counted from being truncated or altered meanwhile: for a dump. Raises
    `Unreachable`, also where the session is cut in the middle.
    """
    with (
        connect(dsn, purpose=purpose, maintenance_database=maintenance_database) as connection,
        snapshot_on(connection, keep_locks=keep_locks) as snapshot,
    ):
        yield snapshot


@contextmanager
def snapshot_on(connection: psycopg.Connection[Any], *, keep_locks: bool = False) -> Iterator[Snapshot]:
    """The same over a session that is open already, outside of any transaction."""
    with reading_in_words(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction(force_rollback=True):
            snapshot_id, taken_at = one_row(connection.execute(query("export_snapshot")))
            limit(connection)
            yield Snapshot(
                connection,
                identity=read_identity(connection),
                snapshot_id=snapshot_id,
                taken_at=taken_at,
                keep_locks=keep_locks and _has_room_for_locks(connection),
            )


@contextmanager
def _looking_up() -> Iterator[None]:
    """Without the catalogue there is nothing to judge; that it takes so long is a trouble of its own."""
    try:
        yield
    except (errors.QueryCanceled, errors.LockNotAvailable) as error:
        raise CommandFailed(
            f"the server's catalogue could not be read within {wording.duration(USUAL)}",
            "the server is overloaded, or somebody holds a lock on its catalogue: look into pg_stat_activity",
        ) from error


def _still_known(
    relations: Sequence[Relation], known: Known | None, stats_reset: datetime | None
) -> dict[TableName, Count]:
    if known is None or known.stats_reset != stats_reset:
        return {}
    return {each.name: known.counts[each.version] for each in relations if each.version in known.counts}


def _has_room_for_locks(connection: psycopg.Connection[Any]) -> bool:
    """Whether all tables and their indexes stay locked without filling the server's table of locks."""
    return one_row(connection.execute(query("room_for_locks"))) == (True,)


def _size(connection: psycopg.Connection[Any]) -> tuple[int, datetime | None]:
    size, stats_reset = one_row(connection.execute(query("size")))
    return size, stats_reset


def _extensions(connection: psycopg.Connection[Any]) -> tuple[Extension, ...]:
    rows = connection.execute(query("extensions")).fetchall()
    return tuple(Extension(name=name, version=version, schema=schema) for name, version, schema in rows)


def _table(relation: Relation, found: Count) -> Table:
    return Table(
        name=relation.name,
        oid=relation.oid,
        filenode=relation.filenode,
        rows=found.rows,
        problem=found.problem,
        cure=found.cure,
        derived=relation.derived,
        partition_of=relation.partition_of,
        columns=relation.columns,
        counters=relation.counters,
    )
