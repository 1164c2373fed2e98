"""The deployment gate: what it lets through, what it does not, and what its report says afterwards."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.deploying import Deploy
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.deploying.gate import Light
from bot.domain.findings import Code
from bot.errors import NotFound, Refused
from bot.operations import accept, runner
from bot.operations.deploying import ending, freezing, overriding, starting, testing, watching, windows
from bot.operations.deploying.starting import Source
from bot.postgres.server import Server
from bot.store import baselines, deployments
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night
from tests.operations.workspace_stand_in import BOT, CHANNEL, TS

RELEASE = "v1.4.0"


@pytest.fixture
def adopted(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    """Without any backup."""
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.run(accept.request(night.services, NAME, "", MARA, "ops"))
        yield night


@pytest.fixture
def night(adopted: Night) -> Night:
    adopted.back_up()
    return adopted


def configure(night: Night, **changes: object) -> None:
    configured = night.services.settings.databases[NAME].model_copy(update=changes)
    settings = night.services.settings.model_copy(update={"databases": {NAME: configured}})
    night.services = replace(night.services, settings=settings)


def start(night: Night, release: str = RELEASE, source: Source = Source()) -> Deployment:
    operation = starting.request(night.services, NAME, release, MARA, source)
    night.run(operation)
    return load(night, operation.id)


def finish(night: Night, **outcome: object) -> Deployment:
    operation = ending.finish(night.services, NAME, MARA, **outcome)
    night.run(operation)
    return load(night, operation.request["deployment"])


def load(night: Night, deployment_id: str) -> Deployment:
    with night.services.store.transaction() as connection:
        return deployments.load(connection, deployment_id)


def codes(deployment: Deployment) -> set[str]:
    return {found.partition(" ")[0] for found in deployment.findings}


def test_an_ordinary_release_passes_the_gate_and_its_window_closes_with_the_report(night: Night) -> None:
    opened = start(night)
    assert (opened.stage, opened.light) == (Stage.OPEN, Light.CLEAR)
    shown = night.shown(opened.id)
    for word in (
        "Clear to deploy",
        RELEASE,
        "same server, same database",
        "Recovery",
        "☑ backup",
        "☐ migrated",
    ):
        assert word in shown
    night.live.execute("""INSERT INTO "User" (name) VALUES ('one more')""")
    closed = finish(night)
    assert (closed.stage, closed.outcome["verdict"], closed.harmed) == (Stage.CLOSED, "warn", False)
    shown = night.shown(opened.id)
    for word in (
        "Deployed",
        "500 → 501",
        "*Schema* as it was",
        "☑ counts compared",
        "☑ verified",
        "☐ application tested",
    ):
        assert word in shown


def test_from_the_second_release_on_a_chart_shows_the_rows_over_all_of_them(night: Night) -> None:
    start(night, "v1.3.0")
    night.live.execute("""INSERT INTO "User" (name) VALUES ('one more')""")
    finish(night)
    second = start(night)
    night.live.execute('DELETE FROM "User" WHERE id <= 100')
    closed = finish(night)
    assert (closed.outcome["counts"]["before"]["User"], closed.outcome["counts"]["after"]["User"]) == (
        501,
        401,
    )
    with night.services.store.transaction() as connection:
        ((key, chart),) = connection.execute("SELECT key, chart FROM outbox WHERE chart IS NOT NULL")
        told = connection.execute("SELECT detail FROM audit_log WHERE action = 'deployment.reported'")
        assert ["counts" in detail for (detail,) in told] == [False, False]
    assert key == f"{second.id}:rows"
    assert chart["releases"] == ["v1.3.0", RELEASE]
    assert {line["table"]: line["rows"] for line in chart["lines"]}["User"] == [500, 501, 501, 401]
    assert "User fell from 501 to 401 in v1.4.0" in night.shown(key)


def test_the_incident_is_blocked_before_the_release_begins(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    blocked = start(night, "v1.3.0")
    assert (blocked.stage, blocked.light) == (Stage.BLOCKED, Light.BLOCKED)
    assert "rows.zero" in codes(blocked)
    shown = night.shown(blocked.id)
    for word in ("Blocked", "rows.zero", f"/restore {NAME} REASON", "/deploy override v1.3.0"):
        assert word in shown
    with pytest.raises(NotFound, match="no deployment window"):
        ending.finish(night.services, NAME, MARA)


def test_data_that_a_release_loses_is_alarmed_about_at_once(night: Night) -> None:
    opened = start(night)
    night.live.execute('TRUNCATE "User" CASCADE')
    closed = finish(night, exit=0)
    assert closed.harmed
    assert "rows.zero" in closed.outcome["harm"]
    assert "After the release data is missing" in night.shown(opened.id)
    alarm = night.alerted()
    for word in ("data is missing", "before v1.4.0", "500 → 0", "Prepare restore", f"/traffic stop {NAME}"):
        assert word in alarm


def test_the_watch_alarms_before_the_window_is_closed_and_once(night: Night) -> None:
    opened = start(night)
    assert watching.look(night.services, opened, lambda: False) == ()
    night.live.execute('TRUNCATE "User" CASCADE')
    found = watching.look(night.services, opened, lambda: False)
    assert Code.ROWS_ZERO in {each.code for each in found}
    first = night.alerted()
    watching.look(night.services, opened, lambda: False)
    assert night.alerted() == first
    assert load(night, opened.id).stage is Stage.OPEN


def test_a_second_deployment_is_told_whose_window_is_open(night: Night) -> None:
    start(night)
    with pytest.raises(Refused, match="has its window open") as refused:
        starting.request(night.services, NAME, "v1.5.0", PRIYA)
    assert refused.value.code == "window-open"
    assert MARA in refused.value.reason


def test_a_window_is_closed_once(night: Night) -> None:
    start(night)
    finish(night)
    with pytest.raises(NotFound, match="is closed"):
        ending.finish(night.services, NAME, MARA)


def test_an_aborted_release_is_reported_too(night: Night) -> None:
    opened = start(night)
    night.run(ending.abort(night.services, NAME, "it hangs", PRIYA))
    assert load(night, opened.id).stage is Stage.ABORTED
    assert "it hangs" in night.shown(opened.id)


def test_what_concerns_everybody_is_done_for_a_reason(night: Night) -> None:
    start(night)
    services = night.services
    for act in (
        lambda: ending.abort(services, NAME, " ", MARA),
        lambda: freezing.freeze(services, NAME, "", MARA),
        lambda: freezing.thaw(services, NAME, "", MARA),
    ):
        with pytest.raises(Refused, match="a reason is needed") as refused:
            act()
        assert refused.value.hint.endswith("REASON`")


def test_a_window_that_nobody_closes_is_closed_and_told(night: Night) -> None:
    opened = start(night)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE deployments SET expires_at = now() - interval '1 minute'")
    (operation,) = windows.sweep(night.services)
    assert windows.sweep(night.services) == []
    night.run(operation)
    assert load(night, opened.id).stage is Stage.EXPIRED
    assert "nobody closed it" in night.shown(opened.id)


def test_a_window_whose_process_fell_silent_ends(night: Night) -> None:
    operation = starting.request(night.services, NAME, RELEASE, "cli:ci", attended=True)
    night.run(operation)
    assert windows.sweep(night.services) == []
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE deployments SET beat_at = now() - interval '3 minutes'")
    (ended,) = windows.sweep(night.services)
    night.run(ended)
    assert load(night, operation.id).stage is Stage.LOST


def test_a_gate_that_was_cut_off_does_not_stand_in_the_way_for_ever(night: Night) -> None:
    gone = starting.request(night.services, NAME, RELEASE, "cli:ci", attended=True)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE operations SET progress = 'failed' WHERE id = %s", [gone.id])
    assert start(night, "v1.5.0").stage is Stage.OPEN
    assert load(night, gone.id).stage is Stage.FAILED


def test_a_backup_is_made_for_each_deployment_unless_a_fresh_one_will_do(night: Night) -> None:
    configure(night, deploy=Deploy())
    opened = start(night)
    assert opened.stage is Stage.OPEN
    made = night.services.repository.load(opened.backup_id)
    assert (made.manifest.release, made.manifest.kind, made.proven_good) == (RELEASE, "deployment", True)


def test_without_a_backup_the_gate_stays_shut_by_policy(adopted: Night) -> None:
    blocked = start(adopted)
    assert blocked.light is Light.BLOCKED
    assert "backup.missing" in codes(blocked)


def test_a_connection_string_that_leads_elsewhere_is_stopped(night: Night) -> None:
    blocked = start(night, source=Source(elsewhere="it leads to db.example.org:5432/other"))
    assert blocked.light is Light.BLOCKED
    assert "identity.other-database" in codes(blocked)


def test_a_database_that_cannot_be_read_is_never_clear(night: Night) -> None:
    operation = starting.request(night.services, NAME, RELEASE, MARA)
    configure(night, dsn=SecretStr("postgresql://bot@127.0.0.1:1/ledger"))
    night.run(operation)
    blocked = load(night, operation.id)
    assert blocked.light is Light.BLOCKED
    assert codes(blocked) & {"identity.unreachable", "identity.absent"}


def test_a_freeze_blocks_every_start_and_the_report_still_shows_all(night: Night) -> None:
    freezing.freeze(night.services, NAME, "we look for the cause", JONAS)
    night.live.execute('TRUNCATE "User" CASCADE')
    blocked = start(night)
    assert blocked.light is Light.BLOCKED
    shown = night.shown(blocked.id)
    for word in ("Frozen", "we look for the cause", "rows.zero"):
        assert word in shown


def test_a_freeze_of_all_blocks_each(night: Night) -> None:
    freezing.freeze(night.services, "all", "we look for the cause", JONAS)
    assert start(night).light is Light.BLOCKED
    with pytest.raises(Refused, match="frozen already"):
        freezing.freeze(night.services, "all", "again", MARA)


def test_a_healthy_database_is_thawed_by_one_person(night: Night) -> None:
    freezing.freeze(night.services, NAME, "we look for the cause", JONAS)
    night.run(freezing.thaw(night.services, NAME, "found it", MARA))
    assert start(night).light is Light.CLEAR


def test_while_data_is_missing_thawing_takes_two(night: Night) -> None:
    freezing.freeze(night.services, NAME, "we look for the cause", JONAS)
    night.live.execute('TRUNCATE "User" CASCADE')
    request = night.posted(freezing.thaw(night.services, NAME, "it is meant", MARA))
    with night.services.store.transaction() as connection:
        assert deployments.frozen(connection, NAME)
    night.approve(request)
    assert night.carry_out(request) is None
    with night.services.store.transaction() as connection:
        assert deployments.frozen(connection, NAME) is None


def test_two_people_let_one_release_through_once(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    granted(night)
    assert start(night, "v9.9.9").light is Light.BLOCKED
    opened = start(night)
    assert (opened.stage, opened.light) == (Stage.OPEN, Light.OVERRIDDEN)
    assert opened.overridden_by == (MARA, JONAS)
    assert "Overridden" in night.shown(opened.id)
    closed = finish(night)
    assert not closed.harmed
    assert "It was overridden" in night.shown(opened.id)
    assert start(night).light is Light.BLOCKED


def test_a_new_finding_voids_an_override(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    granted(night)
    night.live.execute('DROP TABLE "User" CASCADE')
    assert start(night).light is Light.BLOCKED
    with night.services.store.transaction() as connection:
        assert deployments.override_for(connection, NAME, RELEASE) is None


def test_an_override_ends_by_itself(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    granted(night)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE overrides SET valid_until = now()")
    assert start(night).light is Light.BLOCKED


def test_a_frozen_gate_is_not_overridden(night: Night) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    granted(night)
    freezing.freeze(night.services, NAME, "stop", JONAS)
    assert start(night).light is Light.BLOCKED


def test_there_is_nothing_to_override_where_the_gate_is_clear(night: Night) -> None:
    operation = overriding.request(night.services, NAME, RELEASE, "to be sure", MARA, "ops")
    error = runner.run(night.services, operation.id)
    assert isinstance(error, Refused)
    assert error.code == "nothing-to-override"


def test_the_baseline_moves_with_a_deployment_that_was_closed_well(night: Night) -> None:
    start(night)
    night.live.execute("CREATE TABLE vat (id int)")
    finish(night)
    with night.services.store.transaction() as connection:
        baseline = baselines.current(connection, NAME)
    assert baseline is not None
    assert "vat" in {table.name.name for table in baseline.state.tables}


def test_the_baseline_stays_where_the_release_failed(night: Night) -> None:
    start(night)
    night.live.execute("CREATE TABLE vat (id int)")
    closed = finish(night, exit=1)
    assert "Failed with exit code 1" in night.shown(closed.id)
    with night.services.store.transaction() as connection:
        baseline = baselines.current(connection, NAME)
    assert baseline is not None
    assert "vat" not in {table.name.name for table in baseline.state.tables}


def granted(night: Night) -> None:
    operation = overriding.request(night.services, NAME, RELEASE, "it is meant", MARA, "ops")
    request = night.posted(operation)
    assert "The gate says no" in night.shown(request.id)
    night.approve(request)
    assert night.carry_out(request) is None


def test_a_person_ticks_that_the_application_was_tested_and_takes_it_back(night: Night) -> None:
    opened = start(night)
    react(night, opened, PRIYA)
    assert f"☑ application tested (<@{PRIYA}>)" in night.shown(opened.id)
    react(night, opened, JONAS, type="reaction_removed")
    assert "☑ application tested" in night.shown(opened.id)
    finish(night)
    assert "☑ application tested" in night.shown(opened.id)
    react(night, opened, PRIYA, type="reaction_removed")
    assert "☐ application tested" in night.shown(opened.id)


def test_neither_the_bot_nor_a_guest_nor_another_emoji_ticks_anything(night: Night) -> None:
    opened = start(night)
    night.workspace.people[BOT] = replace(night.workspace.people[PRIYA], id=BOT)
    night.workspace.people[JONAS] = replace(night.workspace.people[JONAS], is_guest=True)
    react(night, opened, BOT)
    react(night, opened, JONAS)
    react(night, opened, PRIYA, reaction="tada")
    assert "☐ application tested" in night.shown(opened.id)


def test_a_restore_ends_the_window_of_the_release_that_it_was_needed_for(night: Night) -> None:
    opened = start(night)
    night.live.execute('TRUNCATE "User" CASCADE')
    night.restore()
    assert load(night, opened.id).stage is Stage.ABORTED
    assert "Ended by a restore" in night.shown(opened.id)


def react(night: Night, deployment: Deployment, user: str, **changes: str) -> None:
    with night.services.store.transaction() as connection:
        where = [CHANNEL, TS, deployment.id]
        connection.execute("UPDATE outbox SET posted_channel = %s, ts = %s WHERE key = %s", where)
    event = {"type": "reaction_added", "reaction": "white_check_mark", "user": user, **changes}
    testing.reacted(night.services, {**event, "item": {"channel": CHANNEL, "ts": TS}})


def prisma(folder: Path, **migrations: str) -> Path:
    """A release's folder as Prisma has it."""
    for name, text in migrations.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "migration.sql").write_text(text)
    (folder / "migration_lock.toml").write_text('provider = "postgresql"\n')
    return folder


HISTORY = """
CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0
)
"""
INIT, ADD_VAT, DROP_USERS = "SELECT 1;\n", 'ALTER TABLE "User" ADD COLUMN vat int;\n', 'DROP TABLE "User";\n'


@pytest.fixture
def migrated(adopted: Night) -> Night:
    """Its history knows the first migration; adopted and backed up with that."""
    adopted.live.execute(HISTORY)
    apply(adopted, "20250101_init", INIT)
    adopted.live.execute("GRANT SELECT ON _prisma_migrations TO PUBLIC")
    adopted.run(accept.request(adopted.services, NAME, "", MARA, "ops"))
    adopted.back_up()
    return adopted


def apply(night: Night, name: str, text: str) -> None:
    checksum = hashlib.sha256(text.encode()).hexdigest()
    night.live.execute(
        "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) "  # noqa: S608
        f"VALUES ('{name}', '{checksum}', now(), '{name}', 1)"
    )


def of_a_release(folder: Path, **pending: str) -> Source:
    return Source(migrations=prisma(folder / "migrations", **{"20250101_init": INIT}, **pending))


def test_an_ordinary_pending_migration_passes_and_is_named_before_and_after(
    migrated: Night, tmp_path: Path
) -> None:
    opened = start(migrated, source=of_a_release(tmp_path, **{"20250201_add_vat": ADD_VAT}))
    assert opened.light is Light.CLEAR, opened.findings
    assert "1 applied, 1 pending · prisma: applies 1: 20250201_add_vat" in migrated.shown(opened.id)
    migrated.live.execute(ADD_VAT)
    apply(migrated, "20250201_add_vat", ADD_VAT)
    closed = finish(migrated)
    assert closed.outcome["applied"] == ["20250201_add_vat"]
    shown = migrated.shown(opened.id)
    for word in ("20250201_add_vat applied", "TABLE public.User", "☑ migrated (1 applied)"):
        assert word in shown


def test_sql_that_destroys_rows_needs_a_second_person(migrated: Night, tmp_path: Path) -> None:
    source = of_a_release(tmp_path, **{"20250201_drop": DROP_USERS})
    blocked = start(migrated, source=source)
    assert blocked.light is Light.SECOND_PERSON, blocked.findings
    shown = migrated.shown(blocked.id)
    for word in (
        "Needs a second person",
        "release.destructive-sql",
        "20250201_drop/migration.sql:1",
        "500 rows",
    ):
        assert word in shown


def test_what_a_pipeline_found_in_its_own_folder_is_overridden_without_that_folder(
    migrated: Night, tmp_path: Path
) -> None:
    source = of_a_release(tmp_path, **{"20250201_drop": DROP_USERS})
    start(migrated, source=source)
    (tmp_path / "migrations").rename(tmp_path / "elsewhere")
    operation = overriding.request(migrated.services, NAME, RELEASE, "they moved", MARA, "ops")
    request = migrated.posted(operation)
    shown = migrated.shown(request.id)
    for word in ("Found by the pipeline", "drop table User (20250201_drop/migration.sql:1)"):
        assert word in shown
    migrated.approve(request)
    assert migrated.carry_out(request) is None
    (tmp_path / "elsewhere").rename(tmp_path / "migrations")
    opened = start(migrated, source=source)
    assert opened.light is Light.OVERRIDDEN
    migrated.live.execute(DROP_USERS)
    closed = finish(migrated)
    assert not closed.harmed, (closed.findings, closed.outcome["harm"])
    assert "500 → gone" in migrated.shown(opened.id)


def test_a_release_that_would_apply_everything_again_is_blocked(migrated: Night, tmp_path: Path) -> None:
    migrated.live.execute("TRUNCATE _prisma_migrations")
    blocked = start(migrated, source=of_a_release(tmp_path, **{"20250201_add_vat": ADD_VAT}))
    assert blocked.light is Light.BLOCKED
    assert {"history.empty", "history.all-pending"} <= codes(blocked)
    assert "would stop at 20250101_init" in migrated.shown(blocked.id)


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_folder_that_cannot_be_read_blocks(migrated: Night, tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    blocked = start(migrated, source=Source(migrations=tmp_path / folder))
    assert "history.unreadable" in codes(blocked)


def test_a_history_without_any_folder_to_compare_it_with_blocks(migrated: Night) -> None:
    assert "history.unreadable" in codes(start(migrated))


def test_a_connection_string_into_another_schema_is_stopped(migrated: Night, tmp_path: Path) -> None:
    source = replace(of_a_release(tmp_path), schema="app")
    blocked = start(migrated, source=source)
    assert "identity.other-database" in codes(blocked)
    assert "the migrations lie in public" in migrated.shown(blocked.id)
