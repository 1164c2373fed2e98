"""The proof by day of what is needed by night, and what it finds missing."""

import psycopg
import pytest

from bot.postgres import swap_proof as subject
from bot.postgres.naming import names_for_proof
from bot.postgres.swap_proof import SwapProof, prove_swap
from bot.postgres.tables import quoted
from tests.postgres.protected import Protected


def prove(ledger: Protected, *, has_admin: bool = False) -> SwapProof:
    with ledger.lease() as lease:
        return prove_swap(lease, has_admin=has_admin)


def databases(ledger: Protected) -> list[str]:
    return [
        name
        for (name,) in ledger.superuser("SELECT datname FROM pg_database WHERE datname LIKE 'secondkey%'")
    ]


def test_the_role_that_is_enough_is_proven_and_nothing_is_left(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    before = ledger.oid(ledger.names.live)
    assert prove(ledger) == SwapProof(cannot_restore=(), cannot_swap=(), unendable=())
    assert databases(ledger) == []
    assert (ledger.oid(ledger.names.live), ledger.allows_connections(ledger.names.live)) == (before, True)


def test_a_database_that_is_gone_is_proven_with_the_logins_own(ledger: Protected) -> None:
    ledger.superuser(f"DROP DATABASE {quoted(ledger.names.live)}")
    assert prove(ledger).proven


@pytest.mark.parametrize(
    ("lack", "restore", "swap"),
    [
        ("ALTER ROLE {bot} NOCREATEDB", ["may not create databases"], []),
        ("REVOKE pg_signal_backend FROM {bot}", ["may not end other people's sessions"], []),
        ("REVOKE {owner} FROM {bot}", [], ["is not a member of"]),
        ("ALTER DATABASE {live} OWNER TO postgres", [], ["belongs to postgres, a superuser"]),
    ],
)
def test_what_is_missing_is_known_by_day(
    ledger_everywhere: Protected, lack: str, restore: list[str], swap: list[str]
) -> None:
    ledger = ledger_everywhere
    ledger.superuser(lack.format(bot=ledger.bot, owner=quoted(ledger.owner), live=quoted(ledger.names.live)))
    proof = prove(ledger)
    assert not proof.proven
    for found, wanted in ((proof.cannot_restore, restore), (proof.cannot_swap, swap)):
        assert len(found) == len(wanted)
        for each, reason in zip(found, wanted, strict=True):
            assert reason in each.reason
            assert each.hint
    assert databases(ledger) == []


def test_sessions_that_could_not_be_ended_are_counted_and_named(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    with (
        psycopg.connect(ledger.database.dsn, application_name="azure"),
        psycopg.connect(ledger.dsn, application_name="backend"),
    ):
        proof, helped = prove(ledger), prove(ledger, has_admin=True)
    assert [(each.application, each.login) for each in proof.unendable] == [("azure", "postgres")]
    (refusal,) = proof.cannot_swap
    assert "1 session on the live database may not be ended" in refusal.reason
    assert '("azure", as postgres)' in refusal.reason
    assert (helped.proven, len(helped.unendable)) == (True, 1)


def test_what_an_interrupted_proof_left_is_dropped(ledger: Protected) -> None:
    names = names_for_proof(ledger.names.live)
    for name in (names.live, names.candidate):
        ledger.superuser(f"CREATE DATABASE {name} OWNER {quoted(ledger.owner)} STRATEGY FILE_COPY")
    ledger.superuser("CREATE DATABASE secondkey_proof_of_somebody OWNER postgres STRATEGY FILE_COPY")
    try:
        assert prove(ledger).proven
        assert databases(ledger) == ["secondkey_proof_of_somebody"]
    finally:
        ledger.superuser("DROP DATABASE secondkey_proof_of_somebody")


def test_a_proof_that_fails_is_told_and_leaves_nothing(
    ledger: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "carry_over", lambda *_: ())
    (failed,) = prove(ledger).cannot_swap
    assert "a setting of a database was not carried over" in failed.reason
    assert databases(ledger) == []
