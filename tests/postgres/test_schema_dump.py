"""A protected database's schema, as pg_dump writes it."""

from datetime import timedelta

import psycopg
import pytest

from bot.errors import CommandFailed
from bot.postgres.client import access
from bot.postgres.installation import embedded
from bot.postgres.schema_dump import dump_schema
from tests.servers import Database


def test_the_same_schema_is_the_same_text_and_holds_no_rows(database: Database) -> None:
    database.execute("CREATE TABLE t (name text)")
    database.execute("INSERT INTO t VALUES ('somebody')")
    first = dump_schema(embedded(), access(database.dsn, "test"))
    assert "CREATE TABLE public.t" in first
    assert "somebody" not in first
    assert "\\restrict" not in first
    database.execute("INSERT INTO t VALUES ('somebody else')")
    assert dump_schema(embedded(), access(database.dsn, "test")) == first


def test_secondkeys_own_schema_is_not_the_releases(database: Database) -> None:
    database.execute("CREATE SCHEMA secondkey")
    assert "secondkey" not in dump_schema(embedded(), access(database.dsn, "test"))


def test_a_table_that_somebody_keeps_locked_is_not_waited_for_without_end(database: Database) -> None:
    database.execute("CREATE TABLE t (id int)")
    with psycopg.connect(database.dsn) as holder:
        holder.execute("LOCK TABLE t")
        with pytest.raises(CommandFailed, match="lock"):
            dump_schema(embedded(), access(database.dsn, "test"), lock_wait=timedelta(milliseconds=200))
