"""Changes of a column's type: what may lose data, and what never does."""

import pytest

from bot.domain.sql_risk.reading import risks
from bot.domain.sql_risk.risk import Kind
from bot.domain.sql_risk.types import keeps_all
from tests.domain.sql_risk.found import found


@pytest.mark.parametrize(
    ("now", "new"),
    [
        ("character varying(50)", "varchar(100)"),
        ("character varying(50)", "varchar(50)"),
        ("character varying(50)", "VARCHAR"),
        ("character varying(50)", "text"),
        ("jsonb", "text"),
        ("integer", "bigint"),
        ("smallint", "INT"),
        ("integer", "numeric"),
        ("bigint", "numeric(19,0)"),
        ("numeric(10,2)", "decimal(12, 2)"),
        ("numeric(10,2)", "numeric(12,4)"),
        ("numeric(10,2)", "numeric"),
        ("real", "float8"),
        ("timestamp(3) without time zone", "TIMESTAMP(3)"),
        ('"Role"', '"Role"'),
    ],
)
def test_a_wider_type_keeps_every_value(now: str, new: str) -> None:
    assert keeps_all(now, new)


@pytest.mark.parametrize(
    ("now", "new"),
    [
        ("", "bigint"),
        ("text", "varchar(100)"),
        ("character varying", "varchar(100)"),
        ("character varying(100)", "varchar(50)"),
        ("bigint", "integer"),
        ("integer", "numeric(9,0)"),
        ("numeric(10,2)", "numeric(10,4)"),
        ("numeric(10,2)", "numeric(12)"),
        ("numeric", "numeric(12,2)"),
        ("double precision", "real"),
        ("numeric(10,2)", "integer"),
        ("timestamp without time zone", "date"),
        ("text", "text[]"),
        ('"Role"', '"Role_new"'),
    ],
)
def test_any_other_type_may_lose_some(now: str, new: str) -> None:
    assert not keeps_all(now, new)


@pytest.mark.parametrize(
    "action",
    [
        "TYPE text",
        "SET DATA TYPE varchar",
        'TYPE text COLLATE "C"',
        "TYPE text USING b::text",
        "TYPE text USING(b)",
    ],
)
def test_text_without_a_limit_holds_whatever_the_column_had(action: str) -> None:
    assert found(f"ALTER TABLE a ALTER COLUMN b {action}") == []


@pytest.mark.parametrize("using", ["lower(b)", "''", "b::int::text", "c::text", "CASE WHEN b THEN b END"])
def test_an_expression_of_its_own_may_make_anything(using: str) -> None:
    (risk,) = risks(f"ALTER TABLE a ALTER b TYPE text USING {using}", "a.sql")
    assert (risk.hazard.kind, risk.hazard.new_type) == (Kind.TYPE_CHANGE, "")


def test_a_change_that_hangs_on_the_present_type_says_which_type_is_next() -> None:
    (risk,) = risks('ALTER TABLE app.a ALTER "B" TYPE numeric(12, 2) USING "B"::numeric(12, 2)', "a.sql")
    assert (risk.hazard.subject, risk.hazard.new_type) == ("app.a.B", "numeric(12, 2)")
    assert risk.hazard.table == ("app", "a")
