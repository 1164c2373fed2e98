"""Where the sequences of a database are. They stand outside snapshots: these are the values of now."""

from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from bot.domain.state import Sequence, TableName
from bot.postgres.blockers import locked_out
from bot.postgres.queries import query
from bot.postgres.session import LOCK_WAIT, SECOND_LOCK_WAIT, Session
from bot.postgres.tables import grant, quoted

#: The most sequences of one statement.
_BATCH = 100
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class _Value:
    """What one sequence says, or why it says nothing and what to do about it."""

    last: int | None
    problem: str = ""
    cure: str = ""


Values = dict[TableName, _Value]


def read_sequences(session: Session) -> tuple[Sequence, ...]:
    """All sequences; one that is locked or may not be read has no value, and a problem that says so."""
    found = session.connection.execute(query("sequences")).fetchall()
    values: Values = {}
    readable = [TableName(schema, name) for schema, name, _, may_read in found if may_read]
    for start in range(0, len(readable), _BATCH):
        values |= _values(session, readable[start : start + _BATCH])
    login = session.connection.info.user
    return tuple(
        _sequence(name, increment, values.get(name) or _refused(login, name))
        for name, increment in ((TableName(schema, name), increment) for schema, name, increment, _ in found)
    )


def _sequence(name: TableName, increment: int, value: _Value) -> Sequence:
    return Sequence(
        name=name, last_value=value.last, increment=increment, problem=value.problem, cure=value.cure
    )


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
            problem, cure = _hindrance(session, names[0], error)
            return {names[0]: _Value(last=None, problem=problem, cure=cure)}
    alone = (_values(session, [name], SECOND_LOCK_WAIT) for name in names)
    return {name: value for found in alone for name, value in found.items()}


def _hindrance(session: Session, name: TableName, error: psycopg.Error) -> tuple[str, str]:
    match error:
        case errors.LockNotAvailable():
            return locked_out(session.connection, name)
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            return "it was dropped or renamed while it was read", "ask again"
        case _:
            reason = f"the server could not read it: {error.diag.message_primary or error}"
            return reason, "look into the server's own log"


def _refused(login: str, name: TableName) -> _Value:
    cure = grant(login, f"SELECT ON SEQUENCE {quoted(*name)}")
    return _Value(last=None, problem=f"{login} may not read it", cure=cure)


def _arm(number: int, name: TableName) -> sql.Composed:
    return sql.SQL(query("sequence_value")).format(number=sql.Literal(number), sequence=sql.Identifier(*name))
