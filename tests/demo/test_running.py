"""`secondkey demo` as people start it: a process of its own, with everything that it starts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError

import pytest

from bot import cli
from bot.config import load
from bot.errors import SecondkeyError
from tests import servers
from tests.demo.conftest import ask
from tests.demo.processes import processes_of, servers_of, sockets_of
from tests.e2e.people import Slack
from tests.e2e.terminal import Finished, secondkey
from tests.terminals import Terminal, terminal
from tests.waiting import until

#: How long it may take to end, in seconds.
END = 20


class Demo:
    """One folder, and the demo that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = servers.free_port()
        self.output = folder.with_name("output")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def _command(self) -> list[str | Path]:
        return [*COMMAND, "--directory", self.folder, "--port", str(self.port)]

    @property
    def joined(self) -> dict[str, Any]:
        """What demo.json says."""
        content: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return content

    def start(self, *more: str) -> None:
        """Start it, and wait until it is ready."""
        self.begin(*more)
        until(self._ready, limit=60)

    def begin(self, *more: str) -> None:
        """Start it in a process group of its own, and wait for nothing."""
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [*self._command, *more], stdout=output, stderr=output, start_new_session=True
            )

    def start_in(self, terminal: Terminal) -> None:
        """Start it, and wait until it is ready."""
        self._process = terminal.start(self._command)
        until(lambda: terminal.shows("--fresh begins anew"), limit=60)

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        assert self._process is not None
        return self._process.wait(END)

    def signal(self, number: signal.Signals) -> int:
        """Send a signal to the whole process group, and wait; returns the exit code."""
        assert self._process is not None
        if self.runs:
            os.killpg(self._process.pid, number)
        return self.end()

    def disaster(self, kind: str) -> Finished:
        return secondkey("demo", "disaster", kind, "--directory", str(self.folder))

    def _ready(self) -> bool:
        assert self.runs, self.output.read_text()
        return "is ready" in self.output.read_text()


COMMAND = (sys.executable, "-m", "bot.cli", "demo")
USERS = 'SELECT count(*) FROM "User"'


@pytest.fixture(scope="module")
def only() -> Iterator[Demo]:
    """The one demo of this module, in a folder that the servers' account can enter."""
    with TemporaryDirectory(prefix="secondkey-demo-") as place:
        Path(place).chmod(0o711)
        made = Demo(Path(place) / "demo")
        made.start()
        yield made
        made.signal(signal.SIGTERM)
        assert not processes_of(made.folder)


@pytest.fixture
def demo(only: Demo) -> Demo:
    """That one at work."""
    if not only.runs:
        only.start()
    return only


@pytest.fixture
def ended(only: Demo) -> Demo:
    """That one at rest."""
    only.signal(signal.SIGTERM)
    return only


def test_demo_json_comes_last_and_names_what_answers(demo: Demo) -> None:
    joined = demo.joined
    assert set(joined) == {"page", "api", "database", "config"}
    assert joined["page"] == f"http://127.0.0.1:{demo.port}"
    assert joined["api"] == f"{joined['page']}/api/"
    assert ask(joined["database"], USERS) == [(1_204,)]
    assert Path(joined["config"]) == demo.folder / "secondkey.toml"
    assert "projectledger" in load(Path(joined["config"]), {}, need_slack=True).databases
    files = [path for path in demo.folder.iterdir() if path.is_file()]
    newest = max(files, key=lambda path: path.stat().st_mtime_ns)
    assert newest.name == "demo.json"
    assert newest.stat().st_mode & 0o777 == 0o600


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo) -> None:
    before = demo.joined
    with pytest.raises(SecondkeyError, match="a demo already runs"):
        cli.demo(directory=demo.folder, port=servers.free_port(), fresh=True)
    assert demo.joined == before


def test_disasters_happen_from_the_command_line_and_refusals_are_told_with_a_hint(demo: Demo) -> None:
    assert demo.disaster("drop-table").code == 0
    assert ask(demo.joined["database"], """SELECT to_regclass('"Payment"')""") == [(None,)]
    again = demo.disaster("drop-table")
    assert again.code == 1
    assert 'error: there is no table "Payment"\nhint: ' in again.errors
    assert demo.disaster("earthquake").code == 2
    with pytest.raises(HTTPError) as refused:
        Slack(demo.joined["page"]).post("disaster", kind="drop-table")
    assert 400 <= refused.value.code < 500
    assert set(json.load(refused.value)) == {"ok", "error", "hint"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_no_process_and_no_socket(demo: Demo, number: signal.Signals) -> None:
    sockets = sockets_of(demo.folder)
    assert demo.signal(number) == 0
    assert not (demo.folder / "demo.json").exists()
    assert not processes_of(demo.folder)
    assert not any(path.exists() for path in sockets)


def test_a_closed_terminal_ends_it_and_leaves_no_process_and_no_socket(ended: Demo) -> None:
    with terminal() as window:
        ended.start_in(window)
        sockets = sockets_of(ended.folder)
    assert ended.end() == 0
    assert not processes_of(ended.folder)
    assert not any(path.exists() for path in sockets)


def test_a_signal_while_it_starts_ends_it_as_well(ended: Demo) -> None:
    ended.begin()
    until(lambda: servers_of(ended.folder))
    assert ended.signal(signal.SIGTERM) == 0
    assert not processes_of(ended.folder)


def test_after_sigkill_of_the_whole_group_it_adopts_its_servers_and_finds_the_same(demo: Demo) -> None:
    joined, slack = demo.joined, Slack(demo.joined["page"])
    slack.command(slack.one(), "ops", "/verify")
    # Its detail is what is delivered last.
    slack.wait("ops", lambda message: "in detail" in str(message.get("replies")))
    ask(joined["database"], """UPDATE "Plan" SET "name" = 'Kept' WHERE "name" = 'Solo'""")
    before, left = slack.messages("ops"), servers_of(demo.folder)

    demo.signal(signal.SIGKILL)
    assert servers_of(demo.folder) == left
    assert len(left) == 2
    assert (demo.folder / "demo.json").exists()
    demo.start()
    assert demo.joined == joined
    assert servers_of(demo.folder) == left
    assert Slack(joined["page"]).people == slack.people
    assert slack.messages("ops") == before
    assert ask(joined["database"], """SELECT count(*) FROM "Plan" WHERE "name" = 'Kept'""") == [(1,)]


def test_fresh_begins_anew_after_a_kill_and_leaves_alone_what_is_not_the_demos(demo: Demo) -> None:
    before = {message["ts"] for message in Slack(demo.joined["page"]).messages("ops")}
    ask(demo.joined["database"], 'TRUNCATE "User" CASCADE')
    left, sockets = servers_of(demo.folder), sockets_of(demo.folder)
    (demo.folder / "notes").write_text("mine")
    demo.signal(signal.SIGKILL)
    demo.start("--fresh")
    assert not any(Path(f"/proc/{pid}").exists() for pid in left)
    assert not any(path.exists() for path in sockets)
    assert ask(demo.joined["database"], USERS) == [(1_204,)]
    assert not before & {message["ts"] for message in Slack(demo.joined["page"]).messages("ops")}
    assert (demo.folder / "notes").read_text() == "mine"
