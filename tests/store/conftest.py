"""A store on a database of its own, and what the tests put into it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.domain.operation import Kind, Operation
from bot.store import operations
from bot.store.database import Store
from tests.servers import Database

Create = Callable[..., Operation]


@pytest.fixture
def database(state_database: Database) -> Database:
    return state_database


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = Store(database.dsn, pool_size=12)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def create(store: Store) -> Create:
    """Record an operation: a manual backup of `ledger` where nothing else is said."""

    def make(kind: Kind = Kind.BACKUP, database: str = "ledger", by: str = "U1", **request: Any) -> Operation:
        request = {"kind": "manual", "channel": "C1", **request}
        with store.transaction() as connection:
            return operations.create(
                connection, kind=kind, database=database, requested_by=by, request=request
            )

    return make
