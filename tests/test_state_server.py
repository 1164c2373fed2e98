"""The bot's own database: started by whoever comes first, stopped by whoever leaves last."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.config import State
from bot.errors import CommandFailed
from bot.state_server import delete_state_server, settle_demo_state, state_dsn

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")
USING = """
import sys
from pathlib import Path
from bot.config import State
from bot.state_server import state_dsn
state = State.model_validate({"directory": sys.argv[1]}, context={"folder": Path("/")})
with state_dsn(state):
    print("here", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def state(passable: Path) -> Iterator[State]:
    yield in_folder(passable / "state")
    delete_state_server(passable / "state")


def in_folder(directory: Path) -> State:
    return State.model_validate({"directory": str(directory)}, context={"folder": Path("/")})


@pytest.fixture
def user(passable: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that uses the same state, a bot beside a command line for example."""
    command = [sys.executable, "-c", USING, passable / "state"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        yield process
        process.kill()


def answers(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn):
            return True
    except psycopg.OperationalError:
        return False


def keep(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (n int)")


def test_it_runs_while_it_is_used_and_keeps_what_it_was_given(state: State) -> None:
    with state_dsn(state) as dsn:
        keep(dsn)
    assert not answers(dsn)
    with state_dsn(state) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_second_user_joins_and_only_the_last_one_stops_it(
    state: State, user: subprocess.Popen[bytes]
) -> None:
    with state_dsn(state) as dsn:
        keep(dsn)
    assert answers(dsn)
    assert user.stdin is not None
    user.stdin.close()
    user.wait(30)
    assert not answers(dsn)


def test_a_killed_users_server_is_joined_and_stopped_by_the_next(
    state: State, user: subprocess.Popen[bytes]
) -> None:
    user.send_signal(signal.SIGKILL)
    user.wait(30)
    with state_dsn(state) as dsn:
        assert answers(dsn)
    assert not answers(dsn)


def test_a_failure_inside_the_block_stops_it_as_well(state: State) -> None:
    def fail() -> None:
        with state_dsn(state) as dsn:
            used.append(dsn)
            raise RuntimeError("a bug")

    used: list[str] = []
    with pytest.raises(RuntimeError, match="a bug"):
        fail()
    assert not answers(used[0])


def test_deleting_it_stops_it_and_removes_its_data(state: State) -> None:
    with state_dsn(state) as dsn:
        assert state.directory is not None
        delete_state_server(state.directory)
        assert not answers(dsn)
    assert not (state.directory / "server").exists()


@as_root
def test_records_that_must_last_are_put_into_no_temporary_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with (
        pytest.raises(CommandFailed, match="cannot enter") as raised,
        state_dsn(in_folder(tmp_path / "state")),
    ):
        pass
    assert "state.directory" in raised.value.hint
    assert "state.dsn" in raised.value.hint
    assert not list(tmp_path.rglob("server.json"))


@as_root
def test_a_demos_records_lie_in_a_private_temporary_folder_where_they_must(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settle_demo_state(tmp_path / "state")
    for _ in range(2):
        with state_dsn(in_folder(tmp_path / "state")) as dsn:
            assert answers(dsn)
    delete_state_server(tmp_path / "state")


def test_nothing_in_the_environment_leads_away_from_the_private_server(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGHOSTADDR": "127.0.0.1", "PGSERVICE": "none", "PGOPTIONS": "-c no=1"}.items():
        monkeypatch.setenv(name, value)
    with state_dsn(state) as dsn:
        assert answers(dsn)


def test_a_database_that_is_configured_is_used_as_it_is() -> None:
    dsn = "postgresql://secondkey@db.example.org/secondkey"
    with state_dsn(State.model_validate({"dsn": dsn}, context={"folder": Path("/")})) as used:
        assert used == dsn


def test_nothing_is_deleted_where_nothing_was_made(tmp_path: Path) -> None:
    delete_state_server(tmp_path / "never-made")
    assert list(tmp_path.iterdir()) == []
