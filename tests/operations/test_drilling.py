"""Drills: backups are restored while nobody needs them; what that took is remembered, and trouble is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from bot.config import drilling as config
from bot.domain.alerting.alert import Alert, Cause, Matter
from bot.domain.backup import Backup
from bot.domain.drill import Drill
from bot.domain.findings import Code
from bot.domain.operation import Kind, Operation, Progress
from bot.errors import Refused
from bot.locks import locked_after
from bot.operations import catalogue, drilling, runner
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.programs import Stopped
from bot.store import alerts, drills, operations
from bot.store.database import Away
from tests.operations import protected
from tests.operations.conftest import NAME
from tests.operations.nights import MARA, Night, a_night


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        night.protect()
        yield night


def drilled(night: Night, backup_id: str | None = None, by: str = MARA) -> Operation:
    operation = drilling.request(night.services, NAME, backup_id, by, "ops")
    night.run(operation)
    return night.operation_of(operation.id)


def remembered(night: Night) -> list[Drill]:
    with night.services.store.transaction() as connection:
        return drills.recent(connection, NAME, limit=10)


def test_a_drill_restores_the_newest_and_an_older_backup_and_remembers_what_it_took(night: Night) -> None:
    night.back_up()
    newest, older = catalogue.known(night.services, NAME)
    operation = drilled(night)
    assert operation.progress is Progress.DONE
    first, second = remembered(night)
    assert (first.backup_id, first.ok, first.bytes) == (newest.id, True, newest.manifest.archive.bytes)
    assert second.backup_id == older.id
    assert second.age > first.age > timedelta(0)
    assert first.seconds == night.services.repository.load(newest.id).proof.restore_seconds
    with night.services.store.transaction() as connection:
        assert drills.newest(connection, NAME) == first
    assert "Drill passed" in night.shown(operation.id)


def test_a_drill_that_fails_is_an_alert_until_one_ends_well(night: Night) -> None:
    backup = night.back_up()
    archive = night.services.repository.root / NAME / f"{backup.id}.dump"
    protected.flip(archive)
    operation = drilled(night, backup.id)
    assert operation.progress is Progress.DONE
    assert "was changed" in remembered(night)[0].problem
    assert "was changed" in night.services.repository.load(backup.id).corrupt
    assert "Drill failed" in night.shown(operation.id)
    (alert,) = alerts_open(night)
    assert alert.cause == Cause(matter=Matter.DRILL, database=NAME)
    assert [found.code for found in alert.findings] == [Code.BACKUP_CORRUPT]
    assert alert.gone_at is None

    _, older = catalogue.known(night.services, NAME)
    drilled(night, older.id)
    (alert,) = alerts_open(night)
    assert alert.stands
    assert [found.subject for found in alert.findings] == [backup.id]

    protected.flip(archive)
    drilled(night, backup.id)
    assert night.services.repository.load(backup.id).proven_good
    (alert,) = alerts_open(night)
    assert alert.gone_at is not None


def test_what_a_schedule_begins_is_told_where_something_is_wrong(night: Night) -> None:
    backup = night.back_up()
    quiet = of_a_schedule(night, backup_id=backup.id)
    night.run(quiet)
    assert len(remembered(night)) == 1
    with pytest.raises(AssertionError):
        night.shown(quiet.id)

    protected.flip(night.services.repository.root / NAME / f"{backup.id}.dump")
    loud = of_a_schedule(night, backup_id=backup.id)
    night.run(loud)
    assert "Drill failed" in night.shown(loud.id)


def of_a_schedule(night: Night, **request: str) -> Operation:
    with night.services.store.transaction() as connection:
        return operations.create(
            connection, kind=Kind.DRILL, database=NAME, requested_by="schedule:drills", request=request
        )


def alerts_open(night: Night) -> list[Alert]:
    with night.services.store.transaction() as connection:
        return alerts.all_open(connection)


def test_a_drill_that_was_cut_off_goes_on_with_the_same_backups(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.back_up()
    operation = drilling.request(night.services, NAME, None, MARA, "ops")
    tried: list[str] = []

    def restore(_services: object, backup: Backup, **_: object) -> Backup:
        tried.append(backup.id)
        if len(tried) == 2:
            raise Away("killed")
        return backup

    monkeypatch.setattr(drilling, "prove", restore)
    assert runner.run(night.services, operation.id) is not None
    night.fall_silent()
    newer = night.back_up()
    night.run(operation)
    assert tried[1:] == [tried[1], tried[1]]
    assert newer.id not in tried
    assert {drill.backup_id for drill in remembered(night)} == set(tried)


def test_a_database_is_drilled_once_at_a_time(night: Night) -> None:
    drilling.request(night.services, NAME, None, MARA, "ops")
    with pytest.raises(Refused) as second:
        drilling.request(night.services, NAME, None, MARA, "ops")
    assert second.value.code == "already-running"


def test_a_drill_waits_for_another_one_on_the_same_machine(tmp_path: Path) -> None:
    waited: list[str] = []

    def give_up() -> None:
        waited.append("once")
        raise Stopped

    with locked_after(tmp_path, give_up):
        assert not waited
        with pytest.raises(Stopped), locked_after(tmp_path, give_up):
            raise AssertionError("both hold it")
    with locked_after(tmp_path, give_up):
        assert waited == ["once"]


def test_without_a_backup_that_is_worth_it_there_is_nothing_to_drill(night: Night) -> None:
    for backup in catalogue.known(night.services, NAME):
        protected.flip(night.services.repository.root / NAME / f"{backup.id}.json")
    with pytest.raises(Refused) as refused:
        drilling.request(night.services, NAME, None, MARA, "ops")
    assert refused.value.code == "no-proven-backup"
    failed = runner.run(night.services, of_a_schedule(night).id)
    assert failed is not None
    assert "there is nothing to restore" in failed.reason


@contextmanager
def staging(night: Night, server: Server) -> Iterator[str]:
    """Another server, where the backup's roles are known, and a login is just enough."""
    owner, bot = quoted(night.place.owner), quoted(night.place.bot)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner}; CREATE ROLE {bot} LOGIN CREATEDB PASSWORD 'staging'")
        connection.execute(f"GRANT {owner}, pg_signal_backend, pg_read_all_data TO {bot}")
        yield f"postgresql://{night.place.bot}:staging@127.0.0.1:{server.port}/postgres"
        assert [
            name for (name,) in connection.execute("SELECT datname FROM pg_database") if "drill" in name
        ] == []
        connection.execute(f"DROP OWNED BY {owner}, {bot}; DROP ROLE {owner}, {bot}")


def configure(night: Night, dsn: str) -> None:
    configured = night.services.settings.databases[NAME]
    moved = configured.model_copy(update={"drill": config.Drill(staging_dsn=SecretStr(dsn))})
    settings = night.services.settings.model_copy(update={"databases": {NAME: moved}})
    night.services = replace(night.services, settings=settings)


def test_a_drill_on_the_staging_server_leaves_nothing_there(night: Night, own_server: Server) -> None:
    backup = night.back_up()
    with staging(night, own_server) as dsn:
        configure(night, dsn)
        drilled(night, backup.id)
        (drill,) = remembered(night)
        assert (drill.problem, drill.place) == ("", "127.0.0.1")
        assert drill.seconds is not None
        assert night.services.repository.load(backup.id).proven_good


def test_a_protected_server_is_never_the_staging_server(night: Night) -> None:
    backup = night.back_up()
    configure(night, night.place.of("postgres").as_role(night.place.bot))
    drilled(night, backup.id)
    (drill,) = remembered(night)
    assert "which is protected" in drill.problem
    assert not night.services.repository.load(backup.id).corrupt
    assert night.names() == [night.live.name]
