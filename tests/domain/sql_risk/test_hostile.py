"""Scripts that are made to be misread, and those that are too much."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sql_risk.reading import risks
from bot.domain.sql_risk.risk import Kind
from bot.domain.sql_risk.splitting import statements
from tests.domain.sql_risk.found import found, kinds

DROP = (Kind.DROP_TABLE, "a")


@pytest.mark.parametrize(
    "sql",
    [
        "\ufeffDROP TABLE a",
        "/* a /* nested */ comment */DROP/**/TABLE/**/a",
        "-- a comment\rDROP TABLE a",
        "-- a comment\r\nDROP -- another\r\nTABLE a",
        "SELECT '--'; DROP TABLE a",
        "SELECT '/*'; DROP TABLE a; SELECT '*/'",
        "SELECT '\\'; DROP TABLE a; --'",
        "SELECT E'\\'' ; DROP TABLE a; --'",
        "SELECT E'\\'\\\\'; DROP TABLE a",
        "SELECT E'a'\n'\\''; DROP TABLE a; --'",
        "SELECT U&'\\0027'; DROP TABLE a; --'",
        "SELECT B'1', X'f', N'x'; DROP TABLE a",
        "SELECT $$ $x$ $$; DROP TABLE a; SELECT $x$ $x$",
        "SELECT $a$ $b$ $a$; DROP TABLE a; --$b$",
        "SELECT x$a$ FROM b; DROP TABLE a; --$a$",
        'SELECT ";" FROM b; DROP TABLE a',
        'SELECT "--" FROM b; DROP TABLE a',
        'SELECT """"; DROP TABLE a; --"',
        "SELECT 1;;;DROP TABLE a",
        'DROP TABLE"a"',
        "dRoP\ttAbLe\n\n\na",
        "COPY b FROM stdin;\n1\tO'Brien\n\\.\nDROP TABLE a;\nSELECT 'x';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; DROP TABLE a",
        "BEGIN; SAVEPOINT x; DROP TABLE a; COMMIT",
        "INSERT INTO b VALUES (';'), ('DROP TABLE c'); DROP TABLE a",
    ],
)
def test_a_table_that_is_dropped_is_found_wherever_it_hides(sql: str) -> None:
    assert DROP in found(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'DROP TABLE a'",
        "SELECT E'\\'; DROP TABLE a; --'",
        "SELECT $$; DROP TABLE a;$$",
        "SELECT $x$ ' $$; DROP TABLE a; $x$",
        "-- DROP TABLE a;\n/* DROP TABLE a; /* ; */ DROP TABLE a; */ SELECT 1",
        'SELECT "; DROP TABLE a; --" FROM b',
        "COMMENT ON TABLE a IS 'it''s; DROP TABLE a'",
        "COPY a FROM stdin;\nDROP TABLE a;\n\\.\nSELECT 1;",
    ],
)
def test_what_only_looks_like_a_drop_is_none(sql: str) -> None:
    assert found(sql) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 \0; SELECT 2",
        "SET standard_conforming_strings = off; SELECT 1",
        "SELECT 1 /* without an end",
        "SELECT 'without an end",
        "SELECT $x$ without an end",
        'SELECT "without an end',
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT " + "NOT " * 5000 + "a",
        "EXPLAIN " * 2000 + "SELECT 1",
        "\u00a0DROP TABLE a",
        'DROP TABLE U&"\\0061"; SELECT U&"\\0061"()',
    ],
)
def test_what_cannot_be_read_is_a_risk_and_no_crash(sql: str) -> None:
    assert kinds(sql) & {Kind.UNPARSABLE, Kind.OPAQUE, Kind.DROP_TABLE}


def test_a_script_may_say_how_strings_are_read_anyway() -> None:
    assert found("SET standard_conforming_strings = on; SET standard_conforming_strings TO 'on'") == []


def test_what_stands_behind_copy_on_its_line_is_not_told_from_its_data() -> None:
    assert kinds("COPY b FROM stdin; SELECT 1;\n'\n\\.\nDROP TABLE a; --'") == {Kind.OPAQUE, Kind.DROP_TABLE}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(line_end: str) -> None:
    sql = line_end.join(["SELECT '", "';", "/*", "*/", "", "DROP TABLE a;", "", "DROP TABLE b"])
    assert [risk.line for risk in risks(sql, "a.sql")] == [6, 8]


def many(written: str, times: int) -> str:
    """The text again and again, with a number in place of each #."""
    return "".join(written.replace("#", str(number)) for number in range(times))


_INSERT = "INSERT INTO b VALUES"
_ROW = "(#, 'Some name; DROP TABLE a', 'it''s', NULL, now())"


@pytest.mark.parametrize(
    "sql",
    [
        f"{_INSERT} {many(_ROW + ', ', 25_000)}(1)",
        many(f"{_INSERT} {_ROW};\n", 60_000),
        many("UPDATE b SET x = 'y' WHERE id = #;\n", 50_000),
        many("SELECT x# FROM b;\n", 100_000),
        many("$a#$ ", 500_000),
        "'" * 1_000_001,
        "/*" * 500_000,
        "ALTER TABLE a DROP b" + ", DROP b" * 300_000,
        "DROP TABLE a" + ", a" * 500_000,
        "SELECT " + "(" * 1_000_000,
    ],
    ids=lambda sql: sql[:20],
)
def test_a_huge_script_takes_seconds_and_hides_nothing(sql: str) -> None:
    begun = time.monotonic()
    told = found(f"{sql}\n;DROP TABLE a")
    assert DROP in told or Kind.UNPARSABLE in {kind for kind, _ in told}
    assert time.monotonic() - begun < 30


def test_after_a_thousand_risks_the_rest_of_a_file_is_one_more() -> None:
    found_ = risks("CALL f();" * 5000, "a.sql")
    assert len(found_) == 1002
    assert found_[-1].hazard.because == "after 1,000 risks the rest was not read"


HARMLESS = st.sampled_from(
    [
        "SELECT 1",
        "SELECT 'it''s; --', \"a;b\", $$;'$$, E'\\';'",
        "INSERT INTO b VALUES (1, ';'), (2, E'\\\\')",
        "CREATE TABLE b (c text DEFAULT '/*')",
        "ALTER TABLE b ADD COLUMN d int",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN PERFORM '$$'; END; $f$",
        "COMMENT ON TABLE b IS '*/'",
        "UPDATE b SET c = '--' WHERE d = 1",
    ]
)
BETWEEN = st.lists(
    st.sampled_from([" ", "\n", "\r\n", "\t", "-- a 'comment;\n", "/* ; ' /* \" */ $$ */"]), max_size=4
).map("".join)
DESTRUCTIVE = st.sampled_from(
    ['DROP TABLE "a"', "TRUNCATE a", "DELETE FROM a", "UPDATE a SET b = ''", "ALTER TABLE a DROP COLUMN b"]
)


@given(st.lists(st.tuples(BETWEEN, HARMLESS, BETWEEN), max_size=8), st.data(), DESTRUCTIVE)
def test_one_destructive_statement_among_harmless_ones_is_always_found(
    around: list[tuple[str, str, str]], data: st.DataObject, destructive: str
) -> None:
    scripts = ["".join(each) for each in around]
    place = data.draw(st.integers(0, len(scripts)))
    scripts.insert(place, f"{data.draw(BETWEEN)}{destructive}{data.draw(BETWEEN)}")
    found_ = risks(";".join(scripts), "a.sql")
    assert [risk.hazard.subject.partition(".")[0] for risk in found_] == ["a"]


@given(st.lists(st.tuples(BETWEEN, HARMLESS, BETWEEN), max_size=12))
def test_no_statement_is_lost_or_made_up(around: list[tuple[str, str, str]]) -> None:
    assert len(list(statements(";".join("".join(each) for each in around)))) == len(around)


@given(st.text(st.sampled_from("aE'\"$;-/*\\\n ()U&x0\0é\ufeff"), max_size=60))
def test_no_text_at_all_is_too_much(sql: str) -> None:
    for statement in statements(sql):
        assert statement.code
        assert 1 <= statement.line <= sql.count("\n") + 1
    risks(sql, "a.sql")
