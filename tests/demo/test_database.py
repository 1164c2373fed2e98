"""The demo's server: stopped, started, adopted, moved to another port, and gone with its folder."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.demo.database import DemoDatabase
from bot.errors import CommandFailed
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from tests.demo.conftest import ask, cluster, rows
from tests.demo.processes import data_of, servers_of, sockets_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDatabase]:
    """A database that the tests of this module share, and stop and start as they need."""
    made = DemoDatabase(tmp_path_factory.mktemp("demo"))
    yield made
    made.delete()


@pytest.fixture
def database(home: DemoDatabase) -> DemoDatabase:
    """That one at work."""
    home.start()
    return home


@pytest.fixture
def folder(database: DemoDatabase) -> Path:
    """Its demo's folder."""
    return database.migrations.parents[1]


def test_stopping_leaves_no_process_and_no_socket_and_the_data_is_there_again(
    database: DemoDatabase, folder: Path
) -> None:
    ask(database.owner_dsn, """UPDATE "Plan" SET "name" = 'Kept' WHERE "name" = 'Solo'""")
    dsn, sockets = database.owner_dsn, sockets_of(folder)
    database.stop()
    assert not servers_of(folder)
    assert not any(path.exists() for path in sockets)
    database.start()
    assert database.owner_dsn == dsn
    assert ask(dsn, """SELECT count(*) FROM "Plan" WHERE "name" = 'Kept'""") == [(1,)]


def test_a_server_that_a_killed_demo_left_is_adopted_and_can_be_stopped(
    database: DemoDatabase, folder: Path
) -> None:
    left = servers_of(folder)
    successor = DemoDatabase(folder)
    successor.start()
    assert servers_of(folder) == left
    assert len(left) == 1
    assert rows(successor, "User") == 1_204
    successor.stop()
    assert not servers_of(folder)
    database.stop()


def test_a_taken_port_is_left_to_whoever_has_it(database: DemoDatabase) -> None:
    before = database.owner_dsn
    port = int(psycopg.conninfo.conninfo_to_dict(before)["port"] or 0)
    database.stop()
    with socket.create_server(("127.0.0.1", port)):
        database.start()
    assert database.owner_dsn != before
    assert rows(database, "User") == 1_204
    assert ask(database.reader_dsn, 'SELECT count(*) FROM "User"') == [(1_204,)]


def test_nothing_can_be_done_to_a_database_that_does_not_run(database: DemoDatabase) -> None:
    database.stop()
    with pytest.raises(CommandFailed, match="does not run"), database.acting():
        pass


def test_data_that_is_lost_is_not_made_anew_unasked(database: DemoDatabase, folder: Path) -> None:
    database.stop()
    (data,) = data_of(folder)
    away = data.rename(data.with_name("away"))
    with pytest.raises(CommandFailed, match="is gone from") as refused:
        database.start()
    assert "--fresh" in refused.value.hint
    away.rename(data)
    database.start()
    assert rows(database, "User") == 1_204


def test_what_an_interrupted_replacement_left_is_removed(database: DemoDatabase, folder: Path) -> None:
    database.stop()
    half = Server(folder / "database" / "server-2", embedded(), may_be_lost=True)
    half.start()
    database.start()
    half.stop()
    assert not half.directory.exists()
    assert len(servers_of(folder)) == 1
    assert rows(database, "User") == 1_204


def test_deleting_the_folder_by_hand_begins_anew_and_leaves_no_server(
    database: DemoDatabase, folder: Path
) -> None:
    lost, orphans, sockets = cluster(database), servers_of(folder), sockets_of(folder)
    shutil.rmtree(folder)
    folder.mkdir(mode=0o711)
    successor = DemoDatabase(folder)
    successor.start()
    assert not any(Path(f"/proc/{pid}").exists() for pid in orphans)
    assert not any(path.exists() for path in sockets)
    assert cluster(successor) != lost
    assert rows(successor, "User") == 1_204
    successor.stop()
    database.stop()


def test_deleting_removes_servers_and_nothing_else(tmp_path: Path) -> None:
    precious = tmp_path / "database" / "server-1" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("ours")
    DemoDatabase(tmp_path).delete()
    assert precious.read_text() == "ours"


def test_the_working_directory_is_never_taken_for_the_demos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "precious").write_text("ours")
    monkeypatch.chdir(tmp_path)
    DemoDatabase(Path()).delete()
    assert (tmp_path / "precious").read_text() == "ours"
