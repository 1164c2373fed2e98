"""The channels that the bot makes: found again whenever whoever made them was cut off."""

import pytest

from bot.slack import rooms
from bot.slack.directory import Directory

NAME, PURPOSE = "inc-2025-10-08-ledger", "Incident inc-1 of ledger"


def create(directory: Directory, purpose: str = PURPOSE) -> str | None:
    return rooms.create(directory, NAME, purpose, private=False)


def test_a_channel_is_made_once_for_its_purpose_and_never_for_another_one(directory: Directory) -> None:
    made = create(directory)
    assert made is not None
    assert create(directory) == made
    assert create(directory, "Incident inc-2 of ledger") is None


@pytest.mark.parametrize("private", [False, True])
def test_a_channel_that_is_for_nothing_yet_is_the_bots_own_that_was_cut_off(
    directory: Directory, *, private: bool
) -> None:
    begun = directory.client.conversations_create(name=NAME, is_private=private)["channel"]["id"]
    assert create(directory) == begun
    assert create(directory, "Incident inc-2 of ledger") is None


def test_a_channel_that_a_person_made_is_theirs(directory: Directory) -> None:
    assert rooms.create(directory, "random", PURPOSE, private=False) is None
