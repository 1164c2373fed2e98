"""Servers of our own: started, adopted, ended, and removed without touching anything that is not theirs."""

import json
from pathlib import Path

import pytest

from bot.errors import CommandFailed
from bot.postgres.installation import Installation, embedded
from bot.postgres.server import Server


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with something in it that nobody may remove."""
    folder = tmp_path / "working-directory"
    folder.mkdir()
    (folder / "precious").write_text("ours")
    monkeypatch.chdir(folder)
    return folder


def broken_programs(folder: Path) -> Installation:
    """A set of programs whose initdb fails."""
    folder.mkdir()
    for name in ("initdb", "postgres", "pg_dump", "pg_restore"):
        (folder / name).write_text("#!/bin/sh\necho no >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    folder.chmod(0o755)
    return Installation(directory=folder, version=embedded().version)


def test_removing_a_server_that_never_started_leaves_the_working_directory_alone(
    elsewhere: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path / "server", broken_programs(tmp_path / "bin"), durable=False)
    with pytest.raises(CommandFailed, match="no PostgreSQL data could be made"):
        server.start()
    server.stop()
    server.delete()
    assert (elsewhere / "precious").read_text() == "ours"
    assert not server.directory.exists()


def test_a_folder_that_never_held_a_server_is_not_removed(elsewhere: Path) -> None:
    Server(Path(), embedded()).delete()
    assert (elsewhere / "precious").read_text() == "ours"


@pytest.mark.parametrize("place", ["", ".", "data", "/"])
def test_a_damaged_note_of_places_is_refused_and_nothing_is_removed(
    elsewhere: Path, tmp_path: Path, place: str
) -> None:
    server = Server(tmp_path / "server", embedded())
    server.directory.mkdir()
    (server.directory / "server.json").write_text(json.dumps({"data": place, "sockets": place}))
    for act in (server.start, server.stop, server.delete):
        with pytest.raises(CommandFailed, match="does not say where the server's data lies"):
            act()
    assert (elsewhere / "precious").read_text() == "ours"
