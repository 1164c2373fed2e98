"""`/deploy` in Slack while the whole bot runs: one message, from the gate to the report."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.postgres.server import Server
from tests.e2e.conftest import TABLES, World, running_world
from tests.e2e.people import Message, says, text_of
from tests.e2e.terminal import secondkey
from tests.e2e.test_restore import APPROVE, guarded
from tests.servers import Database

MARA, JONAS, PRIYA = "U00000001", "U00000002", "U00000003"
NAME = "projectledger"


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    database.execute(TABLES)
    with running_world(tmp_path, database, state_server, database.dsn) as world:
        world.slack.command(PRIYA, "ops", "/verify", "accept")
        world.slack.wait("ops", says("Accepted", "Marker"))
        yield world


def pictures(message: Message) -> list[tuple[Message, Message]]:
    """Each reply with each of its files."""
    return [(reply, each) for reply in message.get("replies", ()) for each in reply.get("files", ())]


def test_a_deployment_is_one_message_from_the_gate_to_the_tested_application(world: World) -> None:
    slack = world.slack
    slack.command(PRIYA, "ops", "/deploy", "start v1.4.0")
    opened = slack.wait("incidents", says("Clear to deploy", "v1.4.0", "☑ backup"))
    slack.command(MARA, "ops", "/deploy", "start v1.5.0")
    slack.wait("ops", says("v1.4.0 has its window open"), as_user=MARA)
    world.database.execute("CREATE TABLE vat (id int)")
    slack.command(PRIYA, "ops", "/deploy", "status")
    slack.wait("ops", says("v1.4.0", "open"), as_user=PRIYA)
    slack.command(PRIYA, "ops", "/deploy", "finish")
    closed = slack.wait("incidents", says("Deployed", "new → 0", "TABLE public.vat"))
    assert closed["ts"] == opened["ts"]
    slack.react(MARA, "incidents", closed, APPROVE)
    slack.wait("incidents", says(f"☑ application tested (<@{MARA}>)"))
    slack.command(PRIYA, "ops", "/deploy", "finish")
    slack.wait("ops", says("no deployment window", "v1.4.0, is closed"), as_user=PRIYA)
    slack.command(PRIYA, "ops", "/deploy", "history")
    slack.wait("ops", says("v1.4.0", "closed", "clear"), as_user=PRIYA)


def test_the_second_report_has_a_chart_of_both_in_its_thread(world: World) -> None:
    slack = world.slack
    for release in ("v1.4.0", "v1.5.0"):
        slack.command(PRIYA, "ops", "/deploy", f"start {release}")
        slack.wait("incidents", says("Clear to deploy", release))
        world.database.execute("""INSERT INTO "User" (name) VALUES ('one more')""")
        slack.command(PRIYA, "ops", "/deploy", "finish")
        slack.wait("incidents", says("Deployed", release))
    charted = slack.wait("incidents", lambda message: bool(pictures(message)))
    assert says("Deployed", "v1.5.0")(charted)
    ((reply, picture),) = pictures(charted)
    assert picture["title"] == f"rows of {NAME} over the last 2 deployments"
    assert "After v1.5.0: User 14" in picture["alt_txt"]
    assert "no table fell" in text_of(reply)
    with urlopen(f"{slack.url}{picture['url_private']}") as found:
        assert found.read().startswith(b"\x89PNG")
    others = [message for message in slack.messages("incidents") if message["ts"] != charted["ts"]]
    assert not any(pictures(message) for message in others)


def test_the_incident_is_blocked_until_two_people_say_that_it_is_meant(world: World) -> None:
    slack = world.slack
    slack.command(PRIYA, "ops", "/backup")
    slack.wait("ops", says("restore-tested"))
    world.database.execute('TRUNCATE "User"')
    slack.command(PRIYA, "ops", "/deploy", "start v1.3.0")
    blocked = slack.wait("incidents", says("Blocked", "rows.zero", "12 → 0"))
    slack.tap(PRIYA, "incidents", blocked, "deploy_override")
    world.slack.fill_in(PRIYA, "they were purged")
    asked = slack.wait("ops", says("Override requested", "v1.3.0", "they were purged", "✅ approve"))
    slack.react(PRIYA, "ops", asked, APPROVE)
    slack.wait(PRIYA, says("does not count"), as_user=PRIYA)
    slack.react(JONAS, "ops", asked, APPROVE)
    slack.wait("ops", says("may begin", "once"))
    slack.command(PRIYA, "ops", "/deploy", "start v1.3.0")
    opened = slack.wait("incidents", says("Overridden", f"<@{JONAS}>"))
    slack.command(PRIYA, "ops", "/deploy", "abort it was a test")
    ended = slack.wait("incidents", says("Aborted", "it was a test", "It was overridden"))
    assert ended["ts"] == opened["ts"]


def test_the_bot_alarms_by_itself_and_the_alarm_leads_to_a_restore(
    tmp_path: Path, database: Database, state_server: Server
) -> None:
    with guarded(tmp_path, database, state_server) as world:
        slack = world.slack
        slack.command(PRIYA, "ops", "/verify", "accept")
        slack.wait("ops", says("Accepted"))
        slack.command(PRIYA, "ops", "/deploy", "start v1.4.0")
        slack.wait("incidents", says("Clear to deploy", "v1.4.0"))
        world.database.execute('TRUNCATE "User"')
        alarm = slack.wait("incidents", says("data is missing", "before v1.4.0", "12 → 0"))
        slack.tap(PRIYA, "incidents", alarm, "restore_this")
        world.slack.fill_in(PRIYA, "v1.4.0 emptied it")
        asked = slack.wait("ops", says("Restore requested", "v1.4.0 emptied it", "✅ approve"))
        slack.react(JONAS, "ops", asked, APPROVE)
        slack.wait("ops", says("Restored"))
        slack.wait("incidents", says("Ended by a restore", "v1.4.0"))
        assert database.execute('SELECT count(*) FROM "User"') == [(12,)]


def test_a_pipeline_and_the_bot_tell_one_story(world: World) -> None:
    done = secondkey("deploy", "v1.4.0", "--json", "--", "echo", "applied", config=world.config)
    assert (done.code, done.data["ran"]) == (0, True), done.errors
    world.slack.wait("incidents", says("Deployed", "v1.4.0", "command took"))
    world.slack.wait("incidents", lambda message: "applied" in str(message.get("replies")))


def test_while_slack_is_away_the_gate_decides_and_its_messages_follow(world: World) -> None:
    world.simulator.faults.rate_limit("chat.postMessage", times=10_000)
    done = secondkey("deploy", "v1.4.0", "--json", "--", "true", config=world.config)
    assert (done.code, done.data["light"], done.data["stage"]) == (0, "clear", "closed"), done.errors
    world.database.execute('TRUNCATE "User"')
    assert secondkey("deploy", "v1.5.0", "--json", "--", "true", config=world.config).code == 3
    assert not world.slack.messages("incidents")
    world.simulator.faults.rate_limit("chat.postMessage", times=0)
    world.slack.wait("incidents", says("Deployed", "v1.4.0"))
    world.slack.wait("incidents", says("Blocked", "v1.5.0", "rows.zero"))


def test_a_freeze_is_one_persons_and_told_where_incidents_are(world: World) -> None:
    slack = world.slack
    slack.command(PRIYA, "ops", "/deploy", "freeze we look for the cause")
    slack.wait("incidents", says("Frozen", "we look for the cause"))
    slack.command(PRIYA, "ops", "/deploy", "start v1.4.0")
    slack.wait("incidents", says("Blocked", "Frozen", "v1.4.0"))
    slack.command(PRIYA, "ops", "/deploy", "thaw found it")
    slack.wait("incidents", says("let through again"))
