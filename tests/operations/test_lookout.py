"""The watch over the data: what is really lost is told at the next look, and ordinary churn is not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.app import open_services
from bot.config import load
from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.deploying.deployment import Stage
from bot.domain.findings import Code
from bot.domain.restoring.traffic import Stopped
from bot.domain.state import TableName
from bot.domain.watching import suspicion
from bot.domain.watching.glance import Glance
from bot.operations import traffic
from bot.operations.repeating import Repeating
from bot.operations.services import Services
from bot.operations.watching import lookout, standing
from bot.operations.watching.confirming import Confirmed, confirm
from bot.operations.watching.lookout import Lookout
from bot.postgres import glance
from bot.postgres.glance import TURNS, Asked, Eye
from bot.postgres.server import Server
from bot.store import alerts, deployments, watch
from tests.operations.conftest import NAME, Place
from tests.operations.nights import Night, a_night
from tests.operations.working import accepted
from tests.servers import Database, create_database, drop_database
from tests.waiting import until

DATA, HISTORY, UNREACHABLE = (
    Cause(matter=matter, database=NAME) for matter in (Matter.DATA, Matter.HISTORY, Matter.UNREACHABLE)
)
MORE = """
CREATE TABLE "Invoice" (id serial PRIMARY KEY, total numeric);
INSERT INTO "Invoice" (total) SELECT n FROM generate_series(1, 100) n;
CREATE TABLE "Payment" AS SELECT 1 AS id;
CREATE TABLE "Project" AS SELECT n FROM generate_series(1, 7) n;
CREATE TABLE session AS SELECT n FROM generate_series(1, 7) n;
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

    def begin_anew(self) -> None:
        self.lookout.close()
        self.lookout = Lookout(self.services, NAME)

    def deploy(self, stage: Stage, meant: tuple[str, ...] = ()) -> None:
        """A deployment that stands so; the one before it is over."""
        with self.services.store.transaction() as connection:
            made = deployments.claiming(connection, NAME) or deployments.create(
                connection, f"op-{stage}", database=NAME, release="v1", opened_by="U1", attended=False
            )
            deployments.save(connection, replace(made, stage=stage, meant=meant), timedelta(hours=1))

    def codes(self) -> set[tuple[Code, str]]:
        return {(found.code, found.subject) for each in self.look().values() for found in each.findings}


def shut(database: Database, allowed: str) -> None:
    """Nobody gets in, and whoever is in is ended; or they may again."""
    with psycopg.connect(database.server.dsn(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS {allowed}".encode())
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, (database.name,))


@pytest.fixture
def services(place: Place, state: Database) -> Iterator[Services]:
    configured = place.settings(state, 'expect = { "public.session" = { volatile = true } }')
    with open_services(load(configured, {}, need_slack=False)) as opened:
        yield opened


@pytest.fixture
def post(services: Services, place: Place) -> Iterator[Post]:
    place.protected.execute(MORE)
    assert accepted(services) is None
    made = Post(services, place.protected)
    assert made.look() == {}
    yield made
    made.lookout.close()


def test_each_loss_is_told_at_the_next_look(post: Post) -> None:
    losses = {
        'TRUNCATE "User"': (Code.ROWS_ZERO, "User"),
        'DROP TABLE "Payment"': (Code.SCHEMA_MISSING_TABLE, "Payment"),
        'DELETE FROM "Project"': (Code.ROWS_ZERO, "Project"),
        'TRUNCATE "Invoice"; INSERT INTO "Invoice" VALUES (1)': (Code.ROWS_DROPPED, "Invoice"),
        "DROP TABLE event_02": (Code.ROWS_DROPPED, "event"),
        "DELETE FROM alembic_version": (Code.HISTORY_EMPTY, "public.alembic_version"),
        "DROP SCHEMA secondkey CASCADE": (Code.IDENTITY_MARKER_MISSING, NAME),
    }
    for loss, told in losses.items():
        post.protected.execute(loss)
        assert told in post.codes()


def test_rows_that_are_deleted_bit_by_bit_are_seen_by_the_counters(post: Post) -> None:
    def seen() -> bool:
        return (Code.ROWS_DROPPED, "Invoice") in post.codes()

    post.protected.execute('DELETE FROM "Invoice" WHERE total <= 15')
    assert not any(seen() for _ in range(TURNS))
    post.protected.execute('DELETE FROM "Invoice" WHERE total <= 30')
    until(seen)


def test_what_is_there_again_is_told_as_gone(post: Post) -> None:
    post.protected.execute('TRUNCATE "User"; DELETE FROM alembic_version')
    assert set(post.look()) == {DATA, HISTORY}
    post.protected.execute("INSERT INTO \"User\" (name) SELECT 'again' FROM generate_series(1, 12)")
    until(lambda: set(post.look()) == {HISTORY})
    post.protected.execute("INSERT INTO alembic_version VALUES ('2b7e')")
    until(lambda: post.look() == {})


def test_a_bot_that_began_anew_knows_that_a_loss_is_over(post: Post) -> None:
    post.protected.execute('DELETE FROM "Invoice" WHERE total <= 50')
    until(lambda: DATA in post.look())
    post.begin_anew()
    assert set(post.look()) == {DATA}
    post.begin_anew()
    post.protected.execute('INSERT INTO "Invoice" (total) SELECT n FROM generate_series(1, 50) n')
    assert post.look() == {}


def test_ordinary_churn_is_no_alarm(post: Post) -> None:
    churn = (
        'INSERT INTO "Invoice" (total) SELECT n FROM generate_series(1, 5000) n',
        'DELETE FROM "Invoice" WHERE id > 100',
        'VACUUM FULL "Invoice"',
        'CLUSTER "User" USING "User_pkey"',
        'ALTER TABLE "User" ADD COLUMN email text DEFAULT clock_timestamp()::text',
        'DELETE FROM "User" WHERE id = 1',
        "DROP TABLE event_01",
        "CREATE TABLE event_03 PARTITION OF event FOR VALUES FROM ('2025-12-01') TO ('2026-01-01')",
        "CREATE TABLE draft AS SELECT 1 AS id",
        "TRUNCATE draft",
        "DROP TABLE draft",
        "UPDATE alembic_version SET version_num = '3c8f'",
        "TRUNCATE session",
        "ANALYZE",
    )
    for statement in churn:
        post.protected.execute(statement)
        assert post.look() == {}, statement


def test_a_locked_table_keeps_nobody_from_seeing_the_others(post: Post) -> None:
    with psycopg.connect(post.protected.dsn) as migration:
        migration.execute('LOCK "Invoice", alembic_version IN ACCESS EXCLUSIVE MODE')
        assert post.look() == {}
        post.protected.execute('TRUNCATE "User"')
        assert post.codes() == {(Code.ROWS_ZERO, "User")}


def test_an_empty_database_in_its_place_is_told_at_once_and_so_is_none(post: Post) -> None:
    drop_database(post.protected)
    assert (Code.IDENTITY_ABSENT, NAME) in post.codes()
    create_database(post.protected, "")
    assert {(Code.IDENTITY_RECREATED, NAME), (Code.SCHEMA_MISSING_TABLE, "User")} <= post.codes()


def test_a_server_that_does_not_answer_is_told_the_second_time(post: Post) -> None:
    shut(post.protected, "false")
    assert post.look() == {}
    assert set(post.look()) == {UNREACHABLE}
    shut(post.protected, "true")
    assert post.look() == {}


def test_a_server_that_begins_anew_between_the_glance_and_counting_is_no_alarm(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm_without_a_server(*arguments: Any, **more: Any) -> Confirmed:
        shut(post.protected, "false")
        return confirm(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(lookout, "confirm", confirm_without_a_server)
        post.protected.execute('TRUNCATE "User"')
        assert post.look() == {}
        assert set(post.look()) == {UNREACHABLE}
    shut(post.protected, "true")
    assert set(post.look()) == {DATA}


def test_what_is_loaded_anew_with_fewer_rows_while_the_bot_is_down_is_told_afterwards(post: Post) -> None:
    post.lookout.close()
    post.protected.execute('TRUNCATE "Invoice"; INSERT INTO "Invoice" VALUES (1)')
    post.begin_anew()
    assert (Code.ROWS_DROPPED, "Invoice") in post.codes()


def test_a_table_that_never_answers_in_time_is_not_counted_at_every_look(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[frozenset[TableName]] = []
    bloated = frozenset({TableName("public", "Invoice")})

    def look(eye: Eye, asked: Asked) -> Glance:
        return replace(look_really(eye, asked), silent=bloated)

    def confirm_and_count(services: Services, name: str, tables: Any, *more: Any, **others: Any) -> Confirmed:
        counted.append(tables)
        return confirm(services, name, tables, *more, **others)

    look_really = Eye.look
    monkeypatch.setattr(Eye, "look", look)
    monkeypatch.setattr(lookout, "confirm", confirm_and_count)
    post.begin_anew()
    assert [post.look() for _ in range(3)] == [{}, {}, {}]
    assert counted == [bloated]


def test_a_partition_that_is_detached_is_missing_in_its_parent(post: Post) -> None:
    post.protected.execute("ALTER TABLE event DETACH PARTITION event_02")
    assert post.codes() == {(Code.ROWS_DROPPED, "event")}


def test_what_a_release_does_is_left_to_those_who_look_after_its_window(post: Post) -> None:
    post.deploy(Stage.OPEN)
    post.protected.execute('TRUNCATE "User"')
    assert post.look() == {}
    post.deploy(Stage.CLOSED, meant=("rows.zero User",))
    assert post.look() == {}
    post.deploy(Stage.CLOSED)
    post.protected.execute('TRUNCATE "User"')
    assert set(post.look()) == {DATA}


def test_nothing_is_told_while_secondkey_itself_keeps_everybody_out(post: Post) -> None:
    with post.services.store.transaction() as connection:
        now = Stopped(by="U1", since=post.services.store.now(), fenced=True)
        traffic.remember(connection, NAME, now)
    shut(post.protected, "false")
    assert [post.look() for _ in range(3)] == [{}, {}, {}]
    shut(post.protected, "true")


def test_of_several_bots_one_looks_until_it_falls_silent(post: Post) -> None:
    with post.services.store.transaction() as connection:
        connection.execute("UPDATE watch SET kept_until = clock_timestamp() - interval '1 s'")
        assert watch.keep(connection, NAME, "another bot", timedelta(minutes=1))
        before = watch.last_looks(connection)[NAME]
    post.protected.execute('TRUNCATE "User"')
    assert post.look() == {}
    with post.services.store.transaction() as connection:
        assert watch.last_looks(connection)[NAME] == before
        watch.leave(connection, "another bot")
    assert set(post.look()) == {DATA}


def test_whoever_counts_for_long_keeps_the_watch_meanwhile(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm_later(*arguments: Any, **more: Any) -> Confirmed:
        later = every * standing.LEASE + more["budget"]
        with post.services.store.transaction() as connection:
            connection.execute(
                "UPDATE watch SET kept_until = kept_until - %s", [later - timedelta(seconds=2)]
            )
            assert not watch.keep(connection, NAME, "another bot", timedelta(minutes=1))
        return confirm(*arguments, **more)

    every = post.services.database(NAME).watch.every
    monkeypatch.setattr(lookout, "confirm", confirm_later)
    post.protected.execute('TRUNCATE "User"')
    assert set(post.look()) == {DATA}


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        yield night


def test_a_restore_is_watched_over_and_ends_the_alert_that_it_answers(night: Night) -> None:
    night.protect()
    watched = Post(night.services, night.live)
    assert watched.look() == {}
    night.live.execute('TRUNCATE "User"')
    assert set(watched.look()) == {DATA}
    died: list[str] = []
    always = Repeating("watching", watched.lookout, every=0.01, on_death=died.append)
    always.start()
    night.restore()
    always.stop()
    until(lambda: watched.look() == {})
    with night.services.store.transaction() as connection:
        assert alerts.all_open(connection) == []
    night.live.execute('TRUNCATE "User"')
    assert set(watched.look()) == {DATA}
    with night.services.store.transaction() as connection:
        (again,) = alerts.all_open(connection)
        texts = [text for (text,) in connection.execute("SELECT text FROM outbox")]
    assert again.returns == 1
    assert sum(text.startswith("It is back") for text in texts) == 2
    watched.lookout.close()
    assert died == []


def test_a_database_that_became_much_smaller_is_counted_once_and_alarms_nobody(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[frozenset[TableName]] = []

    def noting(
        services: Services, name: str, tables: frozenset[TableName], *rest: Any, **more: Any
    ) -> Confirmed:
        counted.append(tables)
        return confirm(services, name, tables, *rest, **more)

    post.protected.execute("CREATE TABLE bulk AS SELECT repeat('x', 1000) FROM generate_series(1, 5000) n")
    monkeypatch.setattr(glance, "SIZED", 0.0)
    monkeypatch.setattr(suspicion, "SMALL_FALL", 1_000_000)
    monkeypatch.setattr(lookout, "confirm", noting)
    post.lookout._not_before = 0.0
    assert post.look() == {}
    post.protected.execute("DROP TABLE bulk")
    assert post.look() == {}
    assert [TableName("public", "User") in tables for tables in counted] == [True]
    assert post.look() == {}
    assert len(counted) == 1
