"""A bot that starts, whatever is missing, says so, and ends as soon as nothing runs."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError

import pytest

from bot.app import running_bot
from bot.config import load
from bot.operations import facts, housekeeping, observing
from bot.operations.observing import Reading
from bot.postgres import installation
from bot.slack.connection import web_client
from bot.slack.directory import Directory
from bot.startup import report
from tests import servers
from tests.e2e.conftest import World
from tests.terminals import terminal
from tests.waiting import until


def directory_of(world: World) -> Directory:
    """What remembers nothing yet."""
    return Directory(web_client(world.simulator.workspace.bot_token, f"{world.simulator.url}/api/"))


def answers(url: str) -> bool:
    """Whether a probe is told that all is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["reasons"] == []
    except HTTPError:
        return False


def test_a_bot_without_work_answers_probes_and_ends_without_waiting_for_anything(world: World) -> None:
    begun, listen = 0.0, f"127.0.0.1:{servers.free_port()}"
    world.config.write_text(world.config.read_text() + f'[http]\nlisten = "{listen}"\n')
    with running_bot(load(world.config, {}, need_slack=True), pytest.fail):
        until(lambda: world.simulator.connections == 4)
        until(lambda: answers(f"http://{listen}/readyz"))
        assert answers(f"http://{listen}/healthz")
        with urllib.request.urlopen(f"http://{listen}/metrics", timeout=5) as answer:
            assert b"secondkey_slack_connections 2.0" in answer.read()
        begun = time.monotonic()
    # The least that a part waits for an answer that does not come is longer, on a busy machine, too.
    assert time.monotonic() - begun < 5


def test_the_service_says_what_it_resolved_and_ends_when_it_is_asked_to(world: World, tmp_path: Path) -> None:
    with (tmp_path / "said").open("w") as said, (tmp_path / "logged").open("w") as logged:
        bot = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "run", "--config", str(world.config)],
            stdout=said,
            stderr=logged,
        )
        try:
            until(lambda: "may approve: @dba = Mara" in (tmp_path / "said").read_text(), limit=30)
            bot.send_signal(signal.SIGTERM)
            assert bot.wait(5) == 0
        finally:
            bot.kill()
            bot.wait()


def test_a_service_whose_terminal_is_closed_ends_in_order(world: World) -> None:
    with terminal() as window:
        bot = window.start([sys.executable, "-m", "bot.cli", "run", "--config", world.config])
        until(lambda: world.simulator.connections == 4, limit=30)
    try:
        assert bot.wait(5) == 0
    finally:
        bot.kill()
        bot.wait()


def test_a_channel_that_the_bot_does_not_see_keeps_it_from_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.config.with_name("signing.key.exported").unlink()
    text = world.config.read_text().replace('channel = "ops"\nbot_token', 'channel = "nowhere"\nbot_token')
    world.config.write_text(text)
    heard: list[str] = []

    def told() -> bool:
        heard.append(capsys.readouterr().out)
        return "messages to nowhere cannot be delivered" in "".join(heard)

    with running_bot(load(world.config, {}, need_slack=True), pytest.fail):
        until(told)


@pytest.mark.parametrize("method", ["conversations.info", "conversations.list", "usergroups.list"])
def test_a_slack_that_asks_to_wait_does_not_keep_the_bot_from_starting(world: World, method: str) -> None:
    services = replace(world.services, directory=directory_of(world))
    world.simulator.faults.rate_limit(method, times=1)
    said = report(services)
    assert "Slack asks to wait" in said


def test_approvers_whom_slack_does_not_name_are_not_known_rather_than_none(world: World) -> None:
    world.simulator.faults.rate_limit("usergroups.list", times=1)
    services = replace(world.services, directory=directory_of(world))
    silent = facts.policy_facts(services, "projectledger")
    assert (silent.eligible_approvers, silent.approvers_problem) == (None, "Slack asks to wait")
    assert facts.policy_facts(services, "projectledger").eligible_approvers == 2


def test_a_channel_that_slack_does_not_tell_of_is_a_problem_and_no_fault(world: World) -> None:
    world.simulator.faults.rate_limit("conversations.list", times=1)
    services = replace(world.services, directory=directory_of(world))
    problem = facts.policy_facts(services, "projectledger").channel_problem
    assert problem == "#ops could not be looked at: Slack asks to wait"


def test_without_pg_dump_of_the_servers_major_the_rest_is_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "installations", lambda _directories=(): ())
    seen = observing.observe(world.services, "projectledger", Reading(purpose="test"))
    assert seen.server.login
    assert seen.server.missing_client is not None
    assert seen.server.vulnerable_clients == ()


def test_the_reminder_of_the_key_leaves_its_channel_to_delivery(world: World) -> None:
    world.config.with_name("signing.key.exported").unlink()
    world.simulator.faults.rate_limit("conversations.list", times=1)
    housekeeping.say_what_is_left_to_do(replace(world.services, directory=directory_of(world)))
    world.slack.wait("ops", lambda message: "The signing key lies on one machine only" in message["text"])
