"""How these tests read a database: everything at once, as a login with few rights, beside somebody's work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg

from bot.domain.observation import Check, Expectation
from bot.domain.state import CheckResult, Newest, State, TableName
from bot.postgres.state import Questions, open_snapshot
from tests.servers import Database

MakeRole = Callable[..., str]


def read(dsn: str, **questions: Any) -> State:
    with open_snapshot(dsn, purpose="test") as snapshot:
        return snapshot.read_state(Questions(**questions))


def rows(state: State) -> dict[str, int | None]:
    """By the short name that people use."""
    return {table.name.short: table.rows for table in state.tables}


def problems(state: State) -> dict[str, str]:
    return {table.name.short: table.problem for table in state.tables if table.problem}


def cures(state: State) -> dict[str, str]:
    return {table.name.short: table.cure for table in state.tables if table.problem}


def check(dsn: str, sql: str, **questions: Any) -> CheckResult:
    (result,) = read(dsn, checks=(Check(name="the check", sql=sql),), **questions).checks
    return result


def newest(dsn: str, column: str, table: str = "Invoice") -> Newest:
    asked = Expectation(table=TableName("public", table), newest=column, max_age=timedelta(days=2))
    (found,) = read(dsn, expectations=(asked,)).newest
    return found


def reader(database: Database, make_role: MakeRole, *grants: str) -> str:
    """The connection string of an ordinary login with these grants."""
    role = make_role()
    for grant in grants:
        database.execute(f"GRANT {grant} TO {role}")
    return database.as_role(role)


@contextmanager
def session(dsn: str, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's open transaction."""
    with psycopg.connect(dsn, application_name="migration") as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield connection
