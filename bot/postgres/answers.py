"""What a team asks of its data: the newest value of a column, and checks of its own."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import errors, sql

from bot import wording
from bot.domain.observation import Check, Expectation
from bot.domain.state import CheckResult, Newest
from bot.postgres.queries import query
from bot.postgres.session import Row, Session

_BOOLEAN = 16
_MOMENTS = ("timestamp with time zone", "timestamp without time zone", "date")


def read_newest(session: Session, expectation: Expectation) -> Newest | None:
    """The newest value of the configured column; None where none is configured."""
    if expectation.newest is None:
        return None
    column = expectation.newest
    statement = sql.SQL(query("newest")).format(
        column=sql.Identifier(column), table=sql.Identifier(*expectation.table)
    )
    at, problem = None, _used_up(session)
    if not problem:
        try:
            ((value, kind),) = session.fetch(statement, seconds=session.remaining)
            at, problem = _moment(value, kind)
        except psycopg.Error as error:
            problem = _problem(session, error, _too_long(session))
    return Newest(table=expectation.table, column=column, at=at, problem=problem)


def run_check(session: Session, check: Check, limit: timedelta) -> CheckResult:
    """The answer of one query with one row and one boolean, within the limit; anything else is its problem.

    It runs as a cursor, sent as a single statement, in the READ ONLY snapshot: only a query can be one, so
    that it neither ends the transaction nor writes. What the login may do through functions that open
    sessions of their own (dblink) is not held back; checks are configuration, not input.
    """
    passed, problem = None, _used_up(session)
    if not problem:
        own, left = limit.total_seconds(), session.remaining
        too_long = _too_long(session) if left < own else f"{wording.duration(own)} (`verify.check_time`)"
        try:
            passed, problem = _boolean(*_answer(session, check.sql, min(own, left)))
        except psycopg.Error as error:
            problem = _problem(session, error, too_long)
    return CheckResult(name=check.name, passed=passed, problem=problem)


def _answer(session: Session, statement: str, seconds: float) -> tuple[list[int], list[Row]]:
    """The types of the columns, and at most two rows."""
    kinds: list[int] = []

    def act() -> list[Row]:
        with session.limited(seconds) as connection:
            _as_the_team_does(connection)
            # Sent as one with `binary`, the server refuses a second statement behind a semicolon.
            connection.execute(b"DECLARE secondkey_check CURSOR FOR " + statement.encode(), binary=True)
            cursor = connection.execute(query("check_answer"))
            kinds.extend(column.type_code for column in cursor.description or ())
            return cursor.fetchall()

    rows = session.watched(act)
    return kinds, rows


def _as_the_team_does(connection: psycopg.Connection[Any]) -> None:
    """Until the savepoint ends, names are found where the team's own sessions find them, and views are read.

    But the server's own come first, even where a setting of the database says otherwise.
    """
    connection.execute(query("usual_names"))
    ((path,),) = connection.execute(query("search_path")).fetchall()
    connection.execute(query("server_names_only"))
    connection.execute(query("check_session"), {"path": f"pg_catalog, {path}" if path else "pg_catalog"})


def _boolean(kinds: list[int], rows: list[Row]) -> tuple[bool | None, str]:
    if kinds != [_BOOLEAN]:
        return None, "it must answer with one column, a boolean"
    if len(rows) != 1:
        return None, "it must answer with one row, and " + ("gave none" if not rows else "gave more")
    answer: bool | None = rows[0][0]
    return answer, "" if answer is not None else "it answered NULL, neither true nor false"


def _moment(value: Any, kind: str) -> tuple[datetime | None, str]:
    if kind not in _MOMENTS:
        return None, f"the column is no point in time but {kind}"
    match value:
        case datetime():
            return value if value.tzinfo else value.replace(tzinfo=UTC), ""
        case date():
            return datetime.combine(value, time(), UTC), ""
        case _:
            return None, ""


def _problem(session: Session, error: psycopg.Error, too_long: str) -> str:
    """What went wrong in words; `too_long` is the limit that a canceled statement ran into."""
    if session.lost():
        raise error
    match error:
        case errors.QueryCanceled():
            return f"no answer within {too_long}"
        case errors.LockNotAvailable():
            return "a table that it reads is locked by somebody else: ask again"
        case errors.InsufficientPrivilege():
            return f"{_in_one_line(error)}: grant it to {session.connection.info.user}, or pg_read_all_data"
        case errors.UndefinedFunction() if "max(" in str(error):
            return f"the column is no point in time: {_in_one_line(error)}"
        case psycopg.DataError() if error.diag.message_primary is None:
            return "the value is outside the years 1 to 9999"
        case _:
            return _in_one_line(error)


def _in_one_line(error: psycopg.Error) -> str:
    return " ".join((error.diag.message_primary or str(error)).split())


def _used_up(session: Session) -> str:
    """Why there is no time left to ask anything; empty where there is."""
    return "" if session.remaining else f"the time was used up: {_too_long(session)}"


def _too_long(session: Session) -> str:
    return f"{wording.duration(session.time_budget)} for all of it (`verify.time_budget`)"
