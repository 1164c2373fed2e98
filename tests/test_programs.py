"""The one place where programs start: what they get, how they end, and that nothing of them is left."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot import programs
from bot.errors import CommandFailed
from bot.programs import Account, Stopped
from tests.waiting import until

NOBODY = Account(uid=65534, gid=65534)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start programs as somebody else")


def alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def sh(script: str) -> list[str | Path]:
    return ["sh", "-c", script]


def started_by(program: programs.Running) -> int:
    """The number that the program printed first."""
    return int(os.read(program.stdout.fileno(), 100))


def test_output_errors_and_exit_code_come_back() -> None:
    done = programs.run(sh("echo out; echo err >&2; exit 3"), timeout=10)
    assert (done.code, done.stdout, done.stderr) == (3, "out\n", "err")


def test_a_program_killed_by_a_signal_has_a_negative_code() -> None:
    assert programs.run(sh("kill -9 $$"), timeout=10).code == -signal.SIGKILL


def test_nothing_of_our_environment_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDKEY_SLACK__BOT_TOKEN", "xoxb-secret")
    done = programs.run(["env"], timeout=10)
    assert "SECONDKEY" not in done.stdout
    assert "LC_ALL=C.UTF-8" in done.stdout


def test_much_output_does_not_block() -> None:
    assert len(programs.run(sh("head -c 3000000 /dev/zero"), timeout=10).stdout) == 3_000_000


@pytest.mark.parametrize("missing", ["no-such-program", "/nowhere/pg_dump"])
def test_a_program_that_is_not_there_is_named(missing: str) -> None:
    with pytest.raises(CommandFailed, match=f"^{missing} cannot be started"):
        programs.run([missing], timeout=10)


def test_a_file_that_is_no_program_is_named(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").touch(mode=0o644)
    with pytest.raises(CommandFailed, match="pg_dump cannot be started: it is not there, or not executable"):
        programs.run([tmp_path / "pg_dump"], timeout=10)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"true cannot be started: .*gone"):
        programs.run(["true"], timeout=10, cwd=tmp_path / "gone")


def test_the_time_limit_ends_a_program_and_keeps_its_last_words() -> None:
    with pytest.raises(CommandFailed, match="sh did not finish within 0 s and was ended") as raised:
        programs.run(sh("echo stuck >&2; sleep 60"), timeout=0.3)
    assert raised.value.hint == "stuck"


def test_a_stop_ends_a_program_and_its_children() -> None:
    with programs.running(sh("sleep 60 & echo $!; wait")) as program:
        child = started_by(program)
        with pytest.raises(Stopped, match="sh was stopped"):
            program.wait(timeout=10, should_stop=lambda: True)
        until(lambda: not alive(child))


def test_what_a_finished_program_left_running_is_ended() -> None:
    with programs.running(sh("sleep 60 & echo $!")) as program:
        child = started_by(program)
        assert program.wait(timeout=10) == 0
        until(lambda: not alive(child))


def test_leaving_the_block_by_an_exception_ends_the_program() -> None:
    def fail() -> None:
        with programs.running(sh("echo $$; sleep 60")) as program:
            numbers.append(started_by(program))
            raise RuntimeError("the disk is full")

    numbers: list[int] = []
    with pytest.raises(RuntimeError, match="the disk is full"):
        fail()
    until(lambda: not alive(numbers[0]))


def test_the_errors_can_be_read_while_the_program_writes_them() -> None:
    script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2"
    with programs.running(sh(script)) as program:
        while program.process.poll() is None:
            program.stderr_tail(50)
        said = program.stderr_tail(1_000_000).splitlines()
    assert said == [f"line {number}" for number in range(20_000)]


def test_a_program_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = (
        "from bot import programs\nimport os\n"
        "with programs.running(['sh', '-c', 'echo $$; exec sleep 60']) as program:\n"
        "    print(int(os.read(program.stdout.fileno(), 100)), flush=True)\n"
        "    program.wait(timeout=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        number = int(starter.stdout.readline())
        assert alive(number)
        starter.kill()
    until(lambda: not alive(number))


def test_a_program_that_its_thread_awaits_lives_as_long_as_it_needs() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(programs.run(sh("sleep 0.3"), timeout=10).code))
    thread.start()
    thread.join()
    assert codes == [0]


def test_a_server_outlives_the_thread_that_started_it() -> None:
    servers: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: servers.append(programs.spawn_server(["sleep", "60"])))
    thread.start()
    thread.join()
    (server,) = servers
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(0.3)
        assert os.getsid(server.pid) == server.pid
    finally:
        server.kill()
        server.wait()


def test_what_a_server_says_goes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    for _ in range(2):
        programs.spawn_server(sh("echo ready; echo trouble >&2"), log=log).wait(10)
    assert log.read_text() == "ready\ntrouble\n" * 2


@as_root
def test_another_account_has_no_rights_of_ours() -> None:
    done = programs.run(sh("id -u; id -G; cat /etc/shadow"), timeout=10, account=NOBODY)
    assert done.code != 0
    assert done.stdout == "65534\n65534\n"


@as_root
def test_servers_run_as_an_account_without_privileges_when_we_are_root() -> None:
    account = programs.unprivileged_account()
    assert account is not None
    assert account.uid not in (0, os.geteuid())
