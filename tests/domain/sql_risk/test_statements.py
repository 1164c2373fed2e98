"""Statements that destroy, those that cannot be told, and those that are harmless."""

import pytest

from bot.domain.sql_risk.reading import risks
from bot.domain.sql_risk.risk import SHOWN, Kind
from tests.domain.sql_risk.found import found, kinds


@pytest.mark.parametrize(
    ("sql", "kind", "subject"),
    [
        ('DROP TABLE "User"', Kind.DROP_TABLE, "User"),
        ("drop table if exists app.Users cascade", Kind.DROP_TABLE, "app.users"),
        ('DROP TABLE public."a""b"', Kind.DROP_TABLE, 'a"b'),
        ("ALTER TABLE a DROP b", Kind.DROP_COLUMN, "a.b"),
        ('ALTER TABLE IF EXISTS ONLY a DROP COLUMN IF EXISTS "B" CASCADE', Kind.DROP_COLUMN, "a.B"),
        ("DROP SCHEMA IF EXISTS app CASCADE", Kind.DROP_SCHEMA, "app"),
        ("DROP DATABASE projectledger WITH (FORCE)", Kind.DROP_DATABASE, "projectledger WITH (FORCE)"),
        ("DROP MATERIALIZED VIEW totals", Kind.DROP_MATERIALIZED_VIEW, "totals"),
        ("DROP OWNED BY app", Kind.DROP_OWNED, "app"),
        ("DROP TYPE role CASCADE", Kind.DROP_CASCADE, "role"),
        ("DROP FUNCTION f(int, text) CASCADE", Kind.DROP_CASCADE, "f(int, text)"),
        ("DROP EXTENSION pg_cron", Kind.DROP_CASCADE, "pg_cron"),
        ("TRUNCATE TABLE ONLY a RESTART IDENTITY CASCADE", Kind.TRUNCATE, "a"),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", Kind.MERGE_DELETE, "a"),
        (
            "MERGE INTO a USING b ON a.x = b.x WHEN NOT MATCHED BY SOURCE THEN DELETE",
            Kind.MERGE_DELETE,
            "a",
        ),
    ],
)
def test_what_destroys_is_found_with_what_it_destroys(sql: str, kind: Kind, subject: str) -> None:
    assert found(sql) == [(kind, subject)]


def test_each_of_several_tables_is_named() -> None:
    assert found("DROP TABLE a, b.c; TRUNCATE d, e") == [
        (Kind.DROP_TABLE, "a"),
        (Kind.DROP_TABLE, "b.c"),
        (Kind.TRUNCATE, "d"),
        (Kind.TRUNCATE, "e"),
    ]


@pytest.mark.parametrize("verb", ["DELETE FROM a", "UPDATE a SET x = 1"])
@pytest.mark.parametrize(
    "where",
    [
        "",
        " WHERE true",
        " WHERE 1=1",
        " WHERE (NOT false)",
        " WHERE x = 5 OR 1 = 1",
        " WHERE true AND 'a' = 'a'",
        " WHERE x = x",
        " WHERE EXISTS (SELECT 1 FROM b)",
        " WHERE EXISTS (SELECT 1 FROM b WHERE b.y = 2)",
        " /* WHERE x = 1 */",
        " -- WHERE x = 1",
        " RETURNING *",
    ],
)
def test_a_condition_that_leaves_no_row_is_none(verb: str, where: str) -> None:
    expected = Kind.DELETE_ALL if verb.startswith("DELETE") else Kind.UPDATE_ALL
    assert found(verb + where) == [(expected, "a")]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM a USING b WHERE b.y = 1",
        "UPDATE a SET x = b.x FROM b WHERE b.y = 1",
        "DELETE FROM a AS t USING b WHERE b.y = 1",
    ],
)
def test_a_condition_on_another_table_alone_leaves_no_row(sql: str) -> None:
    assert kinds(sql) & {Kind.DELETE_ALL, Kind.UPDATE_ALL}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM a WHERE x = 1",
        "DELETE FROM a AS t USING b WHERE t.id = b.id",
        "DELETE FROM a WHERE id IN (SELECT id FROM b)",
        "DELETE FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id)",
        "UPDATE a SET x = 1 WHERE x IS NULL",
        "UPDATE a SET (x, y) = (SELECT 1, 2) WHERE a.z > 4",
        "INSERT INTO a (x) VALUES (1) ON CONFLICT (x) DO UPDATE SET x = EXCLUDED.x",
        "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = b.y",
        "SELECT * FROM a FOR UPDATE",
    ],
)
def test_a_condition_on_the_rows_themselves_is_one(sql: str) -> None:
    assert found(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone",
        "EXPLAIN (ANALYZE, VERBOSE) DELETE FROM a",
        "EXPLAIN ANALYZE DELETE FROM a",
        "PREPARE p (int) AS DELETE FROM a",
        "COPY (DELETE FROM a RETURNING *) TO STDOUT",
        "CREATE TABLE c AS WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone WITH DATA",
        "CREATE TABLE c (x, y) AS WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone",
    ],
)
def test_a_deletion_within_another_statement_is_found(sql: str) -> None:
    assert found(sql) == [(Kind.DELETE_ALL, "a")]


@pytest.mark.parametrize(
    ("sql", "subject"),
    [
        ("DO $$ BEGIN DELETE FROM a; END $$", "DO '…'"),
        ("CALL clean_up()", "CALL clean_up()"),
        ("EXECUTE p", "EXECUTE p"),
        ("CREATE RULE r AS ON INSERT TO a DO INSTEAD NOTHING", "CREATE RULE r"),
        ("COPY a FROM PROGRAM 'curl example.org'", "COPY a FROM"),
        ("SELECT clean_up()", "clean_up()"),
        ("SELECT app.lower(x) FROM a", "app.lower()"),
        ('SELECT "Lower"(x) FROM a', "Lower()"),
        ("INSERT INTO a SELECT * FROM flatten(1)", "flatten()"),
        ("SELECT lo_unlink(1)", "lo_unlink()"),
        ("UPDATE a SET x = slug(y) WHERE x IS NULL", "slug()"),
        ("\\i other.sql", "\\i"),
        ("\\echo a \\\\ DROP TABLE b", "\\echo"),
        ("GRANT SELECT ON a TO ${reader}", "GRANT SELECT ON"),
    ],
)
def test_what_runs_something_else_is_opaque(sql: str, subject: str) -> None:
    assert found(sql) == [(Kind.OPAQUE, subject)]


@pytest.mark.parametrize(
    "sql",
    [
        "FROBNICATE a",
        "ALTER TYPE t DROP ATTRIBUTE x",
        "ALTER TYPE t ADD ATTRIBUTE y int, DROP ATTRIBUTE x",
        "ALTER TABLE a FROBNICATE",
        "DELETE FROM a WHERE CURRENT OF c",
        "SELECT FROM WHERE",
        "DROP FROBNICATION a",
        "DELETE FROM a WHERE x = 1 FROBNICATE",
    ],
)
def test_what_nobody_understands_is_a_risk(sql: str) -> None:
    assert kinds(sql) == {Kind.UNPARSABLE}


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing but a comment",
        "BEGIN; SET LOCAL lock_timeout = '5s'; COMMIT",
        "CREATE EXTENSION IF NOT EXISTS citext",
        "CREATE TABLE a (id serial PRIMARY KEY, b int DEFAULT f(), c text GENERATED ALWAYS AS (g(b)) STORED)",
        "CREATE UNLOGGED TABLE a PARTITION OF b FOR VALUES IN (1)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON a (lower(b)) WHERE c",
        "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM a $$",
        "CREATE OR REPLACE VIEW v AS SELECT f(x) FROM a",
        "CREATE TYPE role AS ENUM ('a', 'b'); ALTER TYPE role ADD VALUE 'c'",
        'ALTER TABLE "a" ADD COLUMN "b" text NOT NULL, ADD CONSTRAINT c CHECK (b <> \'\') NOT VALID',
        "ALTER TABLE a DROP CONSTRAINT b CASCADE, ALTER c DROP NOT NULL, ALTER COLUMN d SET DEFAULT 1",
        "ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE a OWNER TO b, SET (fillfactor = 70)",
        "ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME COLUMN c TO d; ALTER TABLE b SET SCHEMA e",
        "ALTER TABLE a DETACH PARTITION b; ALTER SEQUENCE s RESTART WITH 5",
        "DROP INDEX CONCURRENTLY i; DROP VIEW v; DROP TYPE t; DROP TRIGGER t ON a CASCADE",
        "DROP FUNCTION IF EXISTS f(int); DROP SEQUENCE s; DROP ROLE r",
        "COMMENT ON TABLE a IS 'DROP TABLE a'; GRANT ALL ON a TO b; REVOKE ALL ON a FROM c",
        "INSERT INTO a OVERRIDING SYSTEM VALUE VALUES (1, 'x', NULL, now(), gen_random_uuid())",
        "SELECT setval('a_id_seq', (SELECT max(id) FROM a)), pg_catalog.set_config('search_path', '', false)",
        "SELECT count(*) FILTER (WHERE x), string_agg(y, ',' ORDER BY z) FROM a CROSS JOIN unnest(b) AS t(c)",
        "UPDATE a SET x = coalesce(y, '') || lower(z) WHERE x IS NULL",
        "CREATE TABLE b AS SELECT * FROM a; CREATE MATERIALIZED VIEW c AS SELECT * FROM a WITH NO DATA",
        "LOCK TABLE a; VACUUM a; ANALYZE a; REINDEX TABLE a; REFRESH MATERIALIZED VIEW c",
    ],
)
def test_what_destroys_nothing_is_no_risk(sql: str) -> None:
    assert found(sql) == []


def test_each_risk_names_file_line_and_statement() -> None:
    sql = "CREATE TABLE b (id int);\n\n-- the old one\n  DROP TABLE\n    a;"
    (risk,) = risks(sql, "2_more/migration.sql")
    assert (risk.file, risk.line, risk.place) == ("2_more/migration.sql", 4, "2_more/migration.sql:4")
    assert risk.statement == "DROP TABLE a"


def test_a_statement_is_shown_without_what_its_strings_hold() -> None:
    (risk,) = risks("UPDATE a SET password = 'hunter2', b = E'sec\\'ret', c = $$third$$", "a.sql")
    assert risk.statement == "UPDATE a SET password = '…', b = '…', c = '…'"


@pytest.mark.parametrize(
    "sql",
    [
        "CALL f('hunter2",
        "CALL f(E'hunter2\\'",
        "CALL f($x$hunter2$y$",
        "CALL f('', 'hunter2",
        "CALL f() /* hunter2",
        "CALL f() -- hunter2",
        "\\connect postgresql://app:hunter2@host/db",
        "COPY a FROM stdin \\g\nhunter2",
    ],
)
def test_what_has_no_end_or_is_no_sql_is_not_shown_either(sql: str) -> None:
    found_ = risks(sql, "a.sql")
    assert found_
    assert "hunter2" not in str(found_[0])


def test_a_long_statement_is_cut_and_what_is_invisible_is_written_out() -> None:
    risk, _ = risks(f'DROP TABLE "a\u202eb", {"c" * 500}', "a.sql")
    assert len(risk.statement) == SHOWN
    assert "a\\u202eb" in risk.statement
