"""`/incident` in Slack: who may, what is made, and what happens where the app may not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from bot.domain.incidents.incident import Incident
from bot.domain.operation import Kind
from bot.domain.words import TEXT_CHARS
from bot.operations import runner
from bot.operations.incidents import talking
from bot.operations.services import Services
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.slack.manifest import manifest
from bot.store import deployments, incidents, operations
from tests.e2e.people import Message, says, text_of
from tests.handlers.office import JONAS, LEO, MARA, PRIYA, Office
from tests.waiting import until

NAME = "projectledger"


@pytest.fixture(autouse=True)
def clean(office: Office) -> Iterator[None]:
    """No incident is left open, and nothing frozen."""
    yield
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE incidents SET stage = 'closed', closed_at = now() WHERE stage = 'open'")
        deployments.thaw(connection, NAME)


def opened(office: Office, what: str = "users see nothing") -> Incident:
    office.slack.command(PRIYA, "ops", "/incident", f"open {what}")
    return open_now(office)


def open_now(office: Office) -> Incident:
    found: list[Incident] = []

    def look() -> bool:
        with office.services.store.transaction() as connection:
            standing = incidents.open_of(connection, NAME)
        found[:] = [standing] if standing else []
        return bool(found)

    until(look)
    return found[0]


def convene(office: Office, services: Services | None = None) -> Incident:
    """What a worker does."""
    with office.services.store.transaction() as connection:
        asked = operations.recent(connection, database=NAME, limit=5)
    newest = next(each for each in asked if each.kind is Kind.INCIDENT_OPEN)
    error = runner.run(services or office.services, newest.id)
    assert error is None, error
    return open_now(office)


def members(office: Office, channel: str) -> set[str]:
    return set(office.client.conversations_members(channel=channel)["members"])


def without(*scopes: str) -> dict[str, Any]:
    granted = manifest()
    for name, named in granted["oauth_config"]["scopes"].items():
        granted["oauth_config"]["scopes"][name] = [each for each in named if each not in scopes]
    return granted


@pytest.fixture
def lacking() -> Iterator[Directory]:
    """A workspace in which the app may not make channels."""
    elsewhere = Simulator(0, None, demo_workspace().with_manifest(without("channels:manage", "pins:write")))
    elsewhere.start()
    yield Directory(web_client(elsewhere.workspace.bot_token, f"{elsewhere.url}/api/"))
    elsewhere.stop()


def test_people_are_called_into_a_channel_with_the_summary_at_its_top(office: Office) -> None:
    opened(office)
    office.slack.wait("ops", says("The incident is open", "incidents"), as_user=PRIYA)
    incident = convene(office)
    assert incident.channel_name.endswith("-projectledger-reported")
    assert {MARA, JONAS, PRIYA} <= members(office, incident.channel)
    assert LEO not in members(office, incident.channel)
    summary = office.slack.wait(incident.channel_name, says("Incident · projectledger", "users see nothing"))
    assert summary.get("pinned_to") or summary.get("pinned_info")
    office.slack.wait(
        incident.channel_name, says("Evidence", "could not be read", "no backup is both healthy")
    )
    office.slack.wait("incidents", says("Incident · projectledger", incident.channel))


def test_where_the_name_is_taken_a_number_follows_it(office: Office) -> None:
    opened(office)
    first = convene(office)
    with office.services.store.transaction() as connection:
        connection.execute("UPDATE incidents SET stage = 'closed', closed_at = now() WHERE stage = 'open'")
    opened(office, "again")
    second = convene(office)
    assert second.channel != first.channel
    assert second.channel_name.startswith(first.channel_name.rstrip("0123456789").rstrip("-"))
    assert second.channel_name[-1].isdigit()


def test_a_channel_whose_making_was_cut_off_is_found_again(office: Office) -> None:
    opened(office)
    first = convene(office)
    with office.services.store.transaction() as connection:
        incidents.save(connection, replace(first, channel="", channel_name=""))
        _ask_again(connection, first)
    again = convene(office)
    assert (again.channel, again.channel_name) == (first.channel, first.channel_name)


def test_another_look_makes_no_second_channel(office: Office) -> None:
    opened(office)
    first = convene(office)
    with office.services.store.transaction() as connection:
        _ask_again(connection, first)
    assert convene(office).channel == first.channel
    texts = [text_of(each) for each in office.slack.messages(first.channel_name)]
    assert sum("Evidence" in text for text in texts) == 1


def test_without_the_scope_it_is_told_in_a_thread_and_the_scope_is_named(
    office: Office, lacking: Directory
) -> None:
    opened(office)
    incident = convene(office, replace(office.services, directory=lacking))
    assert incident.channel == ""
    assert "channels:manage" in incident.no_channel
    told = says("told in this thread", "channels:manage", incident.id)
    office.slack.wait("incidents", lambda each: told(each) and "Evidence" in _thread(each))
    office.slack.command(PRIYA, "ops", "/incident", "note the import ran at noon")
    office.slack.wait("incidents", lambda each: told(each) and "the import ran at noon" in _thread(each))


def test_those_in_its_channel_carry_it_and_who_is_not_there_by_that_name_is_said(office: Office) -> None:
    opened(office)
    place = convene(office).channel_name
    office.slack.command(JONAS, place, "/incident", "role scribe")
    office.slack.wait(place, says("scribe", JONAS))
    office.slack.command(MARA, place, "/incident", "role lead @Nobody")
    office.slack.wait(place, says("nobody here is called"), as_user=MARA)
    office.slack.command(MARA, place, "/incident", f"role lead <@{LEO}>")
    office.slack.wait(place, says("Leo is a guest", "the role was not given"), as_user=MARA)
    office.slack.command(MARA, place, "/incident", "status")
    office.slack.wait(place, says("scribe", "What happened last", "incident opened"), as_user=MARA)
    office.slack.command(MARA, place, "/incident", "draft")
    office.slack.wait(place, says("Draft for customers", "No channel is configured"), as_user=MARA)
    assert talking.in_channel(office.services, open_now(office).channel) is not None


def test_a_form_takes_a_text_as_long_as_it_says_and_adds_nothing_to_it(office: Office) -> None:
    opened(office)
    place = convene(office).channel_name
    for channel in (place, "ops"):
        text = f"{channel} {'x' * TEXT_CHARS}"[:TEXT_CHARS]
        office.slack.command(PRIYA, channel, "/incident", "note")
        office.slack.fill_in(PRIYA, text)
        told = office.slack.wait(place, says(f"{channel} xxx"))
        assert told["blocks"][0]["text"]["text"] == text
    office.slack.command(PRIYA, place, "/incident", "close anyway")
    office.slack.fill_in(PRIYA, "we move")
    _close(office)
    office.slack.wait(place, says("Closed", "we move"))


def test_an_incident_that_nobody_can_look_into_is_closed_only_anyway_and_stays_frozen(office: Office) -> None:
    opened(office)
    place = convene(office).channel_name
    office.slack.command(PRIYA, place, "/incident", "close it is over")
    _close(office)
    office.slack.wait(place, says("Incident not closed", "cannot be read", "anyway"))
    office.slack.command(PRIYA, place, "/incident", "close anyway we move to another server")
    _close(office)
    office.slack.wait(place, says("Closed", "we move to another server", "Deployments stay frozen"))
    office.slack.wait(place, says("Report", "canvas"))


def test_of_two_who_close_it_the_second_is_told_and_there_is_one_report(office: Office) -> None:
    opened(office)
    place = convene(office).channel_name
    for who, why in ((PRIYA, "restored"), (JONAS, "me too")):
        office.slack.command(who, place, "/incident", f"close anyway {why}")
    _close(office)
    _close(office)
    office.slack.wait(place, says("Incident not closed", "somebody closed the incident just before"))
    with office.services.store.transaction() as connection:
        (closed,) = incidents.newest(connection, [NAME], 1)
    assert (PRIYA, "incident.closed") in office.logged()
    assert (JONAS, "incident.closed") not in office.logged()
    assert (closed.closed_by, closed.reason) == (PRIYA, "restored")
    assert len(office.slack.get(f"canvases?channel={place}")) == 1


def test_what_is_typed_in_the_channel_of_a_closed_incident_lands_in_no_other(office: Office) -> None:
    opened(office)
    place = convene(office).channel_name
    office.slack.command(PRIYA, place, "/incident", "close anyway done")
    _close(office)
    other = opened(office, "again")
    for words in ("note one", "update two", "role lead", "status", "close anyway three"):
        before = len(office.slack.messages(place, as_user=PRIYA))
        office.slack.command(PRIYA, place, "/incident", words)
        until(lambda count=before: len(office.slack.messages(place, as_user=PRIYA)) > count)
    refusals = [
        each
        for each in office.slack.messages(place, as_user=PRIYA)
        if says("is closed; nothing was recorded")(each)
    ]
    assert len(refusals) == 5
    assert open_now(office) == other


def _ask_again(connection: Connection[Any], incident: Incident) -> None:
    operations.create(
        connection,
        kind=Kind.INCIDENT_OPEN,
        database=NAME,
        requested_by=PRIYA,
        request={"incident": incident.id, "channel": "incidents"},
    )


def _close(office: Office) -> None:
    """What a worker does with the oldest request to close that waits."""
    found: list[str] = []

    def look() -> bool:
        with office.services.store.transaction() as connection:
            asked = operations.recent(connection, database=NAME, limit=9)
        waiting = [each for each in asked if each.kind is Kind.INCIDENT_CLOSE and each.started_at is None]
        found[:] = [each.id for each in reversed(waiting)]
        return bool(found)

    until(look)
    runner.run(office.services, found[0])


def _thread(message: Message) -> str:
    return " ".join(map(text_of, message.get("replies", ())))
