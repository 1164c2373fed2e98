"""What nobody asks for: begun once whatever replicas there are, made up for, looked after, and shown."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bot.app import open_services
from bot.config import load
from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.backup import Kind as BackupKind
from bot.domain.backup import Level
from bot.domain.findings import Code, finding
from bot.domain.operation import Kind, Operation, Progress
from bot.domain.scheduling.standing import Standing
from bot.operations import housekeeping, runner
from bot.operations.alerting.reporting import report
from bot.operations.scheduling import standing, upkeep
from bot.operations.services import Services
from bot.store import alerts, operations
from tests.e2e.terminal import secondkey
from tests.operations import working
from tests.operations.conftest import NAME, Place
from tests.servers import Database

Load = Callable[[Operation], Operation]


def miss_a_night(services: Services, state: Database) -> None:
    """A bot ran until two days ago, and none since."""
    miss(services, state, Kind.BACKUP, days=2)


def miss(services: Services, state: Database, kind: Kind, *, days: int) -> None:
    """As if no bot ran for so long; everything else is due from now on."""
    part = housekeeping.schedules(services)
    part.start()
    part.stop()
    state.execute(
        "UPDATE schedules SET since = now() - make_interval(days => %s) WHERE name = %s",
        (days, f"{kind}-{NAME}"),
    )


def begin_backup(services: Services, state: Database) -> Operation:
    """What a schedule begins by making up for it."""
    miss_a_night(services, state)
    housekeeping.schedules(services).make_up()
    (begun,) = waiting(services, Kind.BACKUP)
    return begun


def waiting(services: Services, kind: Kind) -> list[Operation]:
    with services.store.transaction() as connection:
        recent = operations.recent(connection, database=NAME, limit=50)
    return [each for each in recent if each.kind is kind and each.progress is Progress.WAITING]


def stand(services: Services) -> Standing:
    (found,) = (each for each in standing.look(services, [NAME])[0] if each.kind is Kind.BACKUP)
    return found


def alarmed(services: Services) -> list[Alert]:
    """Alerts about what is not gone yet."""
    upkeep.look(services)
    with services.store.transaction() as connection:
        return [alert for alert in alerts.all_open(connection) if alert.gone_at is None]


def test_two_replicas_make_up_for_a_missed_backup_once(services: Services, state: Database) -> None:
    miss_a_night(services, state)
    replicas = [housekeeping.schedules(services) for _ in range(2)]
    together = Barrier(len(replicas))

    def make_up(number: int) -> None:
        together.wait()
        replicas[number].make_up()

    with ThreadPoolExecutor(len(replicas)) as pool:
        list(pool.map(make_up, range(len(replicas))))
    (begun,) = waiting(services, Kind.BACKUP)
    assert begun.requested_by == "schedule:backup-ledger"
    found = stand(services)
    assert found.operation == begun
    assert found.last is not None
    assert found.last.made_up
    assert found.last.skipped == 1
    assert found.missed is None
    told = str(standing.shown(services, [NAME]).blocks)
    assert "1 time before it stay missed" in told
    assert begun.id in told


def test_a_scheduled_backup_survives_a_restart_is_proven_and_fills_no_channel(
    services: Services, state: Database, load_operation: Load
) -> None:
    begun = begin_backup(services, state)
    runner.run(services, begun.id, should_stop=lambda: True)
    assert load_operation(begun).progress is Progress.RUNNING
    assert alarmed(services) == []
    state.execute("UPDATE operations SET heartbeat = heartbeat - interval '1 hour'")
    assert runner.run(services, begun.id) is None
    made = services.repository.load(load_operation(begun).result["backup_id"])
    assert made.manifest.kind is BackupKind.SCHEDULED
    assert made.proof.level is Level.RESTORE_TESTED
    assert alarmed(services) == []
    assert state.execute("SELECT key FROM outbox") == []
    assert made.id in str(standing.shown(services, [NAME]).blocks)


def test_a_scheduled_backup_that_fails_is_an_alert_until_one_ends_well(
    services: Services, state: Database, place: Place
) -> None:
    begun = begin_backup(services, state)
    with closed(place):
        assert runner.run(services, begun.id) is not None
    (alert,) = alarmed(services)
    assert [found.code for found in alert.findings] == [Code.BACKUP_FAILED]
    assert alarmed(services)[0].id == alert.id
    assert state.execute("SELECT key FROM outbox") == [(alert.id,)]
    shown = secondkey("schedule", "--json", config=place.folder / "secondkey.toml")
    assert shown.code == 1
    (backup,) = (each for each in shown.data if each["kind"] == "backup")
    assert backup["last"]["progress"] == "failed"
    assert backup["missed"] is None

    working.backed_up(services)
    assert alarmed(services) == []


def test_a_scheduled_backup_that_failed_is_not_begun_again_where_somebody_made_a_good_one(
    services: Services, state: Database, place: Place
) -> None:
    begun = begin_backup(services, state)
    with closed(place):
        assert runner.run(services, begun.id) is not None
    working.backed_up(services)
    state.execute("UPDATE operations SET finished_at = finished_at - interval '11 minutes'")
    upkeep.begin_again(services)
    assert waiting(services, Kind.BACKUP) == []
    assert "It is begun again" not in str(standing.shown(services, [NAME]).blocks)


def test_a_scheduled_backup_that_failed_is_begun_again_once_by_however_many_replicas(
    services: Services, state: Database, place: Place, load_operation: Load
) -> None:
    first = begin_backup(services, state)
    with closed(place):
        assert runner.run(services, first.id) is not None
    upkeep.begin_again(services)
    assert waiting(services, Kind.BACKUP) == []
    (alert,) = alarmed(services)
    assert alert.findings[0].detail.startswith("the scheduled one failed: ")
    assert "; it is tried again at " in alert.findings[0].detail

    state.execute("UPDATE operations SET finished_at = finished_at - interval '11 minutes'")
    with ThreadPoolExecutor(2) as replicas:
        list(replicas.map(lambda _: upkeep.begin_again(services), range(2)))
    (second,) = waiting(services, Kind.BACKUP)
    assert second.id != first.id
    assert stand(services).operation == second
    assert alarmed(services)[0].id == alert.id

    assert runner.run(services, second.id) is None
    assert alarmed(services) == []
    assert "begun again 1 time" in str(standing.shown(services, [NAME]).blocks)


def test_a_scheduled_drill_that_is_given_up_is_a_drills_alert_until_drills_are_switched_off(
    place: Place, services: Services, state: Database
) -> None:
    miss(services, state, Kind.DRILL, days=8)
    housekeeping.schedules(services).make_up()
    (begun,) = waiting(services, Kind.DRILL)
    state.execute("UPDATE operations SET attempts = 3 WHERE kind = 'drill'")
    assert runner.run(services, begun.id) is not None
    (alert,) = alarmed(services)
    assert alert.cause == Cause(matter=Matter.DRILL, database=NAME)
    assert "it was begun 3 times" in alert.findings[0].detail
    corrupt = finding(Code.BACKUP_CORRUPT, "B-20251008-020105-abcd", "a drill did not restore it")
    report(services, alert.cause, [corrupt], sure="tried")
    state.execute(
        'UPDATE alerts SET sightings = replace(sightings::text, \'"at": "20\', \'"at": "10\')::jsonb'
    )
    assert {each.code for each in alarmed(services)[0].findings} == {corrupt.code, alert.findings[0].code}
    with services.store.transaction() as connection:
        alerts.save(connection, replace(alerts.all_open(connection)[0], sightings=alert.sightings))
    off = place.settings(state, 'drill.schedule = "off"')
    with open_services(load(off, {}, need_slack=False)) as quiet:
        assert alarmed(quiet) == []


@contextmanager
def closed(place: Place) -> Iterator[None]:
    """Nobody gets into the protected database."""
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    name = sql.Identifier(place.protected.name)
    with psycopg.connect(make_conninfo(place.protected.dsn, dbname="postgres"), autocommit=True) as server:
        server.execute(statement.format(name, sql.SQL("false")))
        yield
        server.execute(statement.format(name, sql.SQL("true")))


def test_a_backup_that_somebody_asked_for_just_now_is_the_scheduled_one_as_well(
    services: Services, state: Database
) -> None:
    miss_a_night(services, state)
    asked = working.ask_backup(services)
    housekeeping.schedules(services).make_up()
    assert waiting(services, Kind.BACKUP) == [asked]
    found = stand(services)
    assert found.last is not None
    assert found.last.begun.joined
    assert found.operation == asked
    assert "was under way already" in str(standing.shown(services, [NAME]).blocks)


def test_without_the_signing_key_nothing_begins_and_the_alert_says_why(
    place: Place, services: Services, state: Database
) -> None:
    miss_a_night(services, state)
    services.repository.keys.path.unlink()
    with open_services(load(place.folder / "secondkey.toml", {}, need_slack=False)) as anew:
        housekeeping.schedules(anew).make_up()
        assert waiting(anew, Kind.BACKUP) == []
        (alert,) = alarmed(anew)
        assert alert.findings[0].code is Code.SCHEDULE_MISSED
        assert "could not begin" in alert.findings[0].detail
        assert "could not begin" in str(standing.shown(anew, [NAME]).blocks)


def test_what_no_replica_begins_is_an_alert_until_it_is_switched_off(
    place: Place, services: Services, state: Database
) -> None:
    miss_a_night(services, state)
    (alert,) = alarmed(services)
    assert alert.cause.subject == "backup-ledger"
    assert "nothing began" in alert.findings[0].detail
    off = place.settings(state, 'backup.schedule = "off"\ndrill.schedule = "off"')
    with open_services(load(off, {}, need_slack=False)) as quiet:
        assert alarmed(quiet) == []
        assert "Nothing is scheduled" in str(standing.shown(quiet, [NAME]).blocks)
