"""What a restore would fail of is known on the day of adoption, and a GRANT cures it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.observation import Observation
from bot.errors import Refused
from bot.operations import accept, swap_proofs
from bot.operations.observing import Reading, observe
from bot.postgres.lease import Lease, hold
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.store import facts
from tests.operations.conftest import NAME
from tests.operations.nights import MARA, Night, a_night

PROVEN = {Code.SERVER_CANNOT_RESTORE, Code.SERVER_CANNOT_SWAP}


@pytest.fixture
def swap_works() -> None:
    """It is tried out."""


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        yield night


def adopt(night: Night) -> str:
    """What whoever accepts is told."""
    operation = accept.request(night.services, NAME, "", MARA, "ops")
    night.run(operation)
    return night.shown(operation.id)


def seen(night: Night) -> Observation:
    return observe(replace(night.services, directory=None), NAME, Reading(purpose="test"))


def found(night: Night) -> set[Code]:
    return PROVEN & set(judge(seen(night)).codes())


def forget(night: Night) -> None:
    with night.services.store.transaction() as connection:
        connection.execute("DELETE FROM facts WHERE name = %s", [f"swap-proof:{NAME}"])


def kept(night: Night) -> object:
    with night.services.store.transaction() as connection:
        return facts.get(connection, f"swap-proof:{NAME}")


def at_work(night: Night) -> AbstractContextManager[Lease]:
    """Somebody else is changing the database."""
    return hold(night.place.dsn, purpose="op-12345678/first")


def test_a_login_that_is_enough_is_proven_with_the_accept(night: Night) -> None:
    assert "A restore would fail" not in adopt(night)
    assert kept(night) is not None
    assert found(night) == set()


def test_a_database_that_nobody_accepted_is_left_alone(night: Night) -> None:
    night.place.superuser(f"ALTER ROLE {night.place.bot} NOCREATEDB")
    assert found(night) == set()
    assert kept(night) is None


@pytest.mark.parametrize(
    ("lack", "grant", "code"),
    [
        ("ALTER ROLE {bot} NOCREATEDB", "ALTER ROLE {bot} CREATEDB", Code.SERVER_CANNOT_RESTORE),
        (
            "REVOKE pg_signal_backend FROM {bot}",
            "GRANT pg_signal_backend TO {bot}",
            Code.SERVER_CANNOT_RESTORE,
        ),
        (
            "ALTER DATABASE {live} OWNER TO postgres",
            "ALTER DATABASE {live} OWNER TO {owner}",
            Code.SERVER_CANNOT_SWAP,
        ),
    ],
)
def test_what_is_missing_refuses_no_accept_and_is_cured_by_its_grant(
    night: Night, lack: str, grant: str, code: Code
) -> None:
    place = night.place
    names = {"bot": place.bot, "owner": quoted(place.owner), "live": quoted(place.database.name)}
    # The marker was written before somebody took the right away.
    adopt(night)
    forget(night)
    place.superuser(lack.format(**names))
    assert "A restore would fail" in adopt(night)
    assert found(night) == {code}
    place.superuser(grant.format(**names))
    assert found(night) == set()


def test_a_database_that_was_adopted_earlier_is_proven_at_the_first_start_that_can(night: Night) -> None:
    adopt(night)
    forget(night)
    with at_work(night):
        swap_proofs.prove_adopted(night.services)
        assert kept(night) is None
    swap_proofs.prove_adopted(night.services)
    assert kept(night) is not None


def test_who_is_at_work_is_not_ended_for_a_proof(night: Night) -> None:
    adopt(night)
    with at_work(night) as lease:
        assert swap_proofs.prove(night.services, NAME) is None
        lease.confirm()
    assert found(night) == set()


def test_a_proof_that_grew_old_is_made_again(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    adopt(night)
    before = swap_proofs.current(night.services, NAME)
    assert swap_proofs.current(night.services, NAME) == before
    monkeypatch.setattr(swap_proofs, "FRESH", timedelta())
    assert swap_proofs.current(night.services, NAME) != before


def test_a_restoring_login_that_does_not_get_in_is_a_finding(night: Night) -> None:
    adopt(night)
    stranger = SecretStr(make_conninfo(night.place.dsn, user="nobody_we_know"))
    configured = night.services.settings.databases[NAME].model_copy(update={"restore_dsn": stranger})
    settings = night.services.settings.model_copy(update={"databases": {NAME: configured}})
    night.services = replace(night.services, settings=settings)
    assert found(night) == {Code.SERVER_CANNOT_RESTORE}


def test_an_undo_is_refused_before_anybody_is_asked_where_it_could_not_be_done(night: Night) -> None:
    night.protect()
    night.restore()
    night.place.superuser(f"REVOKE pg_signal_backend FROM {night.place.bot}")
    with pytest.raises(Refused, match="may not end other people's sessions"):
        night.ask_undo()
