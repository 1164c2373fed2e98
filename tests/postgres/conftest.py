"""A primary server with a standby that follows it."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot import programs
from bot.postgres.installation import Installation, embedded, readable_by
from bot.postgres.server import Server
from tests import servers
from tests.postgres.archives import server_programs
from tests.postgres.protected import LEDGER, Protected, protected
from tests.servers import Database


@dataclass(frozen=True, kw_only=True)
class Replication:
    """A database on a primary, and where the same one is found on the standby."""

    primary: Database
    standby_dsn: str


@pytest.fixture(scope="session")
def server_of(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Installation], Server]]:
    """The one server of each set of programs, started when it is first asked for."""
    made = {embedded(): postgres_server}

    def start(programs: Installation) -> Server:
        if programs not in made:
            made[programs] = Server(tmp_path_factory.mktemp("system") / "server", programs, durable=False)
            made[programs].start()
        return made[programs]

    yield start
    for installation, server in made.items():
        if installation != embedded():
            server.delete()


@pytest.fixture
def ledger(postgres_server: Server) -> Iterator[Protected]:
    """A protected database with rows, and a restoring login that is just enough for it."""
    with protected(postgres_server, embedded()) as made:
        made.as_owner(LEDGER)
        yield made


@pytest.fixture(params=server_programs())
def ledger_everywhere(
    request: pytest.FixtureRequest, server_of: Callable[[Installation], Server]
) -> Iterator[Protected]:
    """The same on each server of this machine."""
    with protected(server_of(request.param), request.param) as made:
        made.as_owner(LEDGER)
        yield made


@pytest.fixture(scope="session")
def replication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replication]:
    primary = Server(tmp_path_factory.mktemp("primary") / "server", embedded(), durable=False)
    primary.start()
    try:
        database = servers.new_database(primary)
        database.execute("CREATE TABLE ledger AS SELECT generate_series(1, 3) AS id")
        database.execute("CREATE SEQUENCE numbers")
        database.execute("SELECT nextval('numbers')")
        with (primary.data / "pg_hba.conf").open("a") as access:
            access.write("local replication all trust\n")
        database.execute("SELECT pg_reload_conf()")
        with standby_of(primary) as sockets:
            yield Replication(primary=database, standby_dsn=make_conninfo(database.dsn, host=str(sockets)))
    finally:
        primary.delete()


@contextmanager
def standby_of(primary: Server) -> Iterator[Path]:
    """A hot standby that streams from the primary; yields the folder with its socket."""
    account = programs.unprivileged_account()
    installation = readable_by(embedded(), account)
    folder = Path(tempfile.mkdtemp(prefix="sk-"))
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    source = make_conninfo(
        Database(server=primary, name="postgres").dsn, dbname=None, application_name="reserve"
    )
    made = programs.run(
        [installation.program("pg_basebackup"), "-D", folder / "data", "-d", source, "-c", "fast"],
        timeout=60,
        account=account,
        cwd=folder,
    )
    assert made.code == 0, made.stderr
    (folder / "data" / "standby.signal").touch()
    process = programs.spawn_server(
        [
            installation.program("postgres"), "-D", folder / "data", "-k", folder,
            "-c", f"primary_conninfo={source}", "-c", "listen_addresses=", "-c", "fsync=off",
        ],
        account=account,
        cwd=folder,
    )  # fmt: skip
    try:
        _until_it_answers(make_conninfo(primary.dsn(), host=str(folder)))
        yield folder
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()
        shutil.rmtree(folder)


def _until_it_answers(dsn: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(dsn).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
