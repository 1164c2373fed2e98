"""Whose folder it is: what the demo did not make is never used, and never deleted."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.demo import supervisor
from bot.demo.folder import FOLDERS, OWN
from bot.errors import CommandFailed, NotFound, SecondkeyError
from tests import servers


@pytest.mark.parametrize("name", OWN)
def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    precious = tmp_path / name / "precious" if name in FOLDERS else tmp_path / name
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("ours")
    with pytest.raises(SecondkeyError, match=f"is no demo's folder, and holds {name}"):
        cli.demo(directory=tmp_path, port=servers.free_port(), fresh=True)
    assert precious.read_text() == "ours"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_a_killed_demo_left_for_scripts_goes_before_the_demo_itself_is_imported(tmp_path: Path) -> None:
    """Importing it takes longer than a script waits before it looks for the file."""
    (tmp_path / "demo.lock").touch()
    (tmp_path / "demo.json").touch()
    program = "import sys; sys.modules['bot.demo.supervisor'] = None; import bot.cli; bot.cli.main()"
    command = [sys.executable, "-c", program, "demo", "--directory", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert "bot.demo.supervisor" in done.stderr
    assert not (tmp_path / "demo.json").exists()


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SecondkeyError, match=f"port {port} of 127.0.0.1 cannot be used") as refused:
            cli.demo(directory=tmp_path / "demo", port=port, fresh=False)
    assert "--port" in refused.value.hint
    assert not list(tmp_path.rglob("server.json"))


def test_a_taken_port_stops_a_fresh_start_before_anything_is_deleted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for _ in range(2):
            with pytest.raises(SecondkeyError, match="cannot be used"):
                cli.demo(directory=tmp_path, port=port, fresh=True)
            (tmp_path / "backups" / "kept").touch()
    assert (tmp_path / "backups" / "kept").exists()


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SecondkeyError, match="cannot be used: Not a directory"):
        cli.demo(directory=tmp_path / "file" / "demo", port=servers.free_port(), fresh=False)


def test_a_disaster_needs_a_demo_that_runs(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no demo runs in"):
        supervisor.bring_about(tmp_path, "truncate")


def test_a_demo_that_was_killed_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(f'{{"page": "http://127.0.0.1:{servers.free_port()}"}}')
    with pytest.raises(CommandFailed, match="does not answer"):
        supervisor.bring_about(tmp_path, "truncate")
