"""The watch over the data: what is really lost is told at the next look, and ordinary churn is not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.findings import Code
from bot.operations.services import Services
from bot.operations.watching.lookout import Lookout
from bot.store import alerts, watch
from tests.operations.conftest import NAME, Place
from tests.operations.working import accepted
from tests.servers import Database, create_database

DATA, HISTORY, UNREACHABLE = (
    Cause(matter=matter, database=NAME) for matter in (Matter.DATA, Matter.HISTORY, Matter.UNREACHABLE)
)
MORE = """
CREATE TABLE "Invoice" (id serial PRIMARY KEY, total numeric);
INSERT INTO "Invoice" (total) SELECT n FROM generate_series(1, 100) n;
CREATE TABLE event (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_01 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE event_02 PARTITION OF event FOR VALUES FROM ('2025-02-01') TO ('2025-12-01');
INSERT INTO event SELECT '2025-01-01', 'x' FROM generate_series(1, 10);
INSERT INTO event SELECT '2025-02-01', 'x' FROM generate_series(1, 90);
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('2b7e');
"""


class Post:
    """A lookout, and the alerts that came of what it saw."""

    def __init__(self, services: Services, protected: Database) -> None:
        self.services, self.protected = services, protected
        self.lookout = Lookout(services, NAME)

    def look(self) -> dict[Cause, Alert]:
        """Look once; the alerts whose cause is there now."""
        self.lookout(lambda: False)
        with self.services.store.transaction() as connection:
            return {each.cause: each for each in alerts.all_open(connection) if each.gone_at is None}

    def codes(self) -> set[tuple[Code, str]]:
        return {(found.code, found.subject) for each in self.look().values() for found in each.findings}


@pytest.fixture
def post(services: Services, place: Place) -> Iterator[Post]:
    place.protected.execute(MORE)
    assert accepted(services) is None
    made = Post(services, place.protected)
    assert made.look() == {}
    yield made
    made.lookout.close()


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ('TRUNCATE "User"', (Code.ROWS_ZERO, "User")),
        ('DELETE FROM "User"', (Code.ROWS_ZERO, "User")),
        ('DROP TABLE "User"', (Code.SCHEMA_MISSING_TABLE, "User")),
        ('TRUNCATE "Invoice"; INSERT INTO "Invoice" VALUES (1)', (Code.ROWS_DROPPED, "Invoice")),
        ("TRUNCATE event_02", (Code.ROWS_ZERO, "event_02")),
        ("DROP TABLE event_02", (Code.ROWS_DROPPED, "event")),
        ("DELETE FROM alembic_version", (Code.HISTORY_EMPTY, "public.alembic_version")),
        ("DROP TABLE alembic_version", (Code.HISTORY_MISSING, "public.alembic_version")),
        ("DROP SCHEMA secondkey CASCADE", (Code.IDENTITY_MARKER_MISSING, NAME)),
    ],
)
def test_a_loss_is_told_at_the_next_look(post: Post, loss: str, told: tuple[Code, str]) -> None:
    post.protected.execute(loss)
    assert told in post.codes()
