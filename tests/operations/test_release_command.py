"""A release's own command, whatever it is: its output, its end, and that nothing of it is left."""

import os
import resource
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import CommandFailed, NotFound
from bot.operations.release_command import TAIL, How, refuse_missing, run
from tests.waiting import until

ENV = {"PATH": os.environ["PATH"]}


def sh(script: str) -> list[str]:
    return ["sh", "-c", script]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_both_outputs_come_line_by_line_in_their_order_and_the_exit_code_is_its_own() -> None:
    told: list[str] = []
    ended = run(sh("echo one; echo two >&2; printf three; exit 7"), ENV, on_line=told.append)
    assert told == ["one", "two", "three"]
    assert (ended.how, ended.code, ended.tail) == (How.ITSELF, 7, "one\ntwo\nthree")
    assert str(ended) == "it ended with exit code 7"


def test_its_environment_is_what_it_was_given_and_no_more() -> None:
    assert run(["env"], {**ENV, "NODE_ENV": "production"}).tail.splitlines() == [
        f"PATH={ENV['PATH']}", "NODE_ENV=production",
    ]  # fmt: skip


def test_it_reads_nothing_from_us() -> None:
    assert run(["cat"], ENV, limit=timedelta(seconds=20)).code == 0


def test_lines_are_handed_on_while_it_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def answer(line: str) -> None:
        if line == "ready":
            gate.write_text("go\n")

    ended = run(sh(f"echo ready; cat {gate}"), ENV, on_line=answer, limit=timedelta(seconds=20))
    assert ended.tail == "ready\ngo"


def test_a_hundred_megabytes_of_output_leave_the_end_of_it_and_no_mark_in_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0

    def counted(_line: str) -> None:
        nonlocal count
        count += 1

    line = "x" * 999
    ended = run(sh(f"yes {line} | head -n 100000; echo the end"), ENV, on_line=counted)
    assert count == 100_001
    assert ended.tail.endswith("\nthe end")
    assert len(ended.tail) <= TAIL
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_output_without_any_line_end_comes_in_pieces() -> None:
    told: list[str] = []
    run(sh("head -c 1000000 /dev/zero | tr '\\0' x"), ENV, on_line=told.append)
    assert "".join(told) == "x" * 1_000_000
    assert max(map(len, told)) <= 4_000


@pytest.mark.parametrize("before", [3_990, 3_995, 4_000, 65_530, 1_048_570])
def test_a_secret_is_hidden_wherever_the_output_is_cut(before: int) -> None:
    told: list[str] = []
    script = f"head -c {before} /dev/zero | tr '\\0' x; printf 'hunt'; sleep 0.05; printf 'er22'; echo yes"
    run(sh(script), ENV, on_line=told.append, secrets={"hunter22"})
    assert "".join(told) == "x" * before + "[redacted]yes"


def test_progress_bars_colours_and_tabs_are_made_fit_to_be_read() -> None:
    ended = run(sh(r"printf '10%%\r20%%\r\n\033[32mdone\033[0m\tok\n\377\n'"), ENV)
    assert ended.tail.split("\n") == ["10%", "20%", "done    ok", "\ufffd"]


def test_one_that_is_killed_says_by_what() -> None:
    ended = run(sh("kill -SEGV $$"), ENV)
    assert (ended.how, ended.code, ended.signal) == (How.SIGNAL, 139, "SIGSEGV")
    assert str(ended) == "it was killed by SIGSEGV"


def test_one_that_hangs_is_ended_with_everything_that_it_started() -> None:
    told: list[str] = []
    hanging = sh("sleep 60 & echo $!; trap '' TERM; wait")
    ended = run(hanging, ENV, limit=timedelta(seconds=0.3), on_line=told.append)
    assert (ended.how, ended.code) == (How.LIMIT, 124)
    assert "it was not over after 3" in str(ended)
    until(lambda: not alive(int(told[0])))


def test_one_that_closed_its_output_is_waited_for() -> None:
    assert run(sh("exec >&- 2>&-; sleep 0.2; exit 3"), ENV).code == 3


def test_a_child_that_holds_the_output_open_does_not_keep_us() -> None:
    ended = run(sh("sleep 60 & echo $!"), ENV, limit=timedelta(seconds=20))
    assert (ended.how, ended.code) == (How.ITSELF, 0)
    until(lambda: not alive(int(ended.tail)))


def test_the_caller_may_stop_it() -> None:
    told: list[str] = []
    ended = run(sh("echo $$; sleep 60"), ENV, on_line=told.append, should_stop=lambda: bool(told))
    assert (ended.how, ended.code, str(ended)) == (How.CALLER, 130, "it was stopped")
    until(lambda: not alive(int(told[0])))


def test_where_nobody_takes_its_output_it_is_ended() -> None:
    def broken(line: str) -> None:
        pids.append(int(line))
        raise BrokenPipeError

    pids: list[int] = []
    with pytest.raises(BrokenPipeError):
        run(sh("echo $$; sleep 60"), ENV, on_line=broken)
    until(lambda: not alive(pids[0]))


@pytest.mark.parametrize("program", ["prisma-from-nowhere", "./migrate", "/nonexistent/migrate"])
def test_a_command_that_is_not_there_is_said_before_and_when_it_is_run(program: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not there, or not executable; nothing was begun"):
        refuse_missing([program], ENV, tmp_path)
    with pytest.raises(CommandFailed, match="cannot be started"):
        run([program], ENV, cwd=tmp_path)


def test_a_command_is_found_beside_where_it_is_run(tmp_path: Path) -> None:
    program = tmp_path / "migrate"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    refuse_missing(["./migrate"], ENV, tmp_path)
    refuse_missing([sys.executable], {})
