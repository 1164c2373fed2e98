"""One demo database for all tests, put back as it began before each of them."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bot.demo.database import NAME, DemoDatabase

WHOLE = "whole"
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDatabase]:
    """A demo database at work, and a copy of it as it began."""
    made = DemoDatabase(tmp_path_factory.mktemp("demo"))
    made.start()
    put_copy(made, NAME, WHOLE)
    yield made
    made.delete()


@pytest.fixture
def database(seeded: DemoDatabase) -> DemoDatabase:
    """The demo database as it began."""
    put_copy(seeded, WHOLE, NAME)
    return seeded


@pytest.fixture(scope="module")
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDatabase]:
    """Another one, whose server may be lost; nobody puts it back."""
    made = DemoDatabase(tmp_path_factory.mktemp("demo"))
    made.start()
    yield made
    made.delete()


def ask(dsn: str, statement: str) -> Rows:
    """Run SQL over TCP, committed at once; returns the rows, if there are any."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def rows(database: DemoDatabase, table: str, schema: str = "public") -> int:
    """How many rows there are, as the application."""
    count: int = ask(database.owner_dsn, f'SELECT count(*) FROM "{schema}"."{table}"')[0][0]  # noqa: S608
    return count


def cluster(database: DemoDatabase) -> int:
    """The system identifier of the server that answers."""
    identifier: int = ask(database.owner_dsn, "SELECT system_identifier FROM pg_control_system()")[0][0]
    return identifier


def put_copy(database: DemoDatabase, source: str, target: str) -> None:
    """Put a copy of one database in the place of another."""
    owner = psycopg.conninfo.conninfo_to_dict(database.owner_dsn)["user"]
    with psycopg.connect(database.restore_dsn, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(target), sql.Identifier(source), sql.Identifier(str(owner))
            )
        )
