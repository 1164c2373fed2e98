"""Deployment windows: one at a time, closed once, and what their reports may say."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import LiteralString

import psycopg
import pytest
from pydantic import SecretStr

from bot.config.models import Migrations
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.deploying.gate import Light
from bot.errors import NotFound, Refused, UsageError
from bot.operations import runner
from bot.operations.deploying import ending, freezing, starting, watching, windows
from bot.operations.deploying.watching import WindowWatch
from bot.operations.services import Services
from bot.postgres.server import Server
from bot.slack.views import failures
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night
from tests.operations.test_deployment import (
    ADD_VAT,
    HISTORY,
    INIT,
    RELEASE,
    apply,
    configure,
    finish,
    load,
    of_a_release,
    prisma,
    react,
    start,
)
from tests.waiting import until

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name LIKE 'secondkey/watch/%' AND wait_event_type = 'Lock'
"""


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.protect()
        yield night


@pytest.fixture
def migrated(night: Night) -> Night:
    night.live.execute(HISTORY)
    apply(night, "20250101_init", INIT)
    night.live.execute("GRANT SELECT ON _prisma_migrations TO PUBLIC")
    night.protect()
    return night


def state(night: Night, statement: LiteralString, *parameters: object) -> list[tuple[object, ...]]:
    with night.services.store.transaction() as connection:
        found = connection.execute(statement, parameters)
        return found.fetchall() if found.description else []


def away(night: Night) -> None:
    configure(night, dsn=SecretStr("postgresql://bot@127.0.0.1:1/ledger"))


def of_a_pipeline(night: Night) -> Deployment:
    """A process runs the release."""
    operation = starting.request(night.services, NAME, RELEASE, "cli:ci", attended=True)
    night.run(operation)
    return load(night, operation.id)


def test_somebody_else_may_close_a_window_and_is_named(night: Night) -> None:
    opened = start(night)
    night.run(ending.finish(night.services, NAME, PRIYA))
    shown = night.shown(opened.id)
    assert f"Closed by <@{PRIYA}>" in shown
    assert f"Started by <@{MARA}>" in shown


def test_a_window_that_is_finished_twice_at_once_is_reported_once(night: Night) -> None:
    opened = start(night)
    both = [ending.finish(night.services, NAME, by) for by in (MARA, PRIYA)]
    for each in both:
        night.run(each)
    assert f"Closed by <@{MARA}>" in night.shown(opened.id)
    assert len(state(night, "SELECT 1 FROM audit_log WHERE action = 'deployment.reported'")) == 1


def test_a_window_is_not_aborted_twice(night: Night) -> None:
    start(night)
    night.run(ending.abort(night.services, NAME, "it hangs", MARA))
    with pytest.raises(NotFound, match="is aborted"):
        ending.abort(night.services, NAME, "it hangs", MARA)


def test_nothing_is_finished_that_was_never_started(night: Night) -> None:
    with pytest.raises(NotFound, match="no deployment window of ledger is open") as nothing:
        ending.finish(night.services, NAME, MARA)
    assert "/deploy start" in nothing.value.hint


def test_a_window_ends_when_its_time_is_over_and_not_before(night: Night) -> None:
    start(night)
    state(night, "UPDATE deployments SET expires_at = now() + interval '1 minute'")
    assert windows.sweep(night.services) == []
    state(night, "UPDATE deployments SET expires_at = clock_timestamp()")
    assert len(windows.sweep(night.services)) == 1


def test_two_bots_that_look_after_the_same_windows_close_each_once(night: Night) -> None:
    opened = start(night)
    state(night, "UPDATE deployments SET expires_at = now() - interval '1 minute'")
    with ThreadPoolExecutor(6) as bots:
        found = bots.map(lambda _: windows.sweep(night.services), range(6))
    (closing,) = [operation for each in found for operation in each]
    night.run(closing)
    assert load(night, opened.id).stage is Stage.EXPIRED
    assert len(state(night, "SELECT 1 FROM audit_log WHERE action = 'deployment.expired'")) == 1


def test_a_closing_that_is_cut_off_is_taken_up_by_the_bot_that_starts_next(night: Night) -> None:
    opened = start(night)
    state(night, "UPDATE deployments SET expires_at = now() - interval '1 minute'")
    (closing,) = windows.sweep(night.services)
    state(night, "UPDATE operations SET progress = 'running', heartbeat = now() WHERE id = %s", closing.id)
    assert windows.sweep(night.services) == []
    night.fall_silent()
    night.run(closing)
    assert load(night, opened.id).stage is Stage.EXPIRED


def test_a_window_that_opens_after_a_long_gate_has_not_fallen_silent(night: Night) -> None:
    operation = starting.request(night.services, NAME, RELEASE, "cli:ci", attended=True)
    state(night, "UPDATE deployments SET beat_at = beat_at - interval '10 minutes'")
    night.run(operation)
    assert windows.sweep(night.services) == []
    assert load(night, operation.id).stage is Stage.OPEN


def test_a_pipeline_that_was_killed_before_its_gate_began_stands_in_nobodys_way(night: Night) -> None:
    gone = starting.request(night.services, NAME, RELEASE, "cli:ci", attended=True)
    with pytest.raises(Refused, match="is at the gate"):
        starting.request(night.services, NAME, "v1.5.0", MARA)
    night.fall_silent()
    assert start(night, "v1.5.0").stage is Stage.OPEN
    assert load(night, gone.id).stage is Stage.FAILED
    assert "Not begun" in night.shown(gone.id)


def test_what_a_person_asked_for_waits_at_the_gate_for_a_busy_bot(night: Night) -> None:
    operation = starting.request(night.services, NAME, RELEASE, MARA)
    night.fall_silent()
    windows.sweep(night.services)
    night.run(operation)
    assert load(night, operation.id).stage is Stage.OPEN


def test_a_gate_that_failed_says_why_even_after_it_was_cleared_away(night: Night) -> None:
    gone = starting.request(night.services, NAME, RELEASE, MARA)
    problem = "the disk is full & nothing was kept"
    state(night, "UPDATE operations SET progress = 'failed', problem = %s WHERE id = %s", problem, gone.id)
    windows.sweep(night.services)
    for word in ("Not begun", "nothing was let through", "the disk is full &amp; nothing was kept"):
        assert word in night.shown(gone.id)


def test_a_gate_that_was_ended_while_it_judged_opens_nothing(night: Night) -> None:
    operation = starting.request(night.services, NAME, RELEASE, MARA)
    with night.services.store.transaction() as connection:
        windows.end_by_restore(night.services, connection, NAME, PRIYA)
    assert runner.run(night.services, operation.id) is None
    assert load(night, operation.id).stage is Stage.ABORTED
    assert "Ended by a restore" in night.shown(operation.id)
    assert state(night, "SELECT 1 FROM audit_log WHERE action = 'deployment.opened'") == []


def test_a_freeze_that_comes_while_the_gate_judges_blocks(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frozen_meanwhile(*_: object) -> str:
        freezing.freeze(night.services, NAME, "stop", JONAS)
        return ""

    monkeypatch.setattr("bot.operations.deploying.foretelling.schema_of", frozen_meanwhile)
    blocked = start(night)
    assert (blocked.stage, blocked.light) == (Stage.BLOCKED, Light.BLOCKED)
    assert "Frozen" in night.shown(blocked.id)


def test_nobody_tests_an_application_that_was_not_deployed(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    blocked = start(night)
    react(night, blocked, PRIYA)
    assert "application tested" not in night.shown(blocked.id)


def test_a_database_that_is_frozen_with_all_others_is_not_called_free(night: Night) -> None:
    freezing.freeze(night.services, "all", "stop", JONAS)
    with pytest.raises(NotFound, match="every database is frozen") as found:
        freezing.thaw(night.services, NAME, "go on", MARA)
    assert "/deploy thaw all" in found.value.hint


def test_a_database_that_cannot_be_read_afterwards_is_not_called_empty(night: Night) -> None:
    opened = start(night)
    away(night)
    closed = finish(night, exit=0)
    assert closed.outcome["harm"] == ["identity.unreachable"]
    for said in (night.shown(opened.id), night.alerted()):
        assert "it cannot be read" in said
        assert "missing" not in said
        assert "brings it back" not in said


def test_two_bots_that_see_a_loss_at_once_alarm_once(night: Night) -> None:
    opened = start(night)
    night.live.execute('TRUNCATE "User" CASCADE')
    with ThreadPoolExecutor(4) as bots:
        seen = list(bots.map(lambda _: watching.look(night.services, opened, lambda: False), range(4)))
    assert all(seen)
    assert len(state(night, "SELECT 1 FROM audit_log WHERE action = 'alert.opened'")) == 1


def test_a_migration_that_failed_is_not_called_a_loss(migrated: Night, tmp_path: Path) -> None:
    start(migrated, source=of_a_release(tmp_path, **{"20250201_add_vat": ADD_VAT}))
    migrated.live.execute(
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) "
        "VALUES ('x', 'x', '20250201_add_vat', 'it broke')"
    )
    closed = finish(migrated, exit=1)
    assert (closed.outcome["harm"], closed.title) == (["history.failed"], "🟠 Failed with exit code 1")
    told = migrated.alerted()
    assert "history.failed" in told
    assert "data is missing" not in told


def test_rows_that_the_baseline_never_knew_are_missed_too(night: Night) -> None:
    night.live.execute("CREATE TABLE fresh AS SELECT generate_series(1, 1000) AS n")
    opened = start(night)
    night.live.execute("TRUNCATE fresh")
    found = watching.look(night.services, opened, lambda: False)
    assert [(each.code.value, each.subject) for each in found] == [("rows.zero", "fresh")]
    closed = finish(night, exit=0)
    assert (closed.outcome["harm"], closed.outcome["verdict"]) == (["rows.zero"], "block")
    assert "1,000 → 0" in night.shown(opened.id)


def test_a_release_from_a_folder_of_its_own_is_compared_with_that_folder_afterwards(
    migrated: Night, tmp_path: Path
) -> None:
    older = prisma(tmp_path / "older", **{"20250101_init": INIT})
    configure(migrated, migrations=Migrations.model_construct(tool=None, table=None, directory=older))
    opened = start(migrated, source=of_a_release(tmp_path, **{"20250201_add_vat": ADD_VAT}))
    assert opened.light is Light.CLEAR
    migrated.live.execute(ADD_VAT)
    apply(migrated, "20250201_add_vat", ADD_VAT)
    closed = finish(migrated, exit=0)
    assert (closed.outcome["applied"], closed.outcome["harm"]) == (["20250201_add_vat"], [])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 300,
        "<!channel>",
        "*v1*",
        "`v1`",
        "v1\n🟢 Clear",
        "v1 <@U1>",
        "ｖ1",
        "v1\u202e",
        "-rf",
        "@here",
    ],
)
def test_a_name_that_is_no_releases_claims_nothing(night: Night, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        starting.request(night.services, NAME, name, MARA)
    assert len(refused.value.reason) < 150
    said = str(failures.answer(refused.value).blocks)
    assert not any(markup in said for markup in ("<!channel>", "<@U1>", "\u202e", "v1\\n"))
    assert state(night, "SELECT FROM deployments") == []


def test_what_is_left_of_a_database_that_is_no_longer_configured_keeps_no_other_from_its_end(
    night: Night,
) -> None:
    gone = starting.request(night.services, NAME, RELEASE, MARA)
    state(night, "UPDATE operations SET progress = 'failed' WHERE id = %s", gone.id)
    state(night, "UPDATE deployments SET database = 'billing'")
    start(night)
    state(
        night,
        "INSERT INTO deployments (id, database, release, opened_by, stage, opened_at, expires_at) "
        "VALUES ('op-2', 'shop', 'v1', 'U1', 'open', now(), now())",
    )
    state(night, "UPDATE deployments SET expires_at = now() WHERE stage = 'open'")
    (closing,) = windows.sweep(night.services)
    assert closing.database == NAME


def test_a_window_that_cannot_be_looked_at_keeps_nobody_from_the_next_one(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(_services: Services, deployment: Deployment, _should_stop: object) -> None:
        looked.append(deployment.id)
        raise NotFound("no such database")

    start(night)
    state(
        night,
        "INSERT INTO deployments (id, database, release, opened_by, stage, opened_at, expires_at) "
        "SELECT 'op-2', 'billing', 'v1', 'U1', 'open', clock_timestamp(), expires_at FROM deployments",
    )
    monkeypatch.setattr(watching, "look", look)
    died = Event()
    watch = WindowWatch(night.services, on_death=lambda _: died.set())
    watch.start()
    until(lambda: "op-2" in looked)
    watch.stop()
    assert len(looked) == 2
    assert not died.is_set()


def test_a_bot_that_stops_while_it_looks_has_not_failed(night: Night) -> None:
    start(night)
    died = Event()
    watch = WindowWatch(night.services, on_death=lambda _: died.set())
    with psycopg.connect(night.live.dsn) as migrating:
        migrating.execute('LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE')
        watch.start()
        until(lambda: night.live.execute(WAITING) == [(1,)])
        watch.stop()
    assert not died.is_set()
