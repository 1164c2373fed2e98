"""The second key from end to end: rows vanish, somebody asks, somebody else approves, the rows are back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.postgres.server import Server
from tests import servers
from tests.e2e.conftest import TABLES, World, running_world
from tests.e2e.people import says
from tests.servers import Database

APPROVE, DENY = "white_check_mark", "no_entry"


@contextmanager
def guarded(tmp_path: Path, database: Database, state_server: Server, sections: str = "") -> Iterator[World]:
    """A bot with a login that reads and one that restores, as on a server of somebody's own."""
    app = servers.make_role(database.server, "NOLOGIN")
    reader = servers.make_role(database.server, "LOGIN IN ROLE pg_read_all_data, pg_read_all_stats")
    restorer = servers.make_role(
        database.server, f"LOGIN CREATEDB IN ROLE {app}, pg_read_all_data, pg_signal_backend"
    )
    owned_by(database, app)
    more = f'restore_dsn = "{database.as_role(restorer)}"'
    with running_world(tmp_path, database, state_server, database.as_role(reader), more, sections) as world:
        yield world
    drop_made(database)


def owned_by(database: Database, app: str) -> None:
    """The application owns its database and what it makes there."""
    owner = sql.Identifier(app).as_string()
    name = sql.Identifier(database.name).as_string()
    database.execute(f"ALTER DATABASE {name} OWNER TO {owner}; ALTER SCHEMA public OWNER TO {owner}")
    database.execute(f"SET ROLE {owner}; {TABLES}")


def drop_made(database: Database) -> None:
    """What restores left beside it."""
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        pattern = f"{database.name}\\_%"
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        for (name,) in found.fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    with guarded(tmp_path, database, state_server) as world:
        yield world


def protected(world: World) -> tuple[str, str]:
    """Adopted and backed up; returns somebody who asks and somebody who may approve."""
    slack = world.slack
    asker, second = slack.one(group="engineering", without="dba"), slack.one(group="dba")
    slack.command(asker, "ops", "/verify", "accept")
    slack.wait("ops", says("Accepted"))
    slack.command(asker, "ops", "/backup", "before v1.3.0")
    slack.wait("ops", says("restore-tested", "healthy"))
    return asker, second


def test_rows_that_vanished_are_back_once_a_second_person_said_so_and_an_undo_needs_one_too(
    world: World,
) -> None:
    slack, database = world.slack, world.database
    asker, second = protected(world)
    database.execute('TRUNCATE "User"')

    slack.command(asker, "ops", "/restore")
    offered = slack.wait(
        "ops", says("What could be restored", "Comes back: 12 rows in 1 table"), as_user=asker
    )
    assert slack.messages("ops", as_user=second)[-1]["ts"] != offered["ts"]
    slack.tap(asker, "ops", offered, "restore_this")
    world.slack.fill_in(asker, "users vanished")
    request = slack.wait("ops", says("approve", "0 → 12", "users vanished"))
    slack.wait("ops", says("Copy: ready"))
    assert database.execute('SELECT count(*) FROM "User"') == [(0,)]

    slack.react(asker, "ops", request, APPROVE)
    slack.react(second, "ops", request, APPROVE)
    done = slack.wait("ops", says("Restored", "is live", "To go back"))
    assert done["ts"] == request["ts"]
    assert database.execute('SELECT count(*) FROM "User"') == [(12,)]
    slack.wait(second, says("Restored", "All of it is in"), as_user=second)

    slack.command(asker, "ops", "/restore", "undo projectledger it was the wrong one")
    undo = slack.wait("ops", says("approve", "Undo requested", "12 → 0"))
    slack.react(second, "ops", undo, DENY)
    slack.wait("ops", says("Denied", "nothing ran"))
    assert database.execute('SELECT count(*) FROM "User"') == [(12,)]

    slack.command(asker, "ops", "/verify")
    slack.wait("ops", says("All there"))


def test_a_copy_that_does_not_fit_is_told_to_whoever_asked_alone_and_nobody_is_asked(
    tmp_path: Path, database: Database, state_server: Server
) -> None:
    section = "[databases.projectledger.restore]\ndisk_free = ['echo', '5']\n"
    with guarded(tmp_path, database, state_server, section) as world:
        asker, _ = protected(world)
        before = len(world.slack.messages("ops"))
        world.slack.command(asker, "ops", "/restore", "users vanished")
        told = says(
            "Restore not prepared", "on the server, and 5 B are free there", "make room on that volume"
        )
        world.slack.wait(asker, told, as_user=asker)
        assert len(world.slack.messages("ops")) == before
