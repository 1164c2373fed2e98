"""Fixtures that all tests share: one real PostgreSQL server, and a database of its own for each test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing import util
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.postgres.installation import embedded
from bot.postgres.server import Server
from tests import servers
from tests.blank import lend
from tests.servers import Database

#: Where files cost no disk, and how much room the tests need there, in bytes.
MEMORY = Path("/dev/shm")
ROOM = 2_000_000_000

#: A machine that is busy with something else generates slowly.
_BUSY = [HealthCheck.too_slow]
settings.register_profile("ordinary", max_examples=50, suppress_health_check=_BUSY)
settings.register_profile("long", max_examples=2000, suppress_health_check=_BUSY)
settings.load_profile("ordinary")


def pytest_configure(config: pytest.Config) -> None:
    """Temporary files lie in memory where there is room: on a disk the tests take twice as long.

    `TMPDIR=/tmp` keeps them on the disk, and what failed can be looked at afterwards.
    """
    if "TMPDIR" in os.environ or not _can_be_used(MEMORY):
        return
    folder = tempfile.mkdtemp(prefix="secondkey-tests-", dir=MEMORY)
    Path(folder).chmod(0o711)
    os.environ["TMPDIR"], tempfile.tempdir = folder, None
    config.add_cleanup(lambda: _remove(folder))


def _remove(folder: str) -> None:
    """What multiprocessing keeps in there goes by its own finalizers, for which it would be too late."""
    util._run_finalizers()  # type: ignore[attr-defined]
    shutil.rmtree(folder)


def _can_be_used(memory: Path) -> bool:
    """Programs are put there as well, and some containers do not let them run."""
    if not os.access(memory, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(memory)
    return found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC


@pytest.fixture(scope="session", autouse=True)
def quick_data() -> Iterator[None]:
    """New servers begin with a copy of what initdb makes; see `tests.blank`."""
    with TemporaryDirectory(prefix="secondkey-blank-") as folder:
        Path(folder).chmod(0o711)
        end = lend(Path(folder))
        yield
        end()


@pytest.fixture(scope="session", autouse=True)
def kept_sessions() -> Iterator[None]:
    """Those with which databases are made."""
    yield
    servers.end_sessions()


@pytest.fixture(autouse=True)
def forgotten_log() -> Iterator[None]:
    """A command that is run here lets the log go to what is the standard error during this test only."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The embedded server, over a socket and on a loopback port; its data is thrown away."""
    server = Server(
        tmp_path_factory.mktemp("postgres") / "server", embedded(), port=servers.free_port(), durable=False
    )
    server.start()
    yield server
    server.delete()


@pytest.fixture(scope="session")
def state_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own for the bots' state: it may not lie on a protected one."""
    server = Server(tmp_path_factory.mktemp("state") / "server", embedded(), durable=False)
    server.start()
    yield server
    server.delete()


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that the servers' account may pass through, as one of the machine's own would be."""
    with TemporaryDirectory(prefix="secondkey-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def new_database(postgres_server: Server) -> Iterator[Callable[[], Database]]:
    """Makes as many empty databases as a test needs."""
    made: list[Database] = []

    def make() -> Database:
        made.append(servers.new_database(postgres_server))
        return made[-1]

    yield make
    for database in made:
        servers.drop_database(database)


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """One empty database."""
    return new_database()


@pytest.fixture
def state_database(postgres_server: Server) -> Iterator[Database]:
    """One with the tables of the bot's state, and nothing in them."""
    database = servers.new_state(postgres_server)
    yield database
    servers.drop_database(database)


@pytest.fixture
def make_role(postgres_server: Server) -> Callable[..., str]:
    """Creates a role of the given attributes and returns its name."""
    return lambda attributes="LOGIN", name=None: servers.make_role(postgres_server, attributes, name)
