"""The runbook's first move from end to end: one person keeps everybody away, two let them back to ruins."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.postgres.server import Server
from tests.e2e.conftest import World
from tests.e2e.people import says, text_of
from tests.e2e.terminal import secondkey
from tests.e2e.test_restore import APPROVE, guarded, protected
from tests.servers import Database


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    with guarded(tmp_path, database, state_server) as world:
        yield world


def test_one_person_stops_traffic_and_two_start_it_on_a_blocked_database(world: World) -> None:
    slack = world.slack
    asker, second = protected(world)
    world.database.execute('TRUNCATE "User"')

    slack.command(asker, "ops", "/traffic", "stop users vanish")
    stopped = slack.wait("ops", says("Traffic stopped", "Nobody is in it now", "users vanish"))
    assert "/traffic start projectledger" in text_of(stopped)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(world.database.dsn)
    slack.command(asker, "ops", "/verify")
    slack.wait("ops", says("Blocked", "rows.zero", "Traffic is stopped by the fence"))
    slack.command(asker, "ops", "/traffic", "status")
    slack.wait("ops", says("Traffic is stopped: projectledger"), as_user=asker)
    (status,) = secondkey("traffic", "--json", config=world.config).data
    assert (status["stopped"]["by"], status["stopped"]["fenced"], status["inside"]) == (asker, True, [])

    slack.command(asker, "ops", "/traffic", "start we live with it")
    request = slack.wait("ops", says("Start of traffic requested", "verdict is *block*"))
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(world.database.dsn)
    slack.react(second, "ops", request, APPROVE)
    started = slack.wait("ops", says("Traffic started", "we live with it"))
    assert started["ts"] == request["ts"]
    assert world.database.execute('SELECT count(*) FROM "User"') == [(0,)]


def test_a_terminal_needs_one_approval_more_and_nobody_where_all_is_well(world: World) -> None:
    protected(world)
    stopped = secondkey("traffic", "stop", "projectledger", "looks", "odd", config=world.config)
    assert (stopped.code, "stopped by the fence: nobody gets in" in stopped.output) == (0, True), stopped
    started = secondkey("traffic", "start", "all", "is", "well", config=world.config)
    assert (started.code, "not stopped by Secondkey" in started.output) == (0, True), started

    world.database.execute('TRUNCATE "User"')
    asked = secondkey("traffic", "start", "we live with it", "--no-wait", "--json", config=world.config)
    assert (asked.code, asked.data["kind"], asked.data["needed"]) == (5, "traffic-start", 2), asked
    world.slack.wait("ops", says("nobody is proven to have asked", "verdict is *block*"))
