"""An incident from the alarm to its end, in a running bot with a simulated Slack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.alerting.alert import Cause, Matter
from bot.domain.findings import Code, finding
from bot.operations.alerting.reporting import report
from bot.postgres.server import Server
from bot.store import deployments
from tests.e2e.conftest import World, running_world
from tests.e2e.people import Message, Slack, says, text_of
from tests.e2e.terminal import secondkey
from tests.servers import Database
from tests.waiting import until

SECTIONS = """
[incidents]
invite = ["@engineering"]
stakeholders = ["general"]
"""
LOST = finding(Code.ROWS_ZERO, "User", "12 → 0", "stop traffic")
CAUSE = Cause(matter=Matter.DATA, database="projectledger")


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    database.execute('CREATE TABLE "User" (id int); INSERT INTO "User" SELECT generate_series(1, 12)')
    database.execute('CREATE TABLE "Plan" (id int); INSERT INTO "Plan" SELECT generate_series(1, 3)')
    with running_world(tmp_path, database, state_server, database.dsn, sections=SECTIONS) as world:
        yield world


def channel_of(slack: Slack) -> str:
    """The name of the incident's channel, once there is one."""
    found: list[str] = []

    def look() -> bool:
        found[:] = [each["name"] for each in slack.get("channels") if each["name"].startswith("inc-")]
        return bool(found)

    until(look, limit=20)
    return found[0]


def pinned(slack: Slack, channel: str) -> list[Message]:
    return [each for each in slack.messages(channel) if each.get("pinned_to") or each.get("pinned_info")]


def frozen(world: World) -> bool:
    with world.services.store.transaction() as connection:
        return deployments.frozen(connection, "projectledger") is not None


def test_a_loss_is_carried_from_its_alarm_to_its_report(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = world.slack
    mara, jonas = (slack.people[name]["id"] for name in ("Mara", "Jonas"))
    slack.command(mara, "ops", "/backup", "projectledger")
    slack.wait("ops", says("restore-tested"))
    slack.command(mara, "ops", "/verify", "accept projectledger")
    slack.wait("ops", says("Accepted"))
    world.database.execute('TRUNCATE "User"')
    report(world.services, CAUSE, [LOST], sure="counted just now")
    channel = channel_of(slack)
    slack.wait(channel, says("Evidence", "12 → 0", "Prepare restore", "B-"))
    assert channel.endswith("-projectledger-data-loss")
    assert frozen(world)
    slack.wait("incidents", says("Incident · projectledger", "data is missing: User"))
    until(lambda: any("Incident · projectledger" in text_of(each) for each in pinned(slack, channel)))

    # From here on nobody needs to wait for the pace that Slack allows.
    monkeypatch.setattr("bot.store.outbox.CHANNEL_PACE", 0.05)
    monkeypatch.setattr("bot.store.outbox.MESSAGE_PACE", 0.05)
    slack.command(mara, channel, "/incident", "role lead @Jonas")
    slack.wait(channel, says("lead", jonas))
    seen = slack.post("message", user=jonas, channel=channel, text="19:26 the lists are empty")["ts"]
    slack.post("reaction", user=mara, channel=channel, ts=seen, name="pushpin")
    slack.command(mara, channel, "/incident", "note projectledger shows empty lists")
    slack.wait(channel, says("projectledger shows empty lists", "Noted by"))
    slack.command(mara, channel, "/incident", "update we are restoring")
    for place in (channel, "incidents", "general"):
        slack.wait(place, says("Status update", "we are restoring"))
    slack.command(mara, channel, "/incident", "close it is over")
    slack.wait(channel, says("Incident not closed", "data is still missing", "rows.zero"))
    assert frozen(world)
    slack.post("edit", user=jonas, channel=channel, ts=seen, text="19:24 the lists are empty")

    world.database.execute('INSERT INTO "User" SELECT generate_series(1, 12)')
    assert secondkey("incident", "note", "Jonas types them in", config=world.config).code == 0
    slack.wait(channel, says("Jonas types them in", "cli:"))
    closed = secondkey("incident", "close", "the rows were typed in again", "--json", config=world.config)
    assert (closed.code, closed.data["stage"], closed.data["roles"]) == (0, "closed", {"lead": jonas})
    slack.wait(channel, says("Closed", "the rows were typed in again", "let through again"))
    slack.wait("incidents", says("Incident closed", "the rows were typed in again"))
    slack.wait(channel, says("Report", "canvas"))
    assert not frozen(world)
    report_of = secondkey("incident", "report", closed.data["id"], config=world.config).output
    assert "shows empty lists" in report_of
    assert "alert: rows.zero" in report_of
    assert "19:24 the lists are empty (edited; before: “19:26 the lists are empty”)" in report_of
    (canvas,) = slack.get(f"canvases?channel={channel}")
    assert "Led by Jonas" in canvas["markdown"]
    assert "19:24 the lists are empty (edited; before: “19:26" in canvas["markdown"]
