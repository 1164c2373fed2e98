"""A second person decides what counts as good while the whole bot runs: from the tap to the result."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.state import Baseline
from bot.postgres.server import Server
from bot.store import baselines
from tests.e2e.conftest import TABLES, World, running_world
from tests.e2e.people import Message, says, text_of
from tests.e2e.terminal import secondkey
from tests.e2e.test_requested import begun, said_until
from tests.e2e.test_restore import APPROVE, DENY
from tests.servers import Database

MARA, JONAS, PRIYA = "U00000001", "U00000002", "U00000003"
NAME = "projectledger"
ACCEPT = ("verify", "accept", NAME, "--reason", "they were purged")


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    """Accepted with its users, who are gone since."""
    database.execute(TABLES)
    with running_world(tmp_path, database, state_server, database.dsn) as world:
        world.slack.command(PRIYA, "ops", "/verify", "accept")
        world.slack.wait("ops", says("Accepted", "Marker"))
        database.execute('TRUNCATE "User"')
        yield world


def pinned(world: World) -> Baseline:
    with world.services.store.transaction() as connection:
        found = baselines.current(connection, NAME)
    assert found is not None
    return found


def requested(world: World) -> Message:
    return world.slack.wait("ops", says("Accept requested", "✅ approve", "12 → 0"))


def test_what_a_second_person_approves_is_pinned_and_told_in_the_same_message(world: World) -> None:
    slack = world.slack
    slack.command(PRIYA, "ops", "/verify", "accept")
    refused = slack.wait("ops", says("Not accepted", "User 12 → 0"))
    slack.tap(PRIYA, "ops", refused, "verify_accept_ask")
    world.slack.fill_in(PRIYA, "they were purged")
    asked = requested(world)
    assert "they were purged" in text_of(asked)
    slack.wait("ops", says("takes a second person"))
    slack.react(PRIYA, "ops", asked, APPROVE)
    assert "another person turns" in text_of(slack.wait(PRIYA, says("does not count"), as_user=PRIYA))
    assert pinned(world).state.rows == 15
    slack.react(JONAS, "ops", asked, APPROVE)
    done = slack.wait("ops", says("Accepted", f"approved by <@{JONAS}>", "they were purged"))
    assert done["ts"] == asked["ts"]
    assert (pinned(world).pinned_by, pinned(world).approved_by) == (PRIYA, (JONAS,))
    slack.wait(PRIYA, says("Approved"), as_user=PRIYA)


def test_what_is_denied_is_never_pinned(world: World) -> None:
    slack = world.slack
    slack.command(PRIYA, "ops", "/verify", f"accept {NAME} not now")
    asked = requested(world)
    slack.react(MARA, "ops", asked, DENY)
    denied = slack.wait("ops", says("Denied", "nothing ran"))
    assert denied["ts"] == asked["ts"]
    slack.react(JONAS, "ops", asked, APPROVE)
    slack.command(MARA, "ops", "/requests", "")
    slack.wait("ops", says("No request is open"), as_user=MARA)
    assert pinned(world).approved_by == ()
    assert pinned(world).state.rows == 15


def test_two_people_approve_what_a_terminal_wants_accepted(world: World) -> None:
    unsaid = secondkey(*ACCEPT[:3], "--json", config=world.config)
    assert (unsaid.code, unsaid.data["error"]) == (4, "reason-missing")
    with begun(world, *ACCEPT, "--json") as process:
        asked = world.slack.wait("ops", says("nobody is proven to have asked", "12 → 0", "2 more people"))
        said_until(process, "waits in #ops")
        for person in (MARA, JONAS):
            world.slack.react(person, "ops", asked, APPROVE)
        output, _said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert '"state": "used"' in output
    assert pinned(world).approved_by == (MARA, JONAS)
    alone = secondkey(*ACCEPT, "--json", config=world.config)
    assert (alone.code, alone.data["accepted"], alone.data["approved_by"]) == (0, NAME, [])
    world.database.execute('TRUNCATE "Plan"')
    open_ = secondkey(*ACCEPT, "--no-wait", "--json", config=world.config)
    assert (open_.code, open_.data["kind"], open_.data["state"]) == (5, "accept", "pending")
