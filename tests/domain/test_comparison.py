"""A restored copy against its manifest."""

from dataclasses import replace

import pytest

from bot.domain.comparison import differences, not_compared
from bot.domain.migrations import History, MigrationState
from bot.domain.state import Extension, Sequence, State
from tests import builders as b

USERS = b.table("User", 12, columns=("id int not null",))


def sequence(last_value: int | None, increment: int = 1, name: str = "User_id_seq") -> State:
    made = Sequence(name=b.table_name(name), last_value=last_value, increment=increment)
    return b.state(sequences=(made,))


def extension(*names: str, version: str = "1.0") -> State:
    return b.state(extensions=tuple(Extension(name=name, version=version, schema="public") for name in names))


def test_an_equal_copy_has_no_differences() -> None:
    whole = b.state(USERS, history=b.history("1_init"))
    assert differences(whole, whole) == ()


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        (b.state(), "table User is missing"),
        (b.state(b.table("User", 11, columns=USERS.columns)), "table User has 11 rows instead of 12"),
        (b.state(b.table("User", 12)), "table User has other columns"),
        (
            b.state(b.table("User", None, problem="no right", columns=USERS.columns)),
            "table User could not be counted: no right",
        ),
        (b.state(USERS, b.table("Extra", 0)), "table Extra is there and not in the manifest"),
    ],
)
def test_each_difference_of_a_table_is_told(copy: State, said: str) -> None:
    assert differences(b.state(USERS), copy) == (said,)


def test_rows_that_were_not_counted_for_the_manifest_are_not_compared_and_that_is_said() -> None:
    hidden = Sequence(name=b.table_name("hidden"), last_value=None, increment=1, problem="no right")
    before = b.state(b.table("Big", None), b.table("Huge", None), USERS, sequences=(hidden,))
    after = b.state(
        b.table("Big", 9), b.table("Huge", 9), USERS, sequences=sequence(5, name="hidden").sequences
    )
    assert differences(before, after) == ()
    assert not_compared(before) == (
        "2 tables were not counted when it was made: Big, Huge; "
        "1 sequence was not read when it was made: hidden"
    )
    assert not_compared(after) == ""


def test_rows_that_restoring_makes_anew_are_not_compared_and_columns_are() -> None:
    stale = b.table("totals", 50, derived=True, columns=("n int",))
    assert differences(b.state(stale), b.state(b.table("totals", 60, derived=True, columns=("n int",)))) == ()
    assert not_compared(b.state(b.table("totals", None, derived=True))) == ""
    assert differences(b.state(stale), b.state(b.table("totals", 50, derived=True))) == (
        "table totals has other columns",
    )
    assert differences(b.state(stale), b.state()) == ("table totals is missing",)


def test_a_sequence_of_the_copy_that_cannot_be_read_is_told() -> None:
    locked = Sequence(name=b.table_name("User_id_seq"), last_value=None, increment=1, problem="locked")
    assert differences(sequence(10), b.state(sequences=(locked,))) == (
        "sequence User_id_seq could not be read: locked",
    )


@pytest.mark.parametrize(
    ("before", "after", "increment", "fine"),
    [
        (10, 10, 1, True),
        (10, 12, 1, True),
        (10, 9, 1, False),
        (-10, -12, -1, True),
        (-10, -9, -1, False),
        (None, 5, 1, True),
        (10, None, 1, False),
    ],
)
def test_a_sequence_may_be_further_and_never_behind(
    before: int | None, after: int | None, increment: int, fine: bool
) -> None:
    assert (differences(sequence(before, increment), sequence(after, increment)) == ()) is fine


def test_a_missing_sequence_or_extension_is_told_and_another_version_is_not() -> None:
    assert differences(sequence(1), b.state()) == ("sequence User_id_seq is missing",)
    assert differences(extension("citext"), b.state()) == ("extension citext is missing",)
    assert differences(extension("citext"), extension("citext", version="1.6")) == ()


def test_another_migration_history_is_told() -> None:
    before = b.state(history=b.history("1_init", "2_more"))
    failed = b.state(history=b.history("1_init", b.migration("2_more", MigrationState.FAILED)))
    for after in (b.state(), b.state(history=b.history("1_init")), failed):
        (said,) = differences(before, after)
        assert "migration history" in said
    assert differences(b.state(), before) == ()


def test_a_history_that_was_missing_already_is_no_difference_of_the_copy() -> None:
    missing = History(tool="prisma", table="public._prisma_migrations", present=False)
    there = History(tool="prisma", table="public._prisma_migrations", present=True)
    without, empty = replace(b.state(), history=missing), replace(b.state(), history=there)
    assert differences(without, replace(b.state(), history=None)) == ()
    assert differences(without, without) == ()
    assert differences(without, empty)
    assert differences(empty, without)
