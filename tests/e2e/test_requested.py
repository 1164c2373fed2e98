"""A second person is asked from a terminal: the same message, the same reactions, one approval more."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.postgres.server import Server
from tests.e2e.conftest import World
from tests.e2e.people import Message, says
from tests.e2e.terminal import secondkey
from tests.e2e.test_restore import APPROVE, guarded, protected
from tests.servers import Database

RESTORE = ("restore", "projectledger", "--reason", "users vanished")


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    with guarded(tmp_path, database, state_server) as world:
        protected(world)
        database.execute('TRUNCATE "User"')
        yield world


@contextmanager
def begun(world: World, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, waiting in a process of its own."""
    command = [sys.executable, "-m", "bot.cli", *words, "--config", str(world.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What it told on standard error until it told this."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            break
    return said


def posted(world: World) -> Message:
    return world.slack.wait("ops", says("nobody is proven to have asked", "Rows now", "2 more people"))


def approve(world: World, request: Message, person: int) -> None:
    """One of the two who may."""
    able = [person["id"] for person in world.slack.people.values() if "dba" in person["groups"]]
    world.slack.react(able[person], "ops", request, APPROVE)


def test_two_people_approve_what_a_terminal_asks_for(world: World) -> None:
    with begun(world, *RESTORE, "--json") as process:
        request = posted(world)
        said = said_until(process, "waits in #ops")
        approve(world, request, 0)
        world.slack.wait("ops", says("1 more person"))
        assert world.database.execute('SELECT count(*) FROM "User"') == [(0,)]
        approve(world, request, 1)
        output, rest = process.communicate(timeout=60)
    assert process.returncode == 0, said + rest
    result = json.loads(output)
    assert (result["state"], result["operation"]["progress"]) == ("used", "done")
    assert len(result["approved_by"]) == 2
    assert "0 of 2 approvals" in said
    assert world.database.execute('SELECT count(*) FROM "User"') == [(12,)]

    asked = secondkey(
        "restore",
        "undo",
        "projectledger",
        "--reason",
        "wrong one",
        "--no-wait",
        "--json",
        config=world.config,
    )
    assert (asked.code, asked.data["kind"], asked.data["state"]) == (5, "undo", "pending")
    shown = secondkey("request", "show", asked.data["id"], config=world.config)
    assert shown.code == 0
    assert "12 → 0" in shown.output
    assert secondkey("request", "wait", asked.data["id"], "--wait", "1s", config=world.config).code == 5
    withdrawn = secondkey("request", "withdraw", asked.data["id"], "--json", config=world.config)
    assert (withdrawn.code, withdrawn.data["state"]) == (0, "denied")
    world.slack.wait("ops", says("Withdrawn", "nothing ran"))
    ended = secondkey("request", "wait", asked.data["id"], "--json", config=world.config)
    assert (ended.code, ended.data["error"]) == (4, "approval-denied")
    again = secondkey("request", "withdraw", asked.data["id"], "--json", config=world.config)
    assert (again.code, again.data["error"]) == (4, "approval-denied")
    assert "there is nothing to withdraw" in again.data["reason"]


def test_an_interrupted_command_leaves_the_request_open(world: World) -> None:
    with begun(world, *RESTORE) as process:
        request = posted(world)
        process.send_signal(signal.SIGINT)
        output, said = process.communicate(timeout=20)
    assert process.returncode == 5
    assert "it stays open: secondkey request wait op-" in said
    assert "pending until" in output
    approve(world, request, 0)
    approve(world, request, 1)
    world.slack.wait("ops", says("Restored", "is live"))
    assert world.database.execute('SELECT count(*) FROM "User"') == [(12,)]


def test_what_the_bot_refuses_is_refused_in_the_terminal(world: World) -> None:
    missing = secondkey(
        "restore", "projectledger", "--backup", "B-20200101-000000-abcd", "--reason", "x", config=world.config
    )
    assert missing.code == 2
    nothing = secondkey("restore", "undo", "projectledger", "--reason", "x", "--json", config=world.config)
    assert (nothing.code, nothing.data["error"]) == (2, "not-found")
    drop = ("restore", "drop", "projectledger", "projectledger_aside_x", "--reason", "x", "--json")
    unkept = secondkey(*drop, config=world.config)
    assert (unkept.code, unkept.data["error"]) == (2, "not-found")
    empty = secondkey("restore", "projectledger", "--reason", " ", "--json", config=world.config)
    assert (empty.code, empty.data["error"]) == (4, "reason-missing")
