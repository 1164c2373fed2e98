"""Data is really lost under a running bot, and a few seconds later it stands in Slack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.postgres.server import Server
from tests.e2e.conftest import CONFIGURATION, TABLES, World, running_world
from tests.e2e.people import says
from tests.servers import Database, create_database, drop_database

HISTORY = """
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('2b7e');
CREATE TABLE "Invoice" AS SELECT n AS id FROM generate_series(1, 100) n;
"""


@pytest.fixture
def watched(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    """A bot that looks every second."""
    database.execute(TABLES + HISTORY)
    often = CONFIGURATION.replace("enabled = false", 'every = "1s"')
    with running_world(tmp_path, database, state_server, database.dsn, configuration=often) as world:
        world.slack.command("U00000003", "ops", "/verify", "accept")
        world.slack.wait("ops", says("Accepted", "Marker"))
        yield world


def test_every_kind_of_loss_stands_in_slack_soon(watched: World) -> None:
    losses = {
        'TRUNCATE "User"': "User",
        'DELETE FROM "Plan"': "Plan",
        'DROP TABLE "Invoice"': "Invoice",
        "DELETE FROM alembic_version": "history.empty",
    }
    for loss in losses:
        watched.database.execute(loss)
    for told in losses.values():
        watched.slack.wait("incidents", says(told), limit=15)
    drop_database(watched.database)
    create_database(watched.database, "")
    watched.slack.wait("incidents", says("identity.recreated"), limit=15)
