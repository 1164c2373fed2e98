"""Names of candidates and set-aside databases: short enough, told apart, and recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.postgres.naming import made_by_us, names_for_proof, names_for_restore, names_for_undo

OPERATION = "op-4k7d2m9x"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=63))
def test_names_are_different_fit_the_server_and_are_ours(live: str) -> None:
    names = names_for_restore(live, OPERATION)
    assert len({names.live, names.candidate, names.aside}) == 3
    for name in (names.candidate, names.aside):
        assert len(name.encode()) <= 63
        assert made_by_us(name)


def test_names_say_whose_they_are() -> None:
    names = names_for_restore("projectledger", OPERATION)
    assert (names.candidate, names.aside) == ("projectledger_new_4k7d2m9x", "projectledger_aside_4k7d2m9x")


def test_an_undo_takes_the_set_aside_database_back() -> None:
    names = names_for_undo("projectledger", "op-aaaaaaaa", "projectledger_aside_4k7d2m9x")
    assert names.candidate == "projectledger_aside_4k7d2m9x"
    assert names.aside == "projectledger_aside_aaaaaaaa"


@pytest.mark.parametrize(
    "name",
    ["projectledger", "projectledger_new", "postgres", "template1", "ledger_aside_2024", "new_4k7d2m9x"],
)
def test_other_databases_are_not_ours(name: str) -> None:
    assert not made_by_us(name)


def test_the_databases_of_a_proof_are_ours() -> None:
    names = names_for_proof("ledger")
    assert names == names_for_proof("ledger") != names_for_proof("ledger_2")
    assert all(map(made_by_us, (names.live, names.candidate, names.aside)))
