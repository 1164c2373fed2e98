"""Where the sequences of a database are. They stand outside snapshots: these are the values of now."""

import psycopg

from bot.domain.state import Sequence, TableName
from bot.postgres.queries import query
from bot.postgres.session import Session

#: Reading a sequence locks it until its savepoint ends.
_BATCH = 1000
_SECONDS = 60.0


def read_sequences(session: Session) -> tuple[Sequence, ...]:
    """All sequences; one that is locked or may not be read has no value."""
    found = session.connection.execute(query("sequences")).fetchall()
    oids = [oid for _, _, oid, _ in found]
    values: dict[int, int | None] = {}
    for start in range(0, len(oids), _BATCH):
        values |= _values(session, oids[start : start + _BATCH])
    return tuple(
        Sequence(name=TableName(schema, name), last_value=values.get(oid), increment=increment)
        for schema, name, oid, increment in found
    )


def _values(session: Session, oids: list[int]) -> dict[int, int | None]:
    """All at once, and one by one where that fails: a single one may be locked or was dropped."""
    try:
        return dict(session.fetch(query("sequence_values"), {"oids": oids}, seconds=_SECONDS))
    except psycopg.Error:
        if session.lost():
            raise
        if len(oids) == 1:
            return {}
    return {oid: value for each in oids for oid, value in _values(session, [each]).items()}
