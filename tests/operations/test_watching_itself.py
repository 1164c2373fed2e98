"""The bot looks whether it still looks, and whether its surroundings are fine."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from bot.app import open_services
from bot.config import load
from bot.domain.alerting.alert import Cause, Matter
from bot.operations.repeating import Repeating
from bot.operations.services import Services
from bot.operations.watching.rounds import SELDOM, Rounds
from bot.operations.watching.self_watch import SelfWatch
from bot.store import alerts, baselines, watch
from bot.store.database import clock
from tests import builders
from tests.operations.conftest import NAME, Place
from tests.servers import Database
from tests.waiting import until


def never() -> bool:
    return False


def open_causes(services: Services) -> set[Cause]:
    with services.store.transaction() as connection:
        return {alert.cause for alert in alerts.all_open(connection) if alert.gone_at is None}


class Clock:
    """The database's, put on by so much."""

    ahead = timedelta()

    def __call__(self, connection: Connection[Any]) -> datetime:
        return clock(connection) + self.ahead


def look(services: Services, now: Clock) -> None:
    """Somebody looks at the database."""
    with services.store.transaction() as connection:
        watch.looked(connection, NAME, timedelta(milliseconds=5))
        connection.execute("UPDATE watch SET looked_at = looked_at + %s", (now.ahead,))


def test_a_watch_that_stands_still_is_an_alert_until_it_looks_again(services: Services) -> None:
    now = Clock()
    self_watch = SelfWatch(services, connected=lambda: 2, clock=now)
    stalled = Cause(matter=Matter.WATCH, database=NAME)
    with services.store.transaction() as connection:
        watch.keep(connection, NAME, "here", timedelta(seconds=30))
    look(services, now)
    self_watch(never)
    assert open_causes(services) == set()
    now.ahead = timedelta(minutes=5)
    self_watch(never)
    assert open_causes(services) == {stalled}
    look(services, now)
    self_watch(never)
    assert open_causes(services) == set()


def test_without_a_connection_to_slack_there_is_an_alert_that_a_webhook_can_take(services: Services) -> None:
    now, connected = Clock(), [2]
    self_watch = SelfWatch(services, connected=lambda: connected[0], clock=now)
    self_watch(never)
    connected[0] = 0
    self_watch(never)
    assert open_causes(services) == set()
    now.ahead = timedelta(minutes=2)
    look(services, now)
    self_watch(never)
    assert open_causes(services) == {Cause(matter=Matter.SLACK)}


def test_rounds_say_nothing_of_a_database_that_nobody_accepted(services: Services) -> None:
    services.repository.keys.path.unlink()
    Rounds(services)(never)
    assert open_causes(services) == set()


def test_rounds_alert_about_what_a_restore_would_need(services: Services) -> None:
    with services.store.transaction() as connection:
        baselines.save(connection, NAME, builders.state(builders.table("User", 12)), by="U1", pinned=True)
    Rounds(services)(never)
    assert open_causes(services) == set()
    services.repository.keys.path.unlink()
    Rounds(services)(never)
    assert open_causes(services) == {Cause(matter=Matter.BACKUP, database=NAME, subject="backup.key-lost")}


def test_a_repeating_part_goes_on_where_something_is_away_and_tells_when_it_dies() -> None:
    turns: list[int] = []
    died: list[str] = []

    def act(_should_stop: object) -> None:
        turns.append(len(turns))
        raise OSError("away") if len(turns) < 3 else ValueError("a bug")

    part = Repeating("looking around", act, every=0.01, on_death=died.append, at_once=True)
    part.start()
    until(lambda: died)
    part.stop()
    assert died == ["looking around ended by itself: a bug"]
    assert len(turns) == 3


def test_rounds_tell_too_little_room_on_the_server_until_its_command_tells_of_more(
    place: Place, state: Database
) -> None:
    low = Cause(matter=Matter.SERVER, database=NAME, subject="server.disk-low")
    unknown = Cause(matter=Matter.SERVER, database=NAME, subject="server.unreadable")
    told = place.folder / "free"
    told.write_text("500000000")
    command = f"restore = {{ disk_free = ['cat', '{told}'] }}"
    with open_services(load(place.settings(state, command), {}, need_slack=False)) as services:
        with services.store.transaction() as connection:
            baselines.save(connection, NAME, builders.state(builders.table("User", 12)), by="U1", pinned=True)
        rounds = Rounds(services)
        rounds(never)
        assert open_causes(services) == {low}
        told.unlink()
        # A bot that was started meanwhile knows no more, also where its first round was cut off.
        rounds = Rounds(services)
        rounds(lambda: True)
        rounds(never)
        assert open_causes(services) == {low, unknown}
        told.write_text("500000000000")
        for _ in range(SELDOM):
            rounds(never)
        assert open_causes(services) == set()
