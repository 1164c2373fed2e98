"""The lease: one session may act, a successor ends it, and whoever lost it can do nothing more."""

import threading
from contextlib import suppress

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.errors import CommandFailed, Refused
from bot.postgres import lease as subject
from bot.postgres.connection import Unreachable
from bot.postgres.fence import put_up
from bot.postgres.lease import LeaseLost, hold, maintenance
from tests.postgres.conftest import Replication
from tests.postgres.protected import Protected
from tests.postgres.test_connection import pooler


def test_a_lease_is_a_named_session_in_the_maintenance_database(ledger: Protected) -> None:
    with ledger.lease() as lease:
        assert (lease.live, lease.ended, lease.maintenance_database) == (
            ledger.database.name, (), "postgres",
        )  # fmt: skip
        named = ledger.superuser(
            "SELECT application_name FROM pg_stat_activity WHERE pid = %s",
            [lease.connection.info.backend_pid],
        )
        assert named == [(f"secondkey/{ledger.operation}/first",)]
        assert ledger.dsn not in repr(lease)


def test_a_successor_ends_the_holder_who_can_then_do_nothing(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    with ledger.lease("first") as ghost:
        with ledger.lease("second") as successor:
            assert successor.ended == (f"secondkey/{ledger.operation}/first",)
            successor.confirm()
            with pytest.raises(LeaseLost):
                put_up(ghost, [ledger.database.name])
            with pytest.raises(LeaseLost):
                ghost.confirm()
        assert ledger.allows_connections(ledger.database.name)


def test_another_operations_holder_is_ended_as_well(ledger: Protected) -> None:
    with hold(ledger.dsn, purpose="op-other000/1") as other, ledger.lease() as lease:
        assert lease.ended == ("secondkey/op-other000/1",)
        with pytest.raises(LeaseLost):
            other.confirm()


def test_whoever_only_tries_something_out_leaves_the_holder_to_it(ledger: Protected) -> None:
    with ledger.lease() as lease:
        trying = hold(ledger.dsn, purpose="op-other000/1", take_over=False)
        with pytest.raises(Refused, match=f"secondkey/{ledger.operation}/first is changing"), trying:
            pass
        lease.confirm()
    with hold(ledger.dsn, purpose="op-other000/1", take_over=False) as free:
        free.confirm()


def test_programs_of_an_earlier_attempt_are_ended(ledger: Protected) -> None:
    left = make_conninfo(ledger.dsn, application_name=f"secondkey/{ledger.operation}/zero")
    with psycopg.connect(left, autocommit=True) as program, ledger.lease() as lease:
        assert lease.ended == (f"secondkey/{ledger.operation}/zero",)
        with pytest.raises(psycopg.OperationalError):
            program.execute("SELECT 1")


def test_leases_on_two_databases_do_not_meet(ledger: Protected) -> None:
    other = make_conninfo(ledger.dsn, dbname="another")
    with ledger.lease() as one, hold(other, purpose="op-other000/1") as two:
        assert two.ended == ()
        one.confirm()


def test_many_who_want_it_get_it_one_after_another(ledger: Protected) -> None:
    got: list[str] = []

    def take(number: int) -> None:
        with suppress(LeaseLost), hold(ledger.dsn, purpose=f"op-{number:08d}/1"):
            got.append(str(number))

    threads = [threading.Thread(target=take, args=[number]) for number in range(90000001, 90000005)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with ledger.lease() as lease:
        lease.confirm()
    assert got


def test_a_holder_that_may_not_be_ended_is_named(ledger: Protected) -> None:
    key = f"hashtextextended('secondkey:' || '{ledger.database.name}', 0)"
    with psycopg.connect(ledger.of("postgres").dsn, application_name="dba", autocommit=True) as superuser:
        superuser.execute(f"SELECT pg_advisory_lock({key})".encode())
        with pytest.raises(Refused, match=r"\(dba\) holds the lease") as refused, ledger.lease():
            pass
    assert refused.value.code == "not-granted"


def test_a_holder_that_does_not_end_is_not_waited_for_for_ever(
    ledger: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "PATIENCE", 0.1)
    monkeypatch.setattr(subject, "_end", lambda *_: None)
    with ledger.lease("first") as holder:
        with pytest.raises(CommandFailed, match="is still held by secondkey/"), ledger.lease("second"):
            pass
        holder.confirm()


def test_the_protected_database_cannot_be_its_own_maintenance_database(ledger: Protected) -> None:
    with (
        pytest.raises(Refused, match="name") as refused,
        hold(ledger.dsn, purpose="op-1/1", maintenance_database=ledger.database.name),
    ):
        pass
    assert "maintenance_database" in refused.value.hint


def test_a_pooler_is_refused(ledger: Protected) -> None:
    ledger.superuser(f"ALTER ROLE {ledger.bot} PASSWORD 'known'")
    with pooler(ledger.database) as port:
        way = make_conninfo(ledger.dsn, host="127.0.0.1", port=port, password="known")
        with pytest.raises(Refused) as refused, hold(way, purpose="op-1/1"):
            pass
    assert refused.value.code == "pooler"


def test_a_standby_is_refused(replication: Replication) -> None:
    with pytest.raises(Refused) as refused, hold(replication.standby_dsn, purpose="op-1/1"):
        pass
    assert refused.value.code == "target-standby"


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable), hold("host=/nonexistent dbname=ledger user=bot", purpose="op-1/1"):
        pass


def test_a_login_that_only_reads_by_default_may_act_with_the_lease(ledger: Protected) -> None:
    ledger.superuser(f"ALTER ROLE {ledger.bot} SET default_transaction_read_only = on")
    with ledger.lease() as lease:
        put_up(lease, [ledger.database.name])
    assert not ledger.allows_connections(ledger.database.name)


def test_looking_takes_no_lease(ledger: Protected) -> None:
    with ledger.lease() as lease, maintenance(ledger.dsn, purpose="plan") as looking:
        assert looking.info.dbname == "postgres"
        lease.confirm()
