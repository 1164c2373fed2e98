"""Where the sequences of a database are. They stand outside snapshots: these are the values of now."""

import psycopg
from psycopg import sql

from bot.domain.state import Sequence, TableName
from bot.postgres.queries import query
from bot.postgres.session import LOCK_WAIT, SECOND_LOCK_WAIT, Session

#: The most sequences of one statement.
_BATCH = 100
_SECONDS = 60.0

Values = dict[TableName, int | None]


def read_sequences(session: Session) -> tuple[Sequence, ...]:
    """All sequences; one that is locked or may not be read has no value."""
    rows = session.connection.execute(query("sequences"))
    found = [(TableName(schema, name), increment, may_read) for schema, name, increment, may_read in rows]
    readable = [name for name, _, may_read in found if may_read]
    values: Values = {}
    for start in range(0, len(readable), _BATCH):
        values |= _values(session, readable[start : start + _BATCH])
    return tuple(
        Sequence(name=name, last_value=values.get(name), increment=increment) for name, increment, _ in found
    )


def _values(session: Session, names: list[TableName], lock_wait: float = LOCK_WAIT) -> Values:
    """All in one statement, and one by one where that fails: a single one may be locked or was dropped."""
    statement = sql.SQL(" UNION ALL ").join(_arm(number, name) for number, name in enumerate(names))
    try:
        rows = session.fetch(statement, seconds=_SECONDS, lock_wait=lock_wait)
        return {names[number]: value for number, value in rows}
    except psycopg.Error:
        if session.lost():
            raise
        if len(names) == 1:
            return {}
    alone = (_values(session, [name], SECOND_LOCK_WAIT) for name in names)
    return {name: value for found in alone for name, value in found.items()}


def _arm(number: int, name: TableName) -> sql.Composed:
    return sql.SQL(query("sequence_value")).format(number=sql.Literal(number), sequence=sql.Identifier(*name))
