"""What was left out of a backup, in words, and what a copy of the backup holds then."""

import pytest

from bot.domain.comparison import differences, not_compared
from bot.domain.omission import Omission, Part, as_restored
from bot.domain.state import Sequence
from tests import builders as b


def omission(part: Part, name: str = "User", kind: str = "table") -> Omission:
    return Omission(part=part, kind=kind, name=b.table_name(name), why="locked")


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        (omission(Part.WHOLE), "table User"),
        (omission(Part.WHOLE, "vault.gold", "view"), "view vault.gold"),
        (omission(Part.CONTENTS), "rows of table User"),
        (omission(Part.CONTENTS, "numbers", "sequence"), "value of sequence numbers"),
        (Omission(part=Part.LARGE_OBJECTS, why="no right"), "large objects"),
    ],
)
def test_what_is_left_out_is_named_for_people(left_out: Omission, words: str) -> None:
    assert str(left_out) == words


def test_a_copy_lacks_what_was_left_out_and_must_hold_all_the_rest() -> None:
    made = b.state(b.table("User", None, problem="locked"), b.table("Secret", 5), b.table("Invoice", 3))
    expected = as_restored(made, [omission(Part.WHOLE), omission(Part.CONTENTS, "Secret")])
    copy = b.state(b.table("Secret", 0), b.table("Invoice", 3))
    assert (differences(expected, copy), not_compared(expected)) == ((), "")
    assert differences(expected, b.state(b.table("Secret", 0))) == ("table Invoice is missing",)
    assert differences(expected, b.state(b.table("Secret", 1), b.table("Invoice", 3)))


def test_a_sequence_of_which_only_the_value_was_left_out_must_be_there() -> None:
    numbers = Sequence(name=b.table_name("numbers"), last_value=None, increment=1, problem="no right")
    expected = as_restored(b.state(sequences=(numbers,)), [omission(Part.CONTENTS, "numbers", "sequence")])
    assert not_compared(expected) == ""
    assert differences(expected, b.state()) == ("sequence numbers is missing",)
    without = as_restored(b.state(sequences=(numbers,)), [omission(Part.WHOLE, "numbers", "sequence")])
    assert differences(without, b.state()) == ()


@pytest.mark.parametrize("part", [Part.WHOLE, Part.CONTENTS])
def test_a_history_that_was_left_out_is_not_compared(part: Part) -> None:
    made = b.state(history=b.history("1_init"))
    expected = as_restored(made, [omission(part, "_prisma_migrations")])
    assert differences(expected, b.state(history=b.history())) == ()
    assert differences(as_restored(made, [omission(part)]), b.state(history=b.history()))
