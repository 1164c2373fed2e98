"""📌 on a message: it stands in the incident's timeline, and what becomes of it is followed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.incidents.incident import Incident, Kind, Stage
from bot.domain.incidents.timeline import Entry
from bot.domain.operation import Kind as OperationKind
from bot.domain.people import Person
from bot.errors import NotFound
from bot.operations.attempt import Attempt
from bot.operations.incidents import pinning, reporting
from bot.operations.incidents.accounting import account
from bot.operations.posting import post
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.blocks import Message
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.slack.manifest import manifest
from bot.store import audit, incidents, operations
from bot.store.database import clock
from tests.e2e.people import says
from tests.handlers.conftest import Desk
from tests.handlers.office import JONAS, LEO, MARA, OPS, PRIYA, Office
from tests.simulator.scripts import Scripts
from tests.waiting import until


@pytest.fixture
def incident(desk: Desk) -> Iterator[Incident]:
    """One whose channel is #ops, for as long as the test."""
    with desk.services.store.transaction() as connection:
        made = incidents.create(
            connection, database="projectledger", kind=Kind.DATA_LOSS, what="all rows gone", opened_by=MARA
        )
        made = incidents.save(connection, replace(made, channel=OPS, channel_name="ops"))
    yield made
    with desk.services.store.transaction() as connection:
        over = replace(made, stage=Stage.CLOSED, closed_at=clock(connection), channel="")
        incidents.save(connection, over)


def say(desk: Desk, text: str, user: str = MARA, **more: str) -> str:
    return str(desk.slack.post("message", user=user, channel="ops", text=text, **more)["ts"])


def pin(desk: Desk, ts: str, user: str = JONAS, *, remove: bool = False) -> None:
    desk.slack.post("reaction", user=user, channel="ops", ts=ts, name="pushpin", remove=remove)


def entry(desk: Desk, incident: Incident, ts: str) -> Entry | None:
    with desk.services.store.transaction() as connection:
        found = incidents.entries(connection, incident.id)
    return next((each for each in found if each.key == f"pin:{OPS}:{ts}"), None)


def stands(desk: Desk, incident: Incident, ts: str) -> Entry:
    until(lambda: (found := entry(desk, incident, ts)) is not None and found.removed_at is None)
    found = entry(desk, incident, ts)
    assert found is not None
    return found


def logged(desk: Desk, ts: str) -> list[tuple[str, str]]:
    with desk.services.store.transaction() as connection:
        found = audit.entries(connection, 50)
    return [(each.actor, each.action) for each in found if each.subject.endswith(ts)][::-1]


def earlier(desk: Desk, incident: Incident) -> dict[str, tuple[str, ...]]:
    with desk.services.store.transaction() as connection:
        return dict(account(desk.services, connection, incident).earlier)


def test_a_pinned_message_stands_with_its_author_its_link_and_both_times(
    desk: Desk, incident: Incident
) -> None:
    ts = say(desk, "19:26 orders are empty, <@U00000002> looks")
    pin(desk, ts)
    found = stands(desk, incident, ts)
    assert (found.by, found.text) == (MARA, "19:26 orders are empty, @Jonas looks")
    assert found.at == datetime.fromtimestamp(float(ts), UTC)
    assert timedelta() < found.recorded_at - found.at < timedelta(minutes=1)
    assert found.link.endswith(f"/archives/{OPS}/p{ts.replace('.', '')}")
    assert logged(desk, ts) == [(JONAS, "incident.pinned")]


def test_it_is_out_when_the_last_pin_is_taken_away_and_the_log_keeps_it(
    desk: Desk, incident: Incident
) -> None:
    ts = say(desk, "a guess")
    pin(desk, ts)
    stands(desk, incident, ts)
    pin(desk, ts, PRIYA)
    pin(desk, ts, remove=True)
    pinning.follow(desk.services, incident)
    stands(desk, incident, ts)
    pin(desk, ts, PRIYA, remove=True)
    until(lambda: (found := entry(desk, incident, ts)) is not None and found.removed_at is not None)
    told = logged(desk, ts)
    assert (told[0], told[-1][1]) == ((JONAS, "incident.pinned"), "incident.unpinned")
    pin(desk, ts)
    stands(desk, incident, ts)


def test_a_reply_in_a_thread_is_pinned_too(desk: Desk, incident: Incident) -> None:
    root = say(desk, "what happened?")
    ts = say(desk, "the seed script ran", user=PRIYA, thread_ts=root)
    pin(desk, ts)
    assert stands(desk, incident, ts).by == PRIYA


def test_where_an_incident_has_no_channel_the_thread_of_its_announcement_counts(
    desk: Desk, office: Office, incident: Incident
) -> None:
    with desk.services.store.transaction() as connection:
        incidents.save(connection, replace(incident, channel=""))
        post(connection, incident.id, OPS, Message(text=f"announced {incident.id}"))
    root = desk.slack.wait("ops", says("announced", incident.id))["ts"]
    outside, inside = say(desk, "outside"), say(desk, "inside", thread_ts=root)
    pin(desk, outside)
    pin(desk, inside)
    assert stands(desk, incident, inside).text == "inside"
    desk.slack.post("edit", user=MARA, channel="ops", ts=inside, text="inside, edited")
    pinning.follow(desk.services, replace(incident, channel=""))
    assert stands(desk, incident, inside).text == "inside, edited"
    assert entry(desk, incident, outside) is None


def test_guests_pin_nothing_and_other_emoji_and_channels_are_no_pins(desk: Desk, incident: Incident) -> None:
    ts = say(desk, "seen by many")
    pin(desk, ts, LEO)
    desk.slack.post("reaction", user=JONAS, channel="ops", ts=ts, name="eyes")
    other = desk.slack.post("message", user=MARA, channel="general", text="elsewhere")["ts"]
    desk.slack.post("reaction", user=JONAS, channel="general", ts=other, name="pushpin")
    last = say(desk, "the last one")
    pin(desk, last)
    stands(desk, incident, last)
    pinning.follow(desk.services, incident)
    with desk.services.store.transaction() as connection:
        known = {each.key for each in incidents.entries(connection, incident.id)}
    assert known == {f"pin:{OPS}:{last}"}


def test_edits_and_deletions_are_followed_and_both_versions_are_kept(desk: Desk, incident: Incident) -> None:
    changed, gone = say(desk, "19:26 it began"), say(desk, "never mind")
    # Slack leaves a stone where others answered.
    say(desk, "too late", user=PRIYA, thread_ts=gone)
    for ts in (changed, gone):
        pin(desk, ts)
        stands(desk, incident, ts)
    desk.slack.post("edit", user=MARA, channel="ops", ts=changed, text="19:24 it began")
    desk.slack.post("delete", user=MARA, channel="ops", ts=gone)
    assert pinning.follow(desk.services, incident) == ""
    found, lost = entry(desk, incident, changed), entry(desk, incident, gone)
    assert found is not None
    assert lost is not None
    assert (found.text, found.edited_at is not None) == ("19:24 it began", True)
    assert (lost.text, lost.removed_at is not None) == ("never mind", True)
    assert earlier(desk, incident) == {found.key: ("19:26 it began",)}
    assert logged(desk, changed)[-1] == ("secondkey", "incident.pin-edited")
    before = len(logged(desk, changed))
    pinning.follow(desk.services, incident)
    assert len(logged(desk, changed)) == before


def test_a_pin_whose_event_was_lost_is_found_when_messages_are_read_again(
    desk: Desk, incident: Incident
) -> None:
    ts = say(desk, "nobody told the bot")
    desk.simulator.faults.lost_events = True
    pin(desk, ts)
    desk.simulator.faults.lost_events = False
    assert entry(desk, incident, ts) is None
    pinning.follow(desk.services, incident)
    assert stands(desk, incident, ts).text == "nobody told the bot"


def test_a_pin_of_somebody_whom_slack_does_not_know_counts_for_nothing_and_hides_no_other(
    desk: Desk, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def person(user: str) -> Person:
        if user == PRIYA:
            raise NotFound(f"Slack knows no user {user}")
        return known(user)

    known = desk.services.slack.person
    unknown, seen = say(desk, "by nobody"), say(desk, "by somebody")
    desk.simulator.faults.lost_events = True
    pin(desk, unknown, PRIYA)
    pin(desk, seen)
    desk.simulator.faults.lost_events = False
    with monkeypatch.context() as patch:
        patch.setattr(desk.services.slack, "person", person)
        assert pinning.follow(desk.services, incident) == ""
    assert stands(desk, incident, seen).text == "by somebody"
    assert entry(desk, incident, unknown) is None


def test_a_pin_adds_nothing_to_an_incident_that_is_closed(desk: Desk, incident: Incident) -> None:
    with desk.services.store.transaction() as connection:
        incidents.save(connection, replace(incident, stage=Stage.CLOSED, closed_at=clock(connection)))
    ts = say(desk, "too late")
    desk.simulator.faults.lost_events = True
    pin(desk, ts)
    desk.simulator.faults.lost_events = False
    pinning.reacted(desk.services, {"reaction": "pushpin", "user": JONAS, "item": {"channel": OPS, "ts": ts}})
    assert entry(desk, incident, ts) is None


def attempt(desk: Desk, incident: Incident) -> Attempt:
    with desk.services.store.transaction() as connection:
        made = operations.create(
            connection,
            kind=OperationKind.INCIDENT_CLOSE,
            database=incident.database,
            requested_by=MARA,
            request={"incident": incident.id, "channel": OPS},
        )
        claimed = operations.claim(connection, made.id)
    assert claimed is not None
    return Attempt(desk.services, claimed, lambda: False, lambda _: None)


def test_the_report_is_a_canvas_of_the_channel(desk: Desk, office: Office, incident: Incident) -> None:
    ts = say(desk, "19:26 *orders* are empty | all of them")
    pin(desk, ts)
    stands(desk, incident, ts)
    reporting.publish(attempt(desk, incident), incident)
    (canvas,) = Scripts(desk.simulator.url).get("canvases", channel="ops")
    assert canvas["title"].startswith("Incident report: projectledger, data loss")
    assert r"Mara: 19:26 orders are empty \| all of them" in canvas["markdown"]
    desk.slack.wait(
        "ops", says("Report", "canvas of this channel", f"secondkey incident report {incident.id}")
    )


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        (("canvases:write",), ("in the file above", "No canvas", "lacks the scope canvases:write")),
        (
            ("canvases:write", "files:write"),
            ("follows as messages", "lacks the scope canvases:write", "lacks the scope files:write"),
        ),
    ],
)
def test_without_a_canvas_the_report_is_a_file_else_messages_and_the_missing_scope_is_named(
    desk: Desk, office: Office, incident: Incident, lacking: tuple[str, ...], told: tuple[str, ...]
) -> None:
    granted = manifest()
    scopes = granted["oauth_config"]["scopes"]
    for name in scopes:
        scopes[name] = [scope for scope in scopes[name] if scope not in lacking]
    elsewhere = Simulator(0, None, demo_workspace().with_manifest(granted))
    elsewhere.start()
    client = web_client(elsewhere.workspace.bot_token, f"{elsewhere.url}/api/")
    made = attempt(desk, incident)
    made.services = replace(desk.services, directory=Directory(client))
    reporting.publish(made, incident)
    files = client.conversations_history(channel=OPS)["messages"]
    elsewhere.stop()
    assert [one["files"][0]["name"] for one in files] == ([f"{incident.id}.md"] if len(lacking) == 1 else [])
    desk.slack.wait("ops", says(*told, incident.id))
    if len(lacking) > 1:
        desk.slack.wait("ops", says("# Incident report", "## Timeline", incident.id))
