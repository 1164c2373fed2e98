"""What is read and set at the last moment: over sessions that were opened before the fence went up."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.state import Sequence, State, TableName
from bot.postgres.connection import connect, reading_in_words
from bot.postgres.counting import Count
from bot.postgres.fence import let_in
from bot.postgres.lease import Lease
from bot.postgres.naming import Names
from bot.postgres.queries import one_row, query
from bot.postgres.sequences import read_sequences
from bot.postgres.session import Session
from bot.postgres.state import Known, Questions, snapshot_on
from bot.postgres.tables import list_tables

#: How long raising the sequences may take.
_TIME = timedelta(minutes=1)

Connection = psycopg.Connection[Any]
Stop = Callable[[], bool]
Sequences = dict[TableName, Sequence]


@dataclass(frozen=True, kw_only=True)
class LastLook:
    """Two sessions of ours, which the fence spares."""

    #: into the live database; None where there is none
    live: Connection | None
    candidate: Connection
    #: what was counted before the fence
    known: list[Known] = field(default_factory=list)

    @property
    def pids(self) -> tuple[int, ...]:
        """For `fence.put_up(…, spare=…)`."""
        sessions = (self.live, self.candidate)
        return tuple(each.info.backend_pid for each in sessions if each is not None)

    def read_ahead(self, questions: Questions, should_stop: Stop = lambda: False) -> None:
        """Count before the fence, so that behind it only what was written to since is counted again.

        The server's change counters tell, which sessions leave behind as they end: nobody is in the database
        then. Where it keeps none everything is counted again.
        """
        if self.live is None or one_row(self.live.execute(query("keeps_counters"))) != (True,):
            return
        # Before the snapshot: what is written in between is another version.
        versions = {each.name: each.version for each in list_tables(self.live)}
        with snapshot_on(self.live) as snapshot:
            state = snapshot.read_state(questions, should_stop=should_stop)
        counts = {
            versions[each.name]: Count(rows=each.rows)
            for each in state.tables
            if each.rows is not None and each.name in versions
        }
        self.known.append(Known(counts=counts, stats_reset=state.stats_reset))

    def read_live(self, questions: Questions, should_stop: Stop = lambda: False) -> State | None:
        """The live database's state behind the fence; None where there is none. See `read_state`."""
        if self.live is None:
            return None
        with snapshot_on(self.live) as snapshot:
            known = self.known[-1] if self.known else None
            return snapshot.read_state(questions, should_stop=should_stop, known=known)

    def written_since(self, state: State) -> tuple[TableName, ...]:
        """Tables of the candidate that somebody wrote to, or dropped, since this was its state.

        By the server's change counters, behind the fence: sessions leave them behind as they end.
        """
        now = {each.name: each.counters for each in list_tables(self.candidate)}
        return tuple(each.name for each in state.tables if now.get(each.name) != each.counters)

    def raise_sequences(self) -> tuple[str, ...]:
        """Let no sequence of the candidate give out what the live one gave out; descending ones are lowered.

        Returns which could not be moved, in words. Safe to repeat.
        """
        if self.live is None:
            return ()
        with reading_in_words(self.live), reading_in_words(self.candidate):
            ahead, here = _sequences(self.live), _sequences(self.candidate)
            both = (*ahead.values(), *here.values())
            problems = [f"{each.name.short}: {each.problem}" for each in both if each.problem]
            for name, value in _behind(here, ahead):
                if problem := self._set(name, value):
                    problems.append(f"{name.short}: {problem}")
        return tuple(problems)

    def _set(self, name: TableName, value: int) -> str:
        """Why it could not be set; empty where it was."""
        statement = sql.SQL(query("set_sequence")).format(
            sequence=sql.Literal(sql.Identifier(*name).as_string()), value=sql.Literal(value)
        )
        try:
            with self.candidate.transaction():
                self.candidate.execute(statement)
        except psycopg.Error as error:
            if self.candidate.closed:
                raise
            return " ".join((error.diag.message_primary or str(error)).split())
        return ""


@contextmanager
def last_look(lease: Lease, names: Names) -> Iterator[LastLook]:
    """Open the sessions, before the fence; leave the block before the swap.

    A database that is closed already is open for the moment that it takes to come in. Raises `Unreachable`.
    """
    with ExitStack() as sessions:
        there = names.live in lease.present(names.live)
        live = sessions.enter_context(_open(lease, names.live)) if there else None
        candidate = sessions.enter_context(_open(lease, names.candidate))
        # What was set aside reads only unless a session says otherwise.
        candidate.read_only = False
        look = LastLook(live=live, candidate=candidate)
        # Once now, so that the server knows the way when everybody waits.
        look.raise_sequences()
        yield look


def _open(lease: Lease, database: str) -> Connection:
    with let_in(lease, database):
        return connect(lease.dsn_of(database), purpose=lease.purpose)


def _sequences(connection: Connection) -> Sequences:
    with connection.transaction():
        found = read_sequences(Session(connection, time_budget=_TIME))
    return {sequence.name: sequence for sequence in found}


def _behind(here: Sequences, ahead: Sequences) -> Iterator[tuple[TableName, int]]:
    """Which have to be moved, and to where."""
    for name, there in ahead.items():
        ours = here.get(name)
        if ours is None or ours.problem or there.last_value is None:
            continue
        if (there.increment < 0) != (ours.increment < 0):
            continue
        further = min if ours.increment < 0 else max
        if ours.last_value is None or further(ours.last_value, there.last_value) != ours.last_value:
            yield name, there.last_value
