"""A kill at any moment: whatever was answered is still there."""

import signal
import subprocess
import sys
from pathlib import Path

from bot.slack.manifest import manifest
from tests.simulator.scripts import Scripts

PROGRAM = """
import sys
from pathlib import Path
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
simulator = Simulator(0, Path(sys.argv[1]), demo_workspace())
simulator.start()
print(simulator.url, flush=True)
sys.stdin.read()
"""


def launch(folder: Path) -> tuple["subprocess.Popen[str]", Scripts]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Scripts(process.stdout.readline().strip())


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_was_answered_survives_being_killed(tmp_path: Path) -> None:
    folder, sent = tmp_path / "slack", []
    for number in range(3):
        process, scripts = launch(folder)
        sent += [
            scripts.post("message", user="Mara", channel="ops", text=f"{number}")["ts"] for _ in range(5)
        ]
        scripts.post("reaction", user="Jonas", channel="ops", ts=sent[-1], name="eyes")
        kill(process)
    process, scripts = launch(folder)
    found = scripts.messages("ops")
    kill(process)
    assert [message["ts"] for message in found] == sent == sorted(set(sent), key=float)
    assert [bool(message["reactions"]) for message in found] == [False, False, False, False, True] * 3


def test_alone_it_prints_how_to_join_and_ends_by_sigterm(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "simulator", "--port", "0", "--directory", str(tmp_path / "slack")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(6)]
    url = lines[1].split()[-1]
    installed = [one["command"] for one in manifest()["features"]["slash_commands"]]
    assert [one["command"] for one in Scripts(url).get("commands")] == installed
    assert "xoxb-" in "".join(lines)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0
