"""What an approval of a restore is bound to: whatever differs is told, and rows may move below ceilings."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import binding
from bot.domain.binding import Facts, Margin, Terms
from bot.domain.restoring.changes import Change
from bot.domain.restoring.facts import BoundSource, bind, target_of
from bot.domain.restoring.traffic import Traffic
from tests import builders as b

TARGET = target_of(b.IDENTITY)
SOURCE = BoundSource(name="B-20251008-110000-abcd", checksum="0" * 64)
TRAFFIC = Traffic(stop=(("halt", "all"),), start=(("go",),))
TERMS = Terms(
    action="restore", database=b.DATABASE, team="T1", approvals=1, approvers=("@dba",), channel="ops"
)


def change(name: str, may_go: int | None) -> Change:
    return Change(table=b.table_name(name), now=may_go, then=0, written=may_go)


APPROVED = bind(TARGET, SOURCE, TRAFFIC, [change("User", 1000)])


def differences(approved: Facts, found: Facts) -> tuple[str, ...]:
    return binding.differences(binding.bind(TERMS, approved, Margin()), TERMS, found)


@pytest.mark.parametrize(
    "found",
    [
        bind(replace(TARGET, server=b.OTHER_CLUSTER), SOURCE, TRAFFIC, []),
        bind(replace(TARGET, oid=99), SOURCE, TRAFFIC, []),
        bind(replace(TARGET, oid=None), SOURCE, TRAFFIC, []),
        bind(replace(TARGET, name="ledger2"), SOURCE, TRAFFIC, []),
        bind(replace(TARGET, marker=None), SOURCE, TRAFFIC, []),
        bind(TARGET, replace(SOURCE, name="B-20251008-120000-abcd"), TRAFFIC, []),
        bind(TARGET, replace(SOURCE, checksum="1" * 64), TRAFFIC, []),
        bind(TARGET, replace(SOURCE, release="v2"), TRAFFIC, []),
        bind(TARGET, SOURCE, Traffic(), []),
        bind(TARGET, SOURCE, replace(TRAFFIC, stop=(("halt",),)), []),
        bind(TARGET, SOURCE, TRAFFIC, [change("User", 1011)]),
        bind(TARGET, SOURCE, TRAFFIC, [change("New", 11)]),
        bind(TARGET, SOURCE, TRAFFIC, [change("User", None)]),
    ],
)
def test_what_is_not_as_it_was_approved_is_told(found: Facts) -> None:
    assert differences(APPROVED, found)


@pytest.mark.parametrize("rows", [0, 999, 1010])
def test_rows_may_move_below_the_ceiling(rows: int) -> None:
    assert (
        differences(APPROVED, bind(TARGET, SOURCE, TRAFFIC, [change("User", rows), change("New", 10)])) == ()
    )


def test_what_was_approved_uncounted_may_be_counted_by_now() -> None:
    approved = bind(TARGET, SOURCE, TRAFFIC, [change("User", None)])
    found = bind(TARGET, SOURCE, TRAFFIC, [change("User", 5000)], ["public.User"])
    assert differences(approved, found) == ()


COUNTS = st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.none() | st.integers(0, 100_000))


@given(counts=COUNTS, data=st.data())
def test_the_order_in_which_tables_are_found_does_not_matter(
    counts: dict[str, int | None], data: st.DataObject
) -> None:
    changes = [change(name, rows) for name, rows in counts.items()]
    shuffled = data.draw(st.permutations(changes))
    one, other = (
        binding.bind(TERMS, bind(TARGET, SOURCE, TRAFFIC, each), Margin()) for each in (changes, shuffled)
    )
    assert binding.digest(one) == binding.digest(other)
