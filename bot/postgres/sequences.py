"""Where the sequences of a database are. They stand outside snapshots: these are the values of now."""

from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from bot.domain.state import Sequence, TableName
from bot.postgres.queries import query
from bot.postgres.session import LOCK_WAIT, SECOND_LOCK_WAIT, Session
from bot.postgres.tables import quoted

#: The most sequences of one statement.
_BATCH = 100
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class _Value:
    """What one sequence says, or why it says nothing."""

    last: int | None
    problem: str = ""


Values = dict[TableName, _Value]


def read_sequences(session: Session) -> tuple[Sequence, ...]:
    """All sequences; one that is locked or may not be read has no value, and a problem that says so."""
    found = session.connection.execute(query("sequences")).fetchall()
    values: Values = {}
    readable = [TableName(schema, name) for schema, name, _, may_read in found if may_read]
    for start in range(0, len(readable), _BATCH):
        values |= _values(session, readable[start : start + _BATCH])
    refused = _Value(last=None, problem=_no_right(session))
    return tuple(
        _sequence(TableName(schema, name), increment, values.get(TableName(schema, name), refused))
        for schema, name, increment, _ in found
    )


def _sequence(name: TableName, increment: int, value: _Value) -> Sequence:
    return Sequence(name=name, last_value=value.last, increment=increment, problem=value.problem)


def _values(session: Session, names: list[TableName], lock_wait: float = LOCK_WAIT) -> Values:
    """All in one statement, and one by one where that fails: a single one may be locked or was dropped."""
    statement = sql.SQL(" UNION ALL ").join(_arm(number, name) for number, name in enumerate(names))
    try:
        rows = session.fetch(statement, seconds=_SECONDS, lock_wait=lock_wait)
        return {names[number]: _Value(last=value) for number, value in rows}
    except psycopg.Error as error:
        if session.lost():
            raise
        if len(names) == 1:
            return {names[0]: _Value(last=None, problem=_problem(error))}
    alone = (_values(session, [name], SECOND_LOCK_WAIT) for name in names)
    return {name: value for found in alone for name, value in found.items()}


def _problem(error: psycopg.Error) -> str:
    match error:
        case errors.LockNotAvailable():
            return "somebody holds a lock on it: ask again when that has ended"
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            return "it was dropped or renamed while it was read: ask again"
        case _:
            return f"the server could not read it: {error.diag.message_primary or error}"


def _no_right(session: Session) -> str:
    return f"no right to read it: GRANT pg_read_all_data TO {quoted(session.connection.info.user)}"


def _arm(number: int, name: TableName) -> sql.Composed:
    return sql.SQL(query("sequence_value")).format(number=sql.Literal(number), sequence=sql.Identifier(*name))
