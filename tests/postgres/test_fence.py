"""The fence and the swap: who is in the way, what is read at the last moment, and nothing ever half done."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import psycopg
import pytest

from bot.domain.state import TableName
from bot.errors import CommandFailed, Refused
from bot.postgres import fence
from bot.postgres.counting import Count, count
from bot.postgres.fence import lift, put_up
from bot.postgres.installation import embedded
from bot.postgres.last_look import last_look
from bot.postgres.lease import Lease, LeaseLost
from bot.postgres.naming import Names, names_for_undo
from bot.postgres.replication import goes_aside
from bot.postgres.server import Server
from bot.postgres.stage import Stage, probe
from bot.postgres.state import Questions
from bot.postgres.swap import drop, swap, swap_obstacles
from bot.postgres.tables import Relation, quoted
from tests.postgres.protected import LEDGER, Protected, protected
from tests.waiting import until


def oid(ledger: Protected, name: str) -> int:
    found = ledger.oid(name)
    assert found is not None
    return found


def with_candidate(ledger: Protected) -> int:
    """A copy as a restore makes it, with other rows."""
    name = quoted(ledger.names.candidate)
    ledger.superuser(f"CREATE DATABASE {name} OWNER {quoted(ledger.owner)} STRATEGY FILE_COPY")
    ledger.candidate.execute(f"SET ROLE {quoted(ledger.owner)}; {LEDGER}")
    ledger.candidate.execute("""DELETE FROM "User" WHERE id > 400""")
    return oid(ledger, ledger.names.candidate)


def live_rows(ledger: Protected) -> int:
    ((rows,),) = ledger.database.execute('SELECT count(*) FROM "User"')
    return int(rows)


def both(names: Names) -> list[str]:
    return [names.live, names.candidate]


def test_everybody_is_ended_and_nobody_comes_in_until_it_is_lifted(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    app = ledger.database.as_role(ledger.bot)
    with closing(psycopg.connect(app, application_name="backend")) as busy, ledger.lease() as lease:
        busy.execute('LOCK TABLE "User"')
        ended = put_up(lease, [ledger.names.live])
        assert [(client.application, client.login) for client in ended] == [("backend", ledger.bot)]
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
            psycopg.connect(app)
        assert probe(lease.connection, ledger.names, None).stage is Stage.FENCED
        assert put_up(lease, [ledger.names.live]) == ()
        for _ in range(2):
            lift(lease, [ledger.names.live])
        assert probe(lease.connection, ledger.names, None).stage is Stage.NONE
    assert live_rows(ledger) == 500


def test_a_spared_session_goes_on(ledger: Protected) -> None:
    with psycopg.connect(ledger.dsn) as ours, ledger.lease() as lease:
        assert put_up(lease, [ledger.names.live], spare=[ours.info.backend_pid]) == ()
        assert ours.execute('SELECT count(*) FROM "User"').fetchone() == (500,)


def test_a_superusers_session_is_named_and_the_fence_lifted(
    ledger_everywhere: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "GRACE", 0.05)
    ledger = ledger_everywhere
    with psycopg.connect(ledger.database.dsn, application_name="exporter") as superuser:
        pid = superuser.info.backend_pid
        with ledger.lease() as lease, pytest.raises(CommandFailed) as failed:
            put_up(lease, [ledger.names.live])
    assert "1 session may not be ended by this login: process " in failed.value.reason
    assert '("exporter", as postgres); the fence was lifted again' in failed.value.reason
    assert f"pg_terminate_backend({pid})" in failed.value.hint
    assert live_rows(ledger) == 500


def test_a_superusers_session_is_ended_by_the_administrators_login(ledger: Protected) -> None:
    with (
        closing(psycopg.connect(ledger.database.dsn, application_name="exporter")) as superuser,
        ledger.lease() as lease,
    ):
        (ended,) = put_up(lease, [ledger.names.live], admin_dsn=ledger.admin_dsn)
        assert ended.application == "exporter"
        with pytest.raises(psycopg.OperationalError):
            superuser.execute("SELECT 1")


def test_what_was_closed_before_stays_closed_where_the_fence_fails(
    ledger: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "GRACE", 0.05)
    with_candidate(ledger)
    with ledger.lease() as lease:
        put_up(lease, [ledger.names.live])
        with psycopg.connect(ledger.candidate.dsn), pytest.raises(CommandFailed):
            put_up(lease, both(ledger.names))
    assert not ledger.allows_connections(ledger.names.live)
    assert ledger.allows_connections(ledger.names.candidate)


def test_a_login_that_does_not_own_it_may_not_fence_and_is_told_what_to_grant(ledger: Protected) -> None:
    ledger.superuser(f"REVOKE {quoted(ledger.owner)} FROM {ledger.bot}")
    with ledger.lease() as lease, pytest.raises(Refused) as refused:
        put_up(lease, [ledger.names.live])
    assert refused.value.code == "not-granted"
    assert ledger.allows_connections(ledger.names.live)


def test_the_swap_gives_the_name_away_and_keeps_the_old_one_to_read(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        assert swap(lease, ledger.names, live_oid=live, candidate_oid=candidate) > 0
        found = probe(lease.connection, ledger.names, candidate)
        assert (found.stage, found.candidate) == (Stage.SWAPPED, None)
        assert found.aside is not None
        assert found.aside.oid == live
        assert swap(lease, ledger.names, live_oid=live, candidate_oid=candidate) == 0
    assert live_rows(ledger) == 400
    assert ledger.aside.execute('SELECT count(*) FROM "User"') == [(500,)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ledger.aside.execute('DELETE FROM "User"')


def test_the_swap_takes_the_name_where_there_is_no_live_database(ledger: Protected) -> None:
    candidate = with_candidate(ledger)
    ledger.superuser(f"DROP DATABASE {quoted(ledger.names.live)}")
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        swap(lease, ledger.names, live_oid=None, candidate_oid=candidate)
        found = probe(lease.connection, ledger.names, candidate)
    assert (found.stage, found.aside) == (Stage.SWAPPED, None)
    assert live_rows(ledger) == 400


def test_an_undo_is_the_same_swap_the_other_way(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    undo = names_for_undo(ledger.names.live, "op-90000000", ledger.names.aside)
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)
        with last_look(lease, undo) as look:
            put_up(lease, both(undo), spare=look.pids)
            assert look.raise_sequences() == ()
        with psycopg.connect(ledger.of("postgres").dsn, autocommit=True) as superuser:
            held = superuser.execute(
                "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = %s", [live]
            ).fetchone()
        assert held == (["default_transaction_read_only=on"],)
        swap(lease, undo, live_oid=candidate, candidate_oid=live)
        drop(lease, undo.aside, candidate)
        drop(lease, undo.aside, candidate)
    assert (live_rows(ledger), ledger.oid(undo.aside)) == (500, None)
    ledger.database.execute('DELETE FROM "User" WHERE id = 1')


def test_another_database_under_one_of_the_names_is_not_swapped(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        for wrong in ({"live_oid": 1, "candidate_oid": candidate}, {"live_oid": live, "candidate_oid": 1}):
            with pytest.raises(CommandFailed, match="nothing was renamed"):
                swap(lease, ledger.names, **wrong)
        with pytest.raises(CommandFailed, match="nothing was renamed"):
            swap(lease, ledger.names, live_oid=None, candidate_oid=candidate)
        lift(lease, both(ledger.names))
    assert (live_rows(ledger), ledger.oid(ledger.names.aside)) == (500, None)


def test_a_fence_that_somebody_lifted_keeps_the_swap_from_happening(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        ledger.superuser(f"ALTER DATABASE {quoted(ledger.names.live)} ALLOW_CONNECTIONS true")
        with pytest.raises(
            CommandFailed, match=r"somebody lifted the fence from ledger_.*; nothing was renamed"
        ):
            swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)


def test_a_name_that_is_taken_leaves_both_as_they_were(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    ledger.superuser(f"CREATE DATABASE {quoted(ledger.names.aside)} STRATEGY FILE_COPY")
    with ledger.lease() as lease:
        put_up(lease, both(ledger.names))
        with pytest.raises(CommandFailed, match="already exists"):
            swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)
        assert probe(lease.connection, ledger.names, candidate).stage is Stage.FENCED
        lift(lease, both(ledger.names))
    assert live_rows(ledger) == 500


def test_a_session_that_came_in_keeps_the_swap_from_happening(
    ledger: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.postgres.swap._GONE", 0.05)
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    with (
        psycopg.connect(ledger.dsn, application_name="late"),
        ledger.lease() as lease,
        pytest.raises(CommandFailed, match=r'\("late", as .*nothing was renamed'),
    ):
        swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)


def test_the_name_is_never_missing_for_clients_that_reconnect_at_once(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    ledger.superuser(f"GRANT {quoted(ledger.owner)} TO {ledger.bot}")
    gaps: list[float] = []
    words: list[str] = []
    done = threading.Event()

    def client() -> None:
        last = time.monotonic()
        while not done.is_set():
            try:
                with psycopg.connect(ledger.dsn, autocommit=True) as connection:
                    while not done.is_set():
                        connection.execute('SELECT count(*) FROM "User"')
                        gaps.append(time.monotonic() - last)
                        last = time.monotonic()
            except psycopg.OperationalError as error:
                words.append(str(error))

    threads = [threading.Thread(target=client) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(gaps) > 50)
        with ledger.lease() as lease:
            put_up(lease, both(ledger.names))
            swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)
        swapped = len(gaps)
        until(lambda: len(gaps) > swapped + 50)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    # Who was on the way in at that very moment is told that the name has just moved, and comes again.
    assert not [said for said in words if "does not exist" in said and "just been" not in said]
    assert max(gaps) < 2


def cut(lease: Lease) -> None:
    """End the lease's session, as a server that goes down or a successor does."""
    with psycopg.connect(lease.dsn_of("postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [lease.connection.info.backend_pid])


def test_a_worker_that_dies_at_any_point_leaves_the_live_database_as_it_was(
    ledger_everywhere: Protected,
) -> None:
    ledger = ledger_everywhere
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    for steps in range(3):
        with ledger.lease("first") as lease:
            if steps > 0:
                put_up(lease, both(ledger.names))
            cut(lease)
            with pytest.raises(LeaseLost):
                put_up(lease, both(ledger.names))
            with pytest.raises(LeaseLost):
                swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)
            with pytest.raises(LeaseLost):
                drop(lease, ledger.names.candidate, candidate)
            with pytest.raises(LeaseLost):
                lift(lease, both(ledger.names))
        with ledger.lease("second") as lease:
            found = probe(lease.connection, ledger.names, candidate)
            assert found.stage is (Stage.FENCED if steps else Stage.CANDIDATE)
            lift(lease, both(ledger.names))
            assert probe(lease.connection, ledger.names, candidate).stage is Stage.CANDIDATE
        assert (live_rows(ledger), oid(ledger, ledger.names.live)) == (500, live)
        assert ledger.database.execute("SHOW default_transaction_read_only") == [("off",)]


def test_a_swap_whose_end_nobody_saw_is_found_from_the_catalogue(ledger: Protected) -> None:
    candidate, live = with_candidate(ledger), oid(ledger, ledger.names.live)
    with ledger.lease("first") as lease:
        put_up(lease, both(ledger.names))
        swap(lease, ledger.names, live_oid=live, candidate_oid=candidate)
        cut(lease)
    with ledger.lease("second") as lease:
        assert probe(lease.connection, ledger.names, candidate).stage is Stage.SWAPPED
        assert swap(lease, ledger.names, live_oid=live, candidate_oid=candidate) == 0
    assert live_rows(ledger) == 400


def test_only_what_we_made_is_dropped(ledger: Protected) -> None:
    candidate = with_candidate(ledger)
    with ledger.lease() as lease:
        for name in (ledger.names.live, "postgres"):
            with pytest.raises(Refused, match="was not made by Secondkey"):
                drop(lease, name, oid(ledger, name))
        with pytest.raises(Refused, match="another database than the one that was made"):
            drop(lease, ledger.names.candidate, 1)
        with closing(psycopg.connect(ledger.candidate.as_role(ledger.bot))):
            drop(lease, ledger.names.candidate, candidate)
    assert ledger.oid(ledger.names.candidate) is None


def test_what_cannot_be_dropped_is_said_to_stay(ledger: Protected) -> None:
    candidate = with_candidate(ledger)
    ledger.superuser(f"ALTER DATABASE {quoted(ledger.names.candidate)} OWNER TO postgres")
    with ledger.lease() as lease, pytest.raises(CommandFailed, match="it is still there") as failed:
        drop(lease, ledger.names.candidate, candidate)
    assert f"DROP DATABASE {quoted(ledger.names.candidate)}" in failed.value.hint


def test_the_last_look_reads_behind_the_fence(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    with_candidate(ledger)
    with ledger.lease() as lease, last_look(lease, ledger.names) as look:
        ledger.database.execute('DELETE FROM "User" WHERE id = 1')
        put_up(lease, both(ledger.names), spare=look.pids)
        state = look.read_live(Questions())
        assert state is not None
        assert state.rows == 499
        assert state.identity.database_name == ledger.names.live


def test_what_nobody_wrote_to_since_is_not_counted_again_behind_the_fence(
    ledger_everywhere: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_everywhere
    with_candidate(ledger)
    ledger.as_owner("""
        CREATE TABLE still AS SELECT 1 AS a; CREATE TABLE emptied AS SELECT 1 AS a;
        CREATE TABLE kept AS SELECT 1 AS a; CREATE TABLE grown AS SELECT 1 AS a;
        CREATE TABLE dropped AS SELECT 1 AS a;
        CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parts DEFAULT;
        INSERT INTO parts VALUES (1)
    """)
    counted: list[str] = []

    def noted(session: Any, relations: Sequence[Relation], *rest: Any) -> dict[TableName, Count]:
        counted.extend(each.name.name for each in relations)
        return count(session, relations, *rest)

    with (
        closing(psycopg.connect(ledger.dsn)) as late,
        closing(psycopg.connect(ledger.dsn)) as open_still,
        ledger.lease() as lease,
        last_look(lease, ledger.names) as look,
    ):
        late.execute("INSERT INTO grown VALUES (2)")
        open_still.execute("DELETE FROM kept")
        look.read_ahead(Questions())
        late.execute("TRUNCATE emptied; DROP TABLE dropped; CREATE TABLE made AS SELECT 1 AS a")
        late.execute('INSERT INTO part VALUES (2); DELETE FROM "User" WHERE id < 11')
        late.commit()
        put_up(lease, both(ledger.names), spare=look.pids)
        monkeypatch.setattr("bot.postgres.state.count", noted)
        state = look.read_live(Questions())
    assert state is not None
    assert {table.name.name: table.rows for table in state.tables} == {
        "User": 490, "emptied": 0, "grown": 2, "kept": 1, "made": 1, "part": 2, "parts": 2, "still": 1,
    }  # fmt: skip
    assert "still" not in counted
    assert {"User", "emptied", "grown", "made", "part"} <= set(counted)


def test_counters_that_began_anew_tell_nothing(ledger: Protected) -> None:
    with_candidate(ledger)
    ledger.database.execute("SELECT pg_stat_reset()")
    with ledger.lease() as lease, last_look(lease, ledger.names) as look:
        look.read_ahead(Questions())
        ledger.database.execute('DELETE FROM "User" WHERE id < 11')
        ledger.database.execute("SELECT pg_stat_reset()")
        put_up(lease, both(ledger.names), spare=look.pids)
        state = look.read_live(Questions())
    assert state is not None
    assert state.rows == 490


def test_a_database_that_is_fenced_already_is_entered_for_the_last_look(ledger: Protected) -> None:
    with_candidate(ledger)
    with ledger.lease() as lease:
        put_up(lease, [ledger.names.live])
        with last_look(lease, ledger.names) as look:
            assert not ledger.allows_connections(ledger.names.live)
            put_up(lease, both(ledger.names), spare=look.pids)
            state = look.read_live(Questions())
        assert state is not None
        assert state.rows == 500


def test_there_is_nothing_to_read_where_there_is_no_live_database(ledger: Protected) -> None:
    with_candidate(ledger)
    ledger.superuser(f"DROP DATABASE {quoted(ledger.names.live)}")
    with ledger.lease() as lease, last_look(lease, ledger.names) as look:
        assert (look.read_live(Questions()), look.raise_sequences(), len(look.pids)) == (None, (), 1)


def test_sequences_go_to_the_further_of_both_and_never_back(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    with_candidate(ledger)
    ledger.as_owner("""
        SELECT setval('"User_id_seq"', 900); SELECT setval('descending', -7);
        CREATE SEQUENCE only_live; SELECT nextval('only_live'); CREATE SEQUENCE never;
        CREATE SEQUENCE "it's ""odd"" 🗝️"; SELECT setval('"it''s ""odd"" 🗝️"', 5);
        CREATE SEQUENCE further; SELECT setval('further', 3); CREATE SEQUENCE turned INCREMENT -1;
        SELECT nextval('turned'); CREATE SEQUENCE small; SELECT setval('small', 70000)
    """)
    ledger.candidate.execute(f"""
        SET ROLE {quoted(ledger.owner)};
        CREATE SEQUENCE never; CREATE SEQUENCE "it's ""odd"" 🗝️";
        CREATE SEQUENCE further; SELECT setval('further', 44); CREATE SEQUENCE turned;
        CREATE SEQUENCE small AS smallint
    """)
    with ledger.lease() as lease, last_look(lease, ledger.names) as look:
        put_up(lease, both(ledger.names), spare=look.pids)
        problems = [look.raise_sequences() for _ in range(2)]
        lift(lease, both(ledger.names))
    assert problems[0] == problems[1]
    assert [said.split(":")[0] for said in problems[0]] == ["small"]
    there = ledger.candidate.execute(
        'SELECT sequencename, last_value FROM pg_sequences ORDER BY sequencename COLLATE "C"'
    )
    assert there == [
        ("User_id_seq", 900), ("descending", -7), ("further", 44), ("it's \"odd\" 🗝️", 5), ("never", None),
        ("small", None), ("turned", None),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def replicating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    """A database on a server with logical replication and prepared transactions."""
    settings = {"wal_level": "logical", "max_prepared_transactions": "2"}
    server = Server(
        tmp_path_factory.mktemp("logical") / "server", embedded(), settings=settings, durable=False
    )
    server.start()
    try:
        with protected(server, embedded()) as made:
            made.as_owner(LEDGER)
            yield made
    finally:
        server.delete()


def said(lease: Lease) -> list[str]:
    return [refusal.reason for refusal in swap_obstacles(lease.connection, lease.live)]


def test_what_is_bound_to_the_live_database_is_named_before_anything_is_done(replicating: Protected) -> None:
    database = replicating.database
    with replicating.lease() as lease:
        assert said(lease) == []
        database.execute("SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
        database.execute(
            "CREATE SUBSCRIPTION feed CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false)"
        )
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            connection.execute("BEGIN")
            connection.execute("INSERT INTO \"User\" (name) VALUES ('prepared')")
            connection.execute("PREPARE TRANSACTION 'it''s one'")
        slots, prepared = swap_obstacles(lease.connection, lease.live)
        assert "logical replication reads from" in slots.reason
        assert "pg_drop_replication_slot('cdc')" in slots.hint
        assert "ROLLBACK PREPARED 'it''s one'" in prepared.hint
        database.execute("ALTER SUBSCRIPTION feed SET (slot_name = 'x'); ALTER SUBSCRIPTION feed ENABLE")
        assert len(said(lease)) == 3
        for cure in (
            "ALTER SUBSCRIPTION feed DISABLE",
            "ALTER SUBSCRIPTION feed SET (slot_name = NONE)",
            "DROP SUBSCRIPTION feed",
            "SELECT pg_drop_replication_slot('cdc')",
            "ROLLBACK PREPARED 'it''s one'",
        ):
            database.execute(cure)
        assert said(lease) == []


def test_what_goes_aside_with_the_live_database_is_read_by_an_ordinary_login(replicating: Protected) -> None:
    database = replicating.database
    database.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    database.execute(
        "CREATE SUBSCRIPTION paused CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false)"
    )
    try:
        with psycopg.connect(replicating.dsn) as connection:
            assert goes_aside(connection) == (("everything",), ("paused",))
        with psycopg.connect(replicating.of("postgres").as_role(replicating.bot)) as elsewhere:
            assert goes_aside(elsewhere) == ((), ())
        with replicating.lease() as lease:
            assert said(lease) == []
    finally:
        database.execute("ALTER SUBSCRIPTION paused SET (slot_name = NONE)")
        database.execute("DROP SUBSCRIPTION paused")
