"""The bot's own database: opened, brought up to date, refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.errors import Refused, SecondkeyError
from bot.store import facts, inbound, outbox
from bot.store.database import Store
from bot.store.schema import our_migrations, queue_migrations
from tests.servers import Database


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """An empty one."""
    return new_database()


def open_and_close(dsn: str) -> None:
    store = Store(dsn)
    try:
        store.open()
    finally:
        store.close()


def test_opening_it_again_changes_nothing(database: Database) -> None:
    open_and_close(database.dsn)
    before = database.execute("SELECT source, name, at FROM applied_migrations ORDER BY 1, 2")
    open_and_close(database.dsn)
    assert database.execute("SELECT source, name, at FROM applied_migrations ORDER BY 1, 2") == before
    assert len(before) == len(our_migrations()) + len(queue_migrations())


def test_the_pinned_release_of_the_queue_ends_where_we_know_it_does() -> None:
    assert queue_migrations()[-1].name == "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def test_an_older_queue_is_brought_up_to_date(database: Database) -> None:
    older = [migration for migration in queue_migrations() if migration.name < "03.04"]
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for migration in older:
            connection.execute(migration.sql)
    open_and_close_with_record(database, [migration.name for migration in older])
    known = "SELECT 1 FROM pg_proc WHERE proname = 'procrastinate_retry_job_v2'"
    assert database.execute(known) == [(1,)]


def open_and_close_with_record(database: Database, names: list[str]) -> None:
    database.execute(
        "CREATE TABLE applied_migrations (source text, name text, at timestamptz DEFAULT now(),"
        " PRIMARY KEY (source, name))"
    )
    database.execute(
        "INSERT INTO applied_migrations (source, name) SELECT 'procrastinate', unnest(%s::text[])", [names]
    )
    open_and_close(database.dsn)


def test_several_processes_may_open_it_for_the_first_time_at_once(database: Database) -> None:
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(open_and_close, [database.dsn] * 4))


@pytest.mark.parametrize("source", ["secondkey", "procrastinate"])
def test_a_state_that_a_newer_secondkey_wrote_is_refused(database: Database, source: str) -> None:
    open_and_close(database.dsn)
    database.execute(
        "INSERT INTO applied_migrations (source, name) VALUES (%s, '99.00_from_the_future.sql')", [source]
    )
    with pytest.raises(Refused, match="newer Secondkey") as refused:
        open_and_close(database.dsn)
    assert refused.value.code == "newer-state"
    assert "newer one" in refused.value.hint


def test_the_job_queue_of_another_program_is_left_alone(database: Database) -> None:
    database.execute("CREATE TABLE procrastinate_jobs (id int)")
    with pytest.raises(Refused, match="another program"):
        open_and_close(database.dsn)


def test_a_database_that_cannot_hold_every_name_is_refused(database: Database) -> None:
    database.execute(
        "CREATE DATABASE narrow ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        with pytest.raises(Refused, match="LATIN1"):
            open_and_close(database.server.dsn("narrow"))
    finally:
        database.execute("DROP DATABASE narrow WITH (FORCE)")


def test_an_unreachable_server_is_told_in_words_without_the_password() -> None:
    dsn = make_conninfo("", host="127.0.0.1", port="1", user="bot", dbname="state", password="hunter2")
    with pytest.raises(SecondkeyError, match="cannot be reached") as told:
        open_and_close(dsn)
    assert "127.0.0.1:1/state" in told.value.reason
    assert "hunter2" not in str(told.value)


def test_a_malformed_connection_string_is_not_repeated() -> None:
    with pytest.raises(SecondkeyError, match="cannot be read") as told:
        open_and_close("postgresql://bot:hunter2@[::1/state")
    assert "hunter2" not in str(told.value)


def test_a_login_that_may_not_create_tables_is_told_what_to_grant(
    database: Database, make_role: Callable[..., str]
) -> None:
    with pytest.raises(SecondkeyError, match="may not create tables") as told:
        open_and_close(database.as_role(make_role()))
    assert "GRANT CREATE" in told.value.hint


def test_what_fails_in_a_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), store.transaction() as connection:  # noqa: PT012 - the second statement ends it
        facts.put(connection, "name", 1)
        connection.execute("SELECT 1 / 0")
    with store.transaction() as connection:
        assert facts.get(connection, "name") is None


def test_times_are_aware_and_by_the_databases_clock(store: Store, database: Database) -> None:
    assert store.now().utcoffset() is not None
    ((theirs,),) = database.execute("SELECT clock_timestamp()")
    assert abs((theirs - store.now()).total_seconds()) < 5


def test_a_second_delivery_is_noticed(store: Store) -> None:
    with store.transaction() as connection:
        assert inbound.first_time(connection, "event:1\x00")
        assert inbound.first_time(connection, "event:2")
    with store.transaction() as connection:
        assert not inbound.first_time(connection, "event:1\x00")


def test_facts_keep_any_text(store: Store) -> None:
    with store.transaction() as connection:
        facts.put(connection, "name", {"a\x00": ["\ud800", "é", 1, None]})
        facts.put(connection, "name", {"a\x00": ["\ud800", "é", 2, None]})
        assert facts.get(connection, "name") == {"a\ufffd": ["\ufffd", "é", 2, None]}


def test_nothing_is_created_where_the_server_is_refused(database: Database) -> None:
    def refuse(server: str) -> None:
        raise Refused("no", f"not on {server}")

    store = Store(database.dsn)
    ((server,),) = database.execute("SELECT system_identifier::text FROM pg_control_system()")
    with pytest.raises(Refused, match=f"not on {server}"):
        store.open(refuse)
    store.close()
    assert database.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [
        (0,)
    ]


def test_the_server_is_looked_at_before_the_first_time_only(database: Database) -> None:
    seen: list[str] = []
    for _ in range(2):
        store = Store(database.dsn)
        store.open(seen.append)
        store.close()
    assert len(seen) == 1


def test_a_message_that_was_moved_goes_there_whatever_is_shown_later(store: Store) -> None:
    def show(text: str) -> None:
        with store.transaction() as connection:
            outbox.show(connection, key="op-1", channel="ops", text=text, blocks=[])

    show("asked")
    with store.transaction() as connection:
        claimed = outbox.claim(connection)
        assert claimed is not None
        outbox.move(connection, claimed, "C0001", unsure=False)
        assert outbox.channel_of(connection, "op-1") == "C0001"
    show("done")
    with store.transaction() as connection:
        again = outbox.claim(connection)
    assert again is not None
    assert (again.channel, again.text, again.unsure) == ("C0001", "done", False)
