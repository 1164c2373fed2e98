"""A second person decides while the whole bot runs: one message, from the request to the result."""

from bot.domain.approval import State
from bot.operations import approval
from tests.domain.ballots import plan
from tests.e2e.conftest import World
from tests.e2e.people import Message, says, text_of
from tests.waiting import until

MARA, JONAS, PRIYA = "U00000001", "U00000002", "U00000003"
PLAN = plan(database="projectledger", title="Accept requested · projectledger (production)")


def reacted(world: World, message: Message, user: str, name: str = "white_check_mark") -> None:
    world.slack.post("reaction", user=user, channel="ops", ts=message["ts"], name=name)


def test_what_a_second_person_approves_is_carried_out_and_told_in_the_same_message(world: World) -> None:
    request = approval.ask(world.services, PLAN, PRIYA, "the first pin")
    asked = world.slack.wait("ops", says("Accept requested", request.id))
    until(lambda: approval.load(world.services, request.id).ts == asked["ts"])
    reacted(world, asked, PRIYA)
    reacted(world, asked, JONAS)
    until(lambda: approval.load(world.services, request.id).state is State.APPROVED)
    done = world.slack.wait("ops", says("Accepted", "Marker"))
    assert done["ts"] == asked["ts"]
    world.slack.wait(PRIYA, says("Approved", request.id), as_user=PRIYA)
    assert "another person turns" in text_of(world.slack.wait(PRIYA, says("does not count"), as_user=PRIYA))


def test_what_is_denied_is_never_carried_out(world: World) -> None:
    request = approval.ask(world.services, PLAN, PRIYA, "not now")
    asked = world.slack.wait("ops", says("Accept requested", request.id))
    until(lambda: approval.load(world.services, request.id).ts == asked["ts"])
    reacted(world, asked, MARA, "no_entry")
    denied = world.slack.wait("ops", says("Denied", "nothing ran", request.id))
    assert denied["ts"] == asked["ts"]
    reacted(world, asked, JONAS)
    world.slack.command(MARA, "ops", "/requests", "")
    world.slack.wait("ops", says("No request is open"), as_user=MARA)
    assert "Accepted" not in str(world.slack.messages("ops"))
