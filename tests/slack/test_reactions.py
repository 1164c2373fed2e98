"""Reactions below the bot's own message, over real HTTP."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.simulator.server import Simulator
from bot.slack import reactions
from bot.slack.directory import Directory
from tests.simulator.scripts import Scripts

OPS, MARA, JONAS = "C00000002", "U00000001", "U00000002"


@pytest.fixture
def ts(directory: Directory) -> str:
    posted: str = directory.client.chat_postMessage(channel=OPS, text="a request")["ts"]
    return posted


def test_everybody_but_the_bot_is_named(simulator: Simulator, directory: Directory, ts: str) -> None:
    reactions.add(directory, OPS, ts, "white_check_mark")
    reactions.add(directory, OPS, ts, "white_check_mark")
    for user in (MARA, JONAS):
        Scripts(simulator.url).post("reaction", user=user, channel=OPS, ts=ts, name="white_check_mark")
    found = reactions.read(directory, OPS, ts)
    assert found is not None
    assert found.users == {"white_check_mark": {MARA, JONAS}}
    assert not found.shortened


def test_an_emoji_of_which_fewer_are_named_than_counted_is_told(
    simulator: Simulator, directory: Directory, ts: str
) -> None:
    for number in range(1, 7):
        Scripts(simulator.url).post("reaction", user=f"U0000000{number}", channel=OPS, ts=ts, name="eyes")
    simulator.faults.shortened = True
    found = reactions.read(directory, OPS, ts)
    assert found is not None
    assert found.shortened == {"eyes"}


def test_a_message_that_is_not_there_or_not_the_bots_own_has_none(
    simulator: Simulator, directory: Directory, ts: str
) -> None:
    said = Scripts(simulator.url).post("message", user=MARA, channel=OPS, text="a request")["ts"]
    assert reactions.read(directory, OPS, said) is None
    Scripts(simulator.url).post("delete", channel=OPS, ts=ts)
    assert reactions.read(directory, OPS, ts) is None


def test_what_slack_does_not_answer_is_not_taken_for_no_reactions(
    simulator: Simulator, directory: Directory, ts: str
) -> None:
    simulator.faults.rate_limit("reactions.get", times=1)
    with pytest.raises(SlackApiError, match="ratelimited"):
        reactions.read(directory, OPS, ts)
