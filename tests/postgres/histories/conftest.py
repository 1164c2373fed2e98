"""One database for all tests of histories, emptied for each: quicker than a new one."""

import pytest

from bot.postgres.server import Server
from tests import servers
from tests.servers import Database


@pytest.fixture(scope="module")
def reused(postgres_server: Server) -> Database:
    return servers.new_database(postgres_server)


@pytest.fixture
def database(reused: Database) -> Database:
    reused.execute("DROP SCHEMA IF EXISTS public, a_public_old, app CASCADE")
    reused.execute("CREATE SCHEMA public")
    reused.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    return reused
