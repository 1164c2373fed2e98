"""What an approval is bound to: the same facts, and losses below their ceilings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.binding import Facts, Margin, bind, differences, digest
from tests.domain.ballots import FACTS, TERMS

BOUND = bind(TERMS, FACTS, Margin())


def test_the_same_facts_are_no_difference() -> None:
    assert differences(BOUND, TERMS, FACTS) == ()


def test_the_order_of_keys_and_approvers_changes_no_digest() -> None:
    one = replace(TERMS, approvers=("@dba", "@ops"))
    other = replace(TERMS, approvers=("@ops", "@dba"))
    turned = Facts(bound=dict(reversed(list(FACTS.bound.items()))), losses=FACTS.losses)
    assert digest(bind(one, FACTS, Margin())) == digest(bind(other, turned, Margin()))


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"action": "restore"}, "action: accept → restore"),
        ({"database": "other"}, "database: ledger → other"),
        ({"team": "T2"}, "team: T00000001 → T2"),
        ({"approvals": 2}, "policy approvals: 1 → 2"),
        ({"approvers": ("@everybody",)}, 'policy approvers: ["@dba"] → ["@everybody"]'),
        ({"channel": "elsewhere"}, "policy channel: ops → elsewhere"),
    ],
)
def test_what_the_approval_itself_is_bound_to_is_told_when_it_differs(
    terms: dict[str, Any], told: str
) -> None:
    assert differences(BOUND, replace(TERMS, **terms), FACTS) == (told,)
    assert digest(bind(replace(TERMS, **terms), FACTS, Margin())) != digest(BOUND)


def test_a_fact_that_differs_is_told_by_its_innermost_name() -> None:
    recreated = Facts(bound={"target": {"oid": 16502}, "sha256": "00"}, losses=FACTS.losses)
    assert differences(BOUND, TERMS, recreated) == ("target oid: 16384 → 16502",)


def test_a_fact_that_came_or_went_is_told() -> None:
    other = Facts(bound={"target": {"oid": 16384}, "release": "v2"}, losses={})
    assert differences(BOUND, TERMS, other) == ("release: not there → v2", "sha256: 00 → not there")
    gone = Facts(bound={"target": {"oid": None}, "sha256": "00"}, losses={})
    assert differences(BOUND, TERMS, gone) == ("target oid: 16384 → not there",)


@pytest.mark.parametrize(
    ("rows", "told"), [(13, ()), (14, ("public.User: 14 rows would go, at most 13 were approved",))]
)
def test_a_busy_table_voids_nothing_up_to_its_ceiling(rows: int, told: tuple[str, ...]) -> None:
    assert differences(BOUND, TERMS, replace(FACTS, losses={"public.User": rows})) == told


def test_a_table_that_nobody_saw_has_a_ceiling_too() -> None:
    assert differences(BOUND, TERMS, replace(FACTS, losses={"public.New": 10})) == ()
    [told] = differences(BOUND, TERMS, replace(FACTS, losses={"public.New": 11}))
    assert told == "public.New: 11 rows would go, at most 10 were approved"


def test_the_margin_is_a_hundredth_and_ten_rows_at_least() -> None:
    assert [Margin().above(shown) for shown in (0, 3, 1000, 5000)] == [10, 13, 1010, 5050]


def test_many_differences_are_told_in_short() -> None:
    told = differences(BOUND, TERMS, replace(FACTS, losses={f"t{n}": 99 for n in range(8)}))
    assert len(told) == 6
    assert told[-1] == "and 3 more"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON), st.dictionaries(st.text(), JSON))
def test_facts_differ_in_words_exactly_where_they_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    bound = bind(TERMS, Facts(bound=one, losses={}), Margin())
    found = Facts(bound=other, losses={})
    same = bound == bind(TERMS, found, Margin())
    assert (differences(bound, TERMS, found) == ()) == same
