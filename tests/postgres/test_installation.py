"""Which PostgreSQL programs are used: configured, the system's, the wheel's; what is told where none fit."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import programs
from bot.errors import CommandFailed, NotFound
from bot.postgres import installation
from bot.postgres.installation import (
    Installation,
    below_security_floor,
    embedded,
    find,
    installations,
    of_major,
)
from bot.programs import Account

SYSTEM = Path("/usr/lib/postgresql")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")


@pytest.fixture
def nobody() -> Account:
    account = programs.unprivileged_account()
    assert account is not None
    return account


def fake(folder: Path, version: str, *names: str) -> Path:
    """A folder with programs that only say their version."""
    folder.mkdir(parents=True)
    for name in ("pg_dump", "pg_restore", *names):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


def test_the_wheels_programs_are_complete() -> None:
    wheel = embedded()
    assert wheel.version == 170010
    for name in ("initdb", "postgres", "pg_dump", "pg_restore", "psql"):
        assert wheel.program(name).exists()


def test_a_configured_folder_comes_before_all_others(tmp_path: Path) -> None:
    mine = fake(tmp_path / "bin", "17.42")
    assert find(17, [mine]) == Installation(directory=mine, version=170042)
    assert installations([mine])[0].directory == mine


def test_the_servers_own_major_is_preferred_to_newer_ones(tmp_path: Path) -> None:
    newer, own = fake(tmp_path / "98", "98.1"), fake(tmp_path / "97", "97.3 (Debian 97.3-1)")
    assert find(97, [newer, own]).version == 970003
    assert find(96, [newer, own]).major == 97


def test_programs_older_than_the_server_are_never_used() -> None:
    with pytest.raises(NotFound, match="pg_dump of 99 or newer is not on this machine") as raised:
        find(99)
    assert "looked in /usr/lib/postgresql/*/bin and this Python's packages (found: " in raised.value.reason
    assert "postgresql-client-99" in raised.value.hint
    assert "programs.directories" in raised.value.hint


def test_a_folder_without_programs_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    broken = fake(tmp_path / "broken", "no version at all")
    assert installations([tmp_path / "empty", broken, tmp_path / "missing"]) == installations()


def test_a_program_that_a_set_lacks_is_named_with_its_package(tmp_path: Path) -> None:
    client = find(97, [fake(tmp_path / "bin", "97.1")])
    with pytest.raises(CommandFailed, match=r"PostgreSQL 97 in .*bin has no initdb") as raised:
        client.program("initdb")
    assert "postgresql-97" in raised.value.hint


def test_server_programs_of_a_major_that_is_gone_are_named() -> None:
    assert of_major(17) == embedded()
    with pytest.raises(NotFound, match="the data was written by PostgreSQL 99"):
        of_major(99)


@pytest.mark.system_server
@pytest.mark.skipif(not SYSTEM.is_dir(), reason="no PostgreSQL of the system is installed")
def test_the_systems_programs_are_found() -> None:
    majors = {int(folder.name) for folder in SYSTEM.iterdir() if (folder / "bin" / "pg_dump").exists()}
    assert majors <= {each.major for each in installations()}


@pytest.mark.parametrize(
    ("version", "floor"), [(170010, "17.12"), (170012, None), (150019, "15.20"), (990000, None)]
)
def test_programs_without_the_security_fixes_are_told(version: int, floor: str | None) -> None:
    assert below_security_floor(Installation(directory=Path("/x"), version=version)) == floor


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tree of programs that only root may enter, and an own place for temporary folders that all may."""
    monkeypatch.setattr(installation.tempfile, "tempdir", str(shared := tmp_path_for_all()))
    tree = tmp_path / "pginstall"
    fake(tree / "bin", "97.1", "postgres")
    (tree / "lib").mkdir()
    (tree / "lib" / "readme").touch(mode=0o600)
    (tree / "bin" / "postgres").chmod(0o700)
    tmp_path.chmod(0o700)
    yield tree / "bin"
    installation.shutil.rmtree(shared)


def tmp_path_for_all() -> Path:
    folder = Path(installation.tempfile.mkdtemp(prefix="sk-test-"))
    folder.chmod(0o755)
    return folder


@as_root
def test_programs_that_the_account_cannot_reach_are_copied_once(hidden: Path, nobody: Account) -> None:
    mine = Installation(directory=hidden, version=970001)
    copy = installation.readable_by(mine, nobody)
    assert copy.directory != hidden
    assert programs.run([copy.program("postgres"), "--version"], timeout=10, account=nobody).code == 0
    assert (
        programs.run(["cat", copy.directory.parent / "lib" / "readme"], timeout=10, account=nobody).code == 0
    )
    made = (copy.directory / "postgres").stat().st_ino
    assert installation.readable_by(mine, nobody) == copy
    assert (copy.directory / "postgres").stat().st_ino == made


@as_root
def test_a_copy_that_somebody_else_put_there_is_never_run(hidden: Path, nobody: Account) -> None:
    theirs = Path(installation.tempfile.gettempdir()) / "secondkey-postgresql-970001"
    fake(theirs / "bin", "97.1", "postgres")
    os.chown(theirs, nobody.uid, nobody.gid)
    with pytest.raises(CommandFailed, match="is not ours, and nothing in it is run"):
        installation.readable_by(Installation(directory=hidden, version=970001), nobody)


def test_without_another_account_nothing_is_copied(tmp_path: Path) -> None:
    mine = find(97, [fake(tmp_path / "bin", "97.1", "postgres")])
    assert installation.readable_by(mine, None) is mine
