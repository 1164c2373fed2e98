"""The bot looks whether it still looks, and whether its surroundings are fine."""

from datetime import timedelta

from bot.domain.alerting.alert import Cause, Matter
from bot.operations.repeating import Repeating
from bot.operations.services import Services
from bot.operations.watching.rounds import Rounds
from bot.operations.watching.self_watch import SelfWatch
from bot.store import alerts, baselines, watch
from tests import builders
from tests.operations.conftest import NAME
from tests.waiting import until


def never() -> bool:
    return False


def open_causes(services: Services) -> set[Cause]:
    with services.store.transaction() as connection:
        return {alert.cause for alert in alerts.all_open(connection) if alert.gone_at is None}


def age(services: Services, by: timedelta) -> None:
    """As if the last look were so much longer ago."""
    with services.store.transaction() as connection:
        connection.execute("UPDATE watch SET looked_at = looked_at - %s", (by,))


def test_a_watch_that_stands_still_is_an_alert_until_it_looks_again(services: Services) -> None:
    self_watch = SelfWatch(services, connected=lambda: 2)
    stalled = Cause(matter=Matter.WATCH, database=NAME)
    with services.store.transaction() as connection:
        watch.keep(connection, NAME, "here", timedelta(seconds=30))
        watch.looked(connection, NAME, timedelta(milliseconds=5))
    self_watch(never)
    assert open_causes(services) == set()
    self_watch._began -= timedelta(hours=1)  # type: ignore[operator] # it runs for a while
    age(services, timedelta(minutes=5))
    self_watch(never)
    assert open_causes(services) == {stalled}
    with services.store.transaction() as connection:
        watch.looked(connection, NAME, timedelta(milliseconds=5))
    self_watch(never)
    assert open_causes(services) == set()


def test_without_a_connection_to_slack_there_is_an_alert_that_a_webhook_can_take(services: Services) -> None:
    connected = [2]
    self_watch = SelfWatch(services, connected=lambda: connected[0])
    self_watch(never)
    connected[0] = 0
    self_watch(never)
    assert open_causes(services) == set()
    self_watch._unheard_since -= timedelta(minutes=2)  # type: ignore[operator] # for a while
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
