"""Baselines: the state of each database that counts as good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from pydantic import TypeAdapter

from bot.domain.state import Baseline, State, TableName
from bot.errors import NotFound
from bot.store.documents import document, storable
from bot.store.queries import query

_STATE = TypeAdapter(State)


def current(connection: Connection[Any], database: str) -> Baseline | None:
    """The baseline, with the highest counts of the last 7 days."""
    row = connection.execute(query("baseline_current"), {"database": database}).fetchone()
    if row is None:
        return None
    state, pinned_at, pinned_by, approved_by = row
    counts = connection.execute(query("baseline_highest"), {"database": database})
    return Baseline(
        state=_STATE.validate_json(state),
        pinned_at=pinned_at,
        pinned_by=pinned_by,
        approved_by=tuple(approved_by),
        highest=tuple((TableName(schema, name), rows) for schema, name, rows in counts),
    )


def saved_at(connection: Connection[Any], database: str) -> datetime | None:
    """Since when the baseline is what it is; None where there is none."""
    row = connection.execute(query("baseline_saved"), {"database": database}).fetchone()
    return row[0] if row else None


def hold(connection: Connection[Any], database: str) -> Baseline | None:
    """The baseline, which nobody else changes before this transaction ends; the first one neither."""
    connection.execute(query("baseline_hold"), {"database": database})
    return current(connection, database)


def save(
    connection: Connection[Any],
    database: str,
    state: State,
    *,
    by: str,
    pinned: bool,
    approved_by: Sequence[str] = (),
) -> None:
    """Make this state the baseline.

    `pinned` means that people accepted it: it counts from now on, whatever was there before; `approved_by`
    are those who turned the second key. Otherwise it moves on what they pinned, of which the identity stays;
    raises `NotFound` where nobody pinned anything.
    """
    parameters = {
        "database": database,
        "state": document(_STATE.dump_python(state, mode="json")),
        "by": storable(by),
    }
    if pinned:
        pin = {**parameters, "approved_by": document(approved_by)}
        connection.execute(query("baseline_pin"), pin)
        connection.execute(query("baseline_forget_counts"), {"database": database})
    elif connection.execute(query("baseline_move"), parameters).rowcount == 0:
        raise NotFound(f"{database} has no baseline to move", "`/verify accept` pins the first one")
    _count(connection, database, state)


def _count(connection: Connection[Any], database: str, state: State) -> None:
    counted = [(table.name, table.rows) for table in state.tables if table.rows is not None]
    connection.execute(
        query("baseline_count"),
        {
            "database": database,
            "schemas": [storable(name.schema) for name, _ in counted],
            "names": [storable(name.name) for name, _ in counted],
            "rows": [rows for _, rows in counted],
        },
    )
