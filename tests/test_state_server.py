"""The bot's own database: started by whoever comes first, stopped by whoever leaves last."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.config import State
from bot.state_server import delete_state_server, state_dsn

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
def state(tmp_path: Path) -> Iterator[State]:
    yield State.model_validate({"directory": str(tmp_path / "state")}, context={"folder": tmp_path})
    delete_state_server(tmp_path / "state")


@pytest.fixture
def user(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that uses the same state, a bot beside a command line for example."""
    command = [sys.executable, "-c", USING, tmp_path / "state"]
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


def test_a_database_that_is_configured_is_used_as_it_is() -> None:
    dsn = "postgresql://secondkey@db.example.org/secondkey"
    with state_dsn(State.model_validate({"dsn": dsn}, context={"folder": Path("/")})) as used:
        assert used == dsn


def test_nothing_is_deleted_where_nothing_was_made(tmp_path: Path) -> None:
    delete_state_server(tmp_path / "never-made")
    assert list(tmp_path.iterdir()) == []
