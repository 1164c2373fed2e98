"""A protected database with a release that is about to come, as a pipeline finds it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.postgres.server import Server
from tests import servers
from tests.e2e.conftest import CONFIGURATION, TABLES
from tests.e2e.terminal import secondkey
from tests.servers import Database

NAME = "projectledger"
PASSWORD = "correct-horse"
APPLIED = {"1_init": "CREATE TABLE first (id int);\n", "2_users": "CREATE TABLE second (id int);\n"}
PENDING = {"3_vat": 'ALTER TABLE "User" ADD COLUMN vat text;\n'}
HISTORY = """
CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0)
"""
_TOKENS = 'bot_token_file = "bot-token"\napp_token_file = "app-token"\n'


@dataclass(frozen=True, kw_only=True)
class Project:
    """An adopted database with a fresh backup, and a checkout of the release."""

    config: Path
    #: the release's files; its migrations lie in `prisma/migrations`
    checkout: Path
    database: Database
    login: str
    backup_id: str

    @property
    def url(self) -> str:
        """The connection string of the application."""
        port = self.database.server.port
        return f"postgresql://{self.login}:{PASSWORD}@127.0.0.1:{port}/{self.database.name}"


@contextmanager
def a_project(
    folder: Path, postgres_server: Server, state_server: Server, more: str = 'deploy = {backup = "fresh"}'
) -> Iterator[Project]:
    """`more` goes to the database's section of the configuration, whose login comes with a password."""
    database, state = servers.new_database(postgres_server), servers.new_state(state_server)
    login = servers.make_role(postgres_server, f"LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    database.execute(TABLES + HISTORY)
    checkout = folder / "checkout"
    for name, statements in (APPLIED | PENDING).items():
        migration = checkout / "prisma" / "migrations" / name
        migration.mkdir(parents=True)
        (migration / "migration.sql").write_text(statements)
    for name, statements in APPLIED.items():
        database.execute(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)"
            " VALUES (%s, %s, %s, now(), 1)",
            [name, hashlib.sha256(statements.encode()).hexdigest(), name],
        )
    dsn = f"postgresql://{login}:{PASSWORD}@127.0.0.1:{postgres_server.port}/{database.name}"
    text = CONFIGURATION.format(api="http://127.0.0.1:9/api/", state=state.dsn, dsn=dsn, more=more)
    config = folder / "secondkey.toml"
    config.write_text(text.replace(_TOKENS, ""))
    assert secondkey("verify", "accept", config=config).code == 0
    backup_id = secondkey("backup", "--json", config=config).data["id"]
    yield Project(config=config, checkout=checkout, database=database, login=login, backup_id=backup_id)
    servers.drop_database(database)
    servers.drop_database(state)
