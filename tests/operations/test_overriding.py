"""Overriding the gate: for one release, on the very database that was meant, for what was seen, and once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.deploying import Deploy
from bot.domain.approval import Choice, Request
from bot.domain.deploying.deployment import Stage
from bot.domain.deploying.gate import Light
from bot.errors import Refused
from bot.operations.deploying import freezing, overriding
from bot.operations.deploying.starting import Source
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.store import deployments
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, PRIYA, Night, a_night
from tests.operations.test_deployment import (
    HISTORY,
    INIT,
    RELEASE,
    apply,
    configure,
    finish,
    granted,
    of_a_release,
    start,
)


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    """A gate that is shut: every row is gone."""
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.protect()
        night.live.execute('TRUNCATE "User" CASCADE')
        yield night


def recreate(night: Night) -> None:
    night.place.superuser(f"DROP DATABASE {night.live.name} WITH (FORCE)")
    night.place.superuser(f"CREATE DATABASE {night.live.name} OWNER {quoted(night.place.owner)}")


def ask(night: Night) -> Request:
    return night.posted(overriding.request(night.services, NAME, RELEASE, "it is meant", MARA, "ops"))


@pytest.mark.parametrize("policy", ["fresh", "always"])
def test_a_database_that_cannot_be_read_is_let_through_by_nobody(night: Night, policy: str) -> None:
    configure(night, deploy=Deploy(backup=policy))
    granted(night)
    configure(night, dsn=SecretStr("postgresql://bot@127.0.0.1:1/ledger"))
    blocked = start(night)
    assert (blocked.stage, blocked.light) == (Stage.BLOCKED, Light.BLOCKED)
    assert "/deploy override" not in night.shown(blocked.id)
    with pytest.raises(Refused, match="nobody can override that") as refused:
        ask(night)
    assert refused.value.code == "target-unreachable"


def test_an_override_ends_with_the_database_that_it_was_for(night: Night) -> None:
    recreate(night)
    granted(night)
    recreate(night)
    assert start(night).light is Light.BLOCKED
    with night.services.store.transaction() as connection:
        assert deployments.override_for(connection, NAME, RELEASE) is None
        ((why,),) = connection.execute("SELECT void_because FROM overrides")
    assert why == "found since: it is another database by now"


def test_an_override_of_one_database_is_not_anothers(night: Night) -> None:
    granted(night)
    with night.services.store.transaction() as connection:
        assert deployments.override_for(connection, "billing", RELEASE) is None
        assert deployments.override_for(connection, NAME, f"{RELEASE} ") is None
        assert deployments.override_for(connection, NAME, RELEASE.upper()) is None


def test_an_override_opens_one_of_two_that_use_it_at_once(night: Night) -> None:
    granted(night)
    with night.services.store.transaction() as connection:
        override = deployments.override_for(connection, NAME, RELEASE)
    assert override is not None

    def use(deployment: str) -> bool:
        with night.services.store.transaction() as connection:
            return deployments.use_override(connection, override.id, deployment)

    with ThreadPoolExecutor(8) as at_once:
        assert sorted(at_once.map(use, map(str, range(8)))) == [False] * 7 + [True]


def test_what_a_connection_string_alone_gives_away_can_be_overridden(night: Night) -> None:
    source = Source(elsewhere="DATABASE_URL leads to db.example.org:5432/other")
    start(night, source=source)
    request = ask(night)
    assert "db.example.org:5432/other" in night.shown(request.id)
    night.approve(request)
    assert night.carry_out(request) is None
    assert start(night, source=source).light is Light.OVERRIDDEN


def test_an_overridden_gate_makes_its_backup_all_the_same(night: Night) -> None:
    configure(night, deploy=Deploy())
    assert start(night).light is Light.BLOCKED
    granted(night)
    opened = start(night)
    assert (opened.stage, opened.light) == (Stage.OPEN, Light.OVERRIDDEN)
    assert night.services.repository.load(opened.backup_id).manifest.release == RELEASE


@pytest.mark.parametrize("edited", ["20250202_more", "20250203_after"])
def test_what_is_edited_after_the_approval_is_not_what_was_approved(
    postgres_server: Server, own_server: Server, tmp_path: Path, edited: str
) -> None:
    """The place, the first words and the codes stay as they were."""
    harmless, worse = "DO $$ BEGIN NULL; END $$;\n", 'DO $$ BEGIN DELETE FROM "User"; END $$;\n'
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.live.execute(HISTORY)
        apply(night, "20250101_init", INIT)
        night.live.execute("GRANT SELECT ON _prisma_migrations TO PUBLIC")
        night.protect()
        source = of_a_release(tmp_path, **dict.fromkeys(("20250202_more", "20250203_after"), harmless))
        assert start(night, source=source).light is Light.SECOND_PERSON
        granted(night)
        assert source.migrations is not None
        (source.migrations / edited / "migration.sql").write_text(worse)
        assert start(night, source=source).light is Light.SECOND_PERSON
        with night.services.store.transaction() as connection:
            assert deployments.override_for(connection, NAME, RELEASE) is None


def test_whoever_asks_does_not_approve(night: Night) -> None:
    night.workspace.approvers = {MARA, JONAS, PRIYA}
    request = ask(night)
    night.approve(request, MARA)
    assert night.carry_out(request) is None
    assert start(night).light is Light.BLOCKED


def test_a_veto_after_the_approval_lets_nothing_through(night: Night) -> None:
    request = ask(night)
    night.approve(request, JONAS)
    night.react(request, Choice.DENY, PRIYA)
    assert night.carry_out(request) is not None
    assert start(night).light is Light.BLOCKED


def test_a_freeze_between_the_approval_and_the_start_wins_and_uses_nothing_up(night: Night) -> None:
    granted(night)
    freezing.freeze(night.services, NAME, "stop", JONAS)
    assert start(night).light is Light.BLOCKED
    with night.services.store.transaction() as connection:
        deployments.thaw(connection, NAME)
    assert start(night).light is Light.OVERRIDDEN


def test_what_became_worse_than_what_was_overridden_is_alarmed_about(
    postgres_server: Server, own_server: Server, tmp_path: Path
) -> None:
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.protect()
        night.live.execute('DELETE FROM "User" WHERE id > 200')
        granted(night)
        opened = start(night)
        assert opened.light is Light.OVERRIDDEN
        night.live.execute('DELETE FROM "User" WHERE id > 20')
        closed = finish(night, exit=0)
        assert closed.outcome["harm"] == ["rows.dropped"]
        assert "data is missing" in night.alerted()
