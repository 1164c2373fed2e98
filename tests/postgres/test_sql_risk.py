"""The rules for a migration's SQL beside a real server, which has the last word on what a script does."""

from contextlib import suppress

import psycopg
import pytest

from bot.domain.sql_risk.functions import HARMLESS
from bot.domain.sql_risk.reading import risks
from tests.servers import Database

#: Read by the grammar, or of an extension.
_NO_FUNCTIONS_OF_ITS_OWN = frozenset(
    """coalesce greatest least nullif row grouping xmlforest
    gen_random_bytes gen_salt uuid_generate_v1 uuid_generate_v4""".split()  # noqa: SIM905 - words read better
)
#: Written in ways that a reader may take for something else.
SCRIPTS = [
    "DROP TABLE IF EXISTS a, b CASCADE",
    'DROP/*x/*y*/z*/TABLE"a"',
    "SELECT E'\\'\\\\'; DROP TABLE a",
    "SELECT '\\'; DROP TABLE a; --'",
    "SELECT E'\\'; DROP TABLE a; --'",
    "SELECT E'a'\n  '\\''; DROP TABLE a; --'",
    "SELECT U&'\\0027'; DROP TABLE a; --'",
    "SELECT $$ $x$ $$; DROP TABLE a; SELECT $x$ $x$",
    "SELECT $x$ $$ $x$; DROP TABLE a; SELECT '$$'",
    "SELECT 1 AS x$a$; DROP TABLE a; SELECT 2 AS y$a$",
    "SELECT '/*'; DROP TABLE a; SELECT '*/'",
    "SELECT /* ' */ 1; DROP TABLE a; SELECT '*/'",
    'SELECT 1 AS ";--"; DROP TABLE a',
    "SELECT 1 -- '\r; DROP TABLE a; --'",
    'DROP TABLE U&"\\0061"',
    "DROP TABLE U&\"!0061\" UESCAPE '!'",
    "WITH gone AS (DELETE FROM a RETURNING *) SELECT count(*) FROM gone",
    "EXPLAIN (ANALYZE) DELETE FROM a WHERE true OR x = 5",
    "COPY (DELETE FROM a RETURNING *) TO '/dev/null'",
    "CREATE TABLE c AS WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone",
    "PREPARE p AS DELETE FROM a; EXECUTE p",
    "MERGE INTO a USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "DO 'BEGIN DELETE FROM a; END'",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM a'; SELECT f()",
    "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'DELETE FROM a; SELECT 1'; VALUES (f())",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM a; SELECT 1'; CREATE TABLE c AS SELECT f()",
    "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC DELETE FROM a; SELECT 1; END; TABLE f()",
    "CREATE PROCEDURE p() LANGUAGE sql AS 'TRUNCATE a'; CALL p()",
    "CREATE RULE r AS ON INSERT TO b DO ALSO DELETE FROM a; INSERT INTO b VALUES (1)",
    "SET standard_conforming_strings = off; SELECT '\\''; DROP TABLE a; --'",
    "ALTER TABLE a ADD y int, DROP x",
    "ALTER TABLE a ALTER x TYPE text USING ''",
    "DELETE FROM a USING b WHERE b.x = 7",
    "CREATE TYPE t AS (z int); ALTER TABLE a ADD c t; DROP TYPE t CASCADE; DELETE FROM a",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY CURRENT_USER CASCADE",
    "SELECT 1 \x0b; DROP TABLE a",
    "SELECT 'DROP TABLE a'; INSERT INTO a VALUES (3)",
    "DELETE FROM a WHERE x = 5",
    "ALTER TABLE a ALTER x TYPE bigint, ALTER x SET DEFAULT 0; ALTER TABLE a ALTER x TYPE text",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_a_server_loses_by_a_script_was_found_before(database: Database, script: str) -> None:
    database.execute("CREATE TABLE a (x int); INSERT INTO a VALUES (1), (2); CREATE TABLE b (x int)")
    database.execute("INSERT INTO b VALUES (7)")
    with suppress(psycopg.Error):
        database.execute(script)
    assert risks(script, "a.sql") or _values(database) >= {"1", "2"}


def _values(database: Database) -> set[str]:
    try:
        return {value for (value,) in database.execute("SELECT x::text FROM a")}
    except psycopg.Error:
        return set()


def test_every_function_that_is_called_harmless_is_the_servers_own(database: Database) -> None:
    own = {
        name
        for (name,) in database.execute(
            "SELECT proname::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
        )
    }
    assert own >= HARMLESS - _NO_FUNCTIONS_OF_ITS_OWN
