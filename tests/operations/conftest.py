"""Operations at work: a protected database, a repository, and a state that can be taken away for a while."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot.app import open_services
from bot.config import load
from bot.domain.operation import Operation
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.store import operations
from tests import servers
from tests.operations.standing import Standing
from tests.servers import Database

NAME = "ledger"
CONFIGURATION = """\
[state]
dsn = "{state}"
[repository]
url = "file://backups"
signing_key = "signing.key"
[databases.ledger]
dsn = "{dsn}"
{more}
environment = "production"
channel = "ops"
incidents = "ops"
approvers = ["@dba"]
"""
TABLES = """
CREATE TABLE "User" (id serial PRIMARY KEY, name text);
INSERT INTO "User" (name) SELECT 'user ' || n FROM generate_series(1, 12) n;
"""


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the bot's own state, at an address that outlives its being stopped and started."""
    server = Server(
        tmp_path_factory.mktemp("own") / "server", embedded(), port=servers.free_port(), durable=False
    )
    server.start()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE ROLE secondkey SUPERUSER LOGIN PASSWORD 'secondkey'")
    yield server
    server.delete()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a Secondkey without Slack works."""

    protected: Database
    own: Server
    folder: Path

    def new_state(self) -> Database:
        """A state that knows nothing."""
        return servers.new_state(self.own)

    def settings(self, state: Database, more: str = "") -> Path:
        """A configuration; `more` goes to the protected database's section."""
        path = self.folder / "secondkey.toml"
        address = f"postgresql://secondkey:secondkey@127.0.0.1:{self.own.port}/{state.name}"
        path.write_text(CONFIGURATION.format(state=address, dsn=self.protected.dsn, more=more))
        return path


@pytest.fixture(autouse=True)
def swap_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every accept tries a swap out with two databases: that this goes well is taken for granted where tests
    are not about it. What a login lacks is asked as ever."""
    monkeypatch.setattr("bot.postgres.swap_proof._act_out", lambda _lease, _names: None)


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with ExitStack() as until:
        yield Standing(tmp_path_factory.mktemp("standing"), until)


@pytest.fixture(autouse=True)
def quick_restore_tests(monkeypatch: pytest.MonkeyPatch, standing: Standing) -> None:
    """Every backup is restored; the server for it is not started each time."""
    monkeypatch.setattr("bot.postgres.restore_test.throwaway_server", standing.throwaway_server)


@pytest.fixture
def place(tmp_path: Path, database: Database, own_server: Server) -> Place:
    database.execute(TABLES)
    return Place(protected=database, own=own_server, folder=tmp_path)


@pytest.fixture
def state(place: Place) -> Iterator[Database]:
    made = place.new_state()
    yield made
    servers.drop_database(made)


@pytest.fixture
def services(place: Place, state: Database) -> Iterator[Services]:
    with open_services(load(place.settings(state), {}, need_slack=False)) as opened:
        yield opened


@pytest.fixture
def load_operation(services: Services) -> Callable[[Operation], Operation]:
    def look(operation: Operation) -> Operation:
        with services.store.transaction() as connection:
            return operations.load(connection, operation.id)

    return look
