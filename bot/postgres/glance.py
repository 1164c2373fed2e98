"""A glance at a protected database over a session that is kept: cheap whatever its size."""

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Timer
from typing import Any

import psycopg
from psycopg import errors, sql

from bot.domain.state import TableName
from bot.domain.watching.glance import File, Glance, Place
from bot.postgres.connection import connect, describe, reading_in_words
from bot.postgres.identity import read_identity, read_marker
from bot.postgres.queries import one_row, query
from bot.postgres.unreachable import Unreachable

#: A session is opened anew after so many seconds: its address may lead to another server by then.
RENEWED = 60.0
#: How long one statement may take, and wait for a lock; in milliseconds.
STATEMENT, LOCK = 1000, 100
#: Whoever says nothing for so many seconds does not answer.
PATIENCE = 20.0
#: For so many seconds tables are asked that did not answer together with others.
ALONE = 2.0
#: So many tables are asked in one statement: when one of them changes, it is planned anew.
CHUNK = 100
#: How often the database's size is looked at, in seconds: with 1,000 tables that alone takes 12 ms.
SIZED = 300.0
#: In so many glances the counters of all tables are read once.
TURNS = 4


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a glance looks at beside the catalogue."""

    #: asked whether they hold a row
    tables: Sequence[TableName]
    #: where the migration history is
    history: TableName | None


@dataclass(frozen=True, kw_only=True)
class _Answer:
    empty: tuple[TableName, ...] = ()
    silent: tuple[TableName, ...] = ()


#: Nothing is known of them now, and nothing can be wrong that was not wrong before.
_LOCKED = _Answer()


class Eye:
    """Looks at one database, from one thread."""

    def __init__(self, dsn: str, maintenance_database: str, *, restored_by_another: bool = False) -> None:
        """`restored_by_another`: another login restores, and could not end a superuser's session."""
        self._dsn = dsn
        self._maintenance_database = maintenance_database
        self._restored_by_another = restored_by_another
        self._session: _Session | None = None
        self._size: int | None = None
        self._sized = -SIZED

    def look(self, asked: Asked) -> Glance:
        """Raises `Unreachable`; where a kept session was cut, another one looks."""
        try:
            glance, session = self._look(asked)
            if time.monotonic() - self._sized >= SIZED:
                self._size, self._sized = session.size() or self._size, time.monotonic()
            return replace(glance, size=self._size)
        finally:
            if self._restored_by_another and self._session is not None and self._session.superuser:
                self.close()

    def close(self) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def hang_up(self) -> None:
        """End the wait for an answer; from any thread."""
        if (session := self._session) is not None:
            _hang_up(session.connection)

    def _look(self, asked: Asked) -> tuple[Glance, "_Session"]:
        kept = self._session
        if kept is not None and not kept.old:
            with suppress(Unreachable):
                return kept.look(asked), kept
        self.close()
        self._session = session = _Session(self._dsn, self._maintenance_database)
        return session.look(asked), session


class _Session:
    """One session, with what it prepared; it only reads."""

    def __init__(self, dsn: str, maintenance_database: str) -> None:
        """Raises `Unreachable`."""
        self.connection = connect(dsn, purpose="watch", maintenance_database=maintenance_database)
        try:
            with _answering(self.connection):
                self.connection.execute(query("glance_session"), {"statement": STATEMENT, "lock": LOCK})
                self._identity = read_identity(self.connection)
        except BaseException:
            self.connection.close()
            raise
        self._opened = time.monotonic()
        self._looks = 0
        self._statements: dict[tuple[TableName, ...], sql.Composed] = {}
        #: asked alone: they kept others from being answered
        self._alone: dict[TableName, None] = {}
        self.connection.prepare_threshold = 0
        # More statements than a glance has would push each other out.
        self.connection.prepared_max = None

    @property
    def superuser(self) -> bool:
        return self.connection.info.parameter_status("is_superuser") == "on"

    @property
    def old(self) -> bool:
        return time.monotonic() - self._opened > RENEWED

    def look(self, asked: Asked) -> Glance:
        with _answering(self.connection):
            self._looks += 1
            standby, timeline = one_row(self.connection.execute(query("glance_place")))
            files, deleted = self._tables()
            empty, silent = self._emptiness([name for name in asked.tables if name in files])
            host = f"{self.connection.info.host}:{self.connection.info.port}"
            return Glance(
                identity=replace(self._identity, standby=standby, marker=read_marker(self.connection)),
                place=Place(host=host, timeline=timeline),
                files=files,
                empty=frozenset(empty),
                silent=frozenset(silent),
                deleted=deleted,
                history=self._history(asked.history) if asked.history and asked.history in files else "",
            )

    def size(self) -> int | None:
        """Of the whole database, in bytes; None where the server could not tell in time."""
        with _answering(self.connection), suppress(errors.QueryCanceled, psycopg.ProgrammingError):
            (found,) = one_row(self.connection.execute(query("database_size")))
            return int(found)
        return None

    def _tables(self) -> tuple[Mapping[TableName, File], Mapping[TableName, int]]:
        files, deleted = {}, {}
        turn = {"turns": TURNS, "turn": self._looks % TURNS}
        for schema, table, *file, gone in self.connection.execute(query("glance_tables"), turn):
            name = TableName(schema, table)
            files[name] = File(*file)
            if gone is not None:
                deleted[name] = gone
        return files, deleted

    def _emptiness(self, tables: Sequence[TableName]) -> tuple[list[TableName], list[TableName]]:
        """Which tables hold no row, and which did not answer."""
        together = [name for name in tables if name not in self._alone]
        chunks = [tuple(together[start : start + CHUNK]) for start in range(0, len(together), CHUNK)]
        # Each time the next one comes last: of all the files that it reads the server closes those first that
        # it opened first, from about a thousand on, and opens them again.
        last = self._looks % len(chunks) if chunks else 0
        answers = [self._ask(chunk) for chunk in (*chunks[last + 1 :], *chunks[: last + 1])]
        answers.extend(self._ask_alone(frozenset(tables)))
        return (
            [name for answer in answers for name in answer.empty],
            [name for answer in answers for name in answer.silent],
        )

    def _ask_alone(self, tables: frozenset[TableName]) -> Iterator["_Answer"]:
        """Those that kept others from being answered; whoever answers again is asked together with them."""
        until = time.monotonic() + ALONE
        for name in [name for name in self._alone if name in tables]:
            if time.monotonic() > until:
                return
            del self._alone[name]
            answer = self._ask((name,))
            if answer is _LOCKED or answer.silent:
                # Behind the others: next time it is their turn.
                self._alone[name] = None
            yield answer

    def _ask(self, tables: tuple[TableName, ...]) -> "_Answer":
        try:
            (holds,) = one_row(self.connection.execute(self._statement(tables)))
        except errors.LockNotAvailable:
            # Whatever is done behind the lock is seen when it is done.
            answer = _LOCKED
        except (errors.QueryCanceled, psycopg.ProgrammingError, psycopg.DataError):
            answer = _Answer(silent=tables)
        else:
            there = zip(tables, holds, strict=True)
            return _Answer(empty=tuple(name for name, holds_rows in there if not holds_rows))
        if len(tables) == 1:
            return answer
        self._alone |= dict.fromkeys(tables)
        return _LOCKED

    def _statement(self, tables: tuple[TableName, ...]) -> sql.Composed:
        if tables not in self._statements:
            arms = (sql.SQL("EXISTS (SELECT FROM ONLY {})").format(sql.Identifier(*name)) for name in tables)
            self._statements[tables] = sql.SQL("SELECT ARRAY[{}]").format(sql.SQL(", ").join(arms))
        return self._statements[tables]

    def _history(self, table: TableName) -> str | None:
        statement = sql.SQL(query("glance_history")).format(table=sql.Identifier(*table))
        try:
            (digest,) = one_row(self.connection.execute(statement))
        except errors.LockNotAvailable:
            return None
        except (errors.QueryCanceled, psycopg.ProgrammingError):
            return ""
        return str(digest)


@contextmanager
def _answering(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """A server that says nothing any more, and is not gone either, would keep us for ever."""
    alarm = Timer(PATIENCE, _hang_up, (connection,))
    alarm.daemon = True
    alarm.start()
    try:
        with reading_in_words(connection):
            yield
    except (errors.QueryCanceled, errors.LockNotAvailable) as late:
        raise Unreachable(
            f"{describe(connection.info.dsn)}: the server's catalogue could not be read in time",
            "the server is overloaded, or somebody holds a lock on its catalogue: look into pg_stat_activity",
        ) from late
    finally:
        alarm.cancel()


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """Whoever waits for the server is told that it went away."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
