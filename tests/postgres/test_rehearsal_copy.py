"""A copy that a release's command works on: open to it alone, and never mistaken for what it was made of."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.postgres.adoption import marks_itself, write_marker
from bot.postgres.installation import embedded
from bot.postgres.rehearsal_copy import RehearsalCopy, rehearsal_copy
from bot.postgres.state import Questions, open_snapshot
from tests.postgres.archives import HOSTILE, back_up
from tests.servers import Database
from tests.waiting import until

MakeRole = Callable[..., str]
Make = Callable[..., RehearsalCopy]


@pytest.fixture
def make(passable: Path) -> Iterator[Make]:
    """Backs a database up and opens the copy to a login."""
    with ExitStack() as copies:

        def made(database: Database, login: str = "", **properties: Any) -> RehearsalCopy:
            kept = back_up(passable / "archive", database.dsn)
            kept = replace(kept, properties=replace(kept.properties, **properties))
            copy = rehearsal_copy(passable / "archive", kept, embedded(), passable / "scratch", login=login)
            return copies.enter_context(copy)

        yield made


def enter(copy: RehearsalCopy) -> psycopg.Connection[tuple[object, ...]]:
    door = copy.door
    return psycopg.connect(
        host=door.host, port=door.port, user=door.login, password=door.password, dbname=door.database,
        autocommit=True,
    )  # fmt: skip


def answer(copy: RehearsalCopy, statement: str) -> object:
    with enter(copy) as connection:
        (found,) = connection.execute(statement.encode()).fetchone() or (None,)
        return found


def test_the_marker_of_a_copy_says_that_it_is_one(database: Database, make: Make) -> None:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        origin = snapshot.identity
    marker = write_marker(database.dsn, purpose="test", expected=origin)
    copy = make(database)
    identity = copy.copy.read_state(Questions()).identity
    assert identity.marker == replace(marker, copy_of="B-20251008-110000-abcd")
    assert identity.system_identifier != origin.system_identifier
    assert not marks_itself(identity)


def test_a_copy_of_what_was_never_adopted_says_so_as_well(database: Database, make: Make) -> None:
    marker = make(database).copy.read_state(Questions()).identity.marker
    assert marker is not None
    assert marker.copy_of == "B-20251008-110000-abcd"


def test_the_command_comes_as_its_own_role_with_what_that_may_do_and_is_no_superuser(
    database: Database, make: Make, make_role: MakeRole
) -> None:
    app = make_role("LOGIN SUPERUSER CREATEROLE")
    database.execute(f"CREATE TABLE t (id int); ALTER TABLE t OWNER TO {app}")
    copy = make(database, app)
    assert copy.door.login == app
    assert f"{app} is a superuser there, and was none in the copy" in copy.different
    rights = (
        "SELECT rolsuper::text || rolcreaterole || rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert answer(copy, rights) == "falsetruefalse"
    with enter(copy) as connection:
        connection.execute("ALTER TABLE t ADD COLUMN more int")


def test_a_login_that_the_backup_does_not_know_is_replaced_by_the_owner(
    database: Database, make: Make, make_role: MakeRole
) -> None:
    owner = make_role()
    database.execute(f"ALTER DATABASE {database.name} OWNER TO {owner}")
    copy = make(database, "web")
    assert (copy.door.login, answer(copy, "SELECT current_user")) == (owner, owner)
    assert f"the role web has nothing in the backup: the command came as {owner}" in copy.different


def test_only_the_password_lets_anybody_in_over_the_address(database: Database, make: Make) -> None:
    copy = make(database)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        enter(replace(copy, door=replace(copy.door, password="guessed")))


def test_settings_and_owner_are_those_of_the_protected_database(
    database: Database, make: Make, make_role: MakeRole
) -> None:
    app = make_role()
    database.execute(f"ALTER DATABASE {database.name} OWNER TO {app}")
    database.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
    settings = ((None, "search_path=billing, public"), (None, "session_preload_libraries=not_here"))
    copy = make(database, app, settings=settings, connection_limit=1)
    assert "the setting session_preload_libraries was left out" in copy.different
    assert answer(copy, "SHOW search_path") == "billing, public"
    with enter(copy), enter(copy) as connection:
        connection.execute("CREATE EXTENSION citext SCHEMA public")
    assert copy.copy.read_state(Questions()).tables == ()


def test_a_right_that_is_missing_there_is_missing_in_the_copy_too(
    database: Database, make: Make, make_role: MakeRole
) -> None:
    app, other = make_role(), make_role()
    database.execute(f"CREATE SCHEMA theirs AUTHORIZATION {other}")
    database.execute(f"CREATE SCHEMA shared AUTHORIZATION {other}")
    database.execute(f"GRANT CREATE, USAGE ON SCHEMA shared TO {app}; CREATE TABLE t (id int)")
    database.execute(f"GRANT SELECT ON t TO {app}; CREATE TABLE theirs.t (id int)")
    database.execute(f"ALTER TABLE theirs.t OWNER TO {other}")
    copy = make(database, app)
    assert copy.door.login == app
    with enter(copy) as connection:
        connection.execute("CREATE TABLE shared.new (id int)")
        connection.execute("SELECT FROM t")
        for refused in ("CREATE TABLE public.new (id int)", "SELECT FROM theirs.t", "DROP TABLE t"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())


def test_what_an_archive_made_of_our_marker_runs_for_nobody(
    database: Database, make: Make, make_role: MakeRole
) -> None:
    mallory = make_role()
    database.execute("CREATE SCHEMA secondkey")
    database.execute(HOSTILE.replace("MALLORY", mallory).replace("ACT", f"ALTER ROLE {mallory} SUPERUSER"))
    database.execute(
        "CREATE TABLE secondkey.marker (id uuid, system_identifier text, database_oid bigint, copy_of text,"
        "written_at timestamptz CHECK (public.act(1)))"
    )
    copy = make(database, mallory)
    assert answer(copy, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert answer(copy, "SELECT copy_of FROM secondkey.marker") == "B-20251008-110000-abcd"


def test_whoever_came_in_is_known_and_our_own_looks_do_not_count(database: Database, make: Make) -> None:
    copy = make(database)
    copy.read_schema()
    copy.copy.read_state(Questions())
    assert not copy.came()
    assert answer(copy, "SELECT 1") == 1
    until(copy.came)


def test_sessions_that_a_command_left_are_ended_with_all_that_they_had_locked(
    database: Database, make: Make
) -> None:
    database.execute("CREATE TABLE t (id int)")
    copy = make(database)
    with enter(copy) as left:
        left.execute("BEGIN")
        left.execute("LOCK TABLE t")
        copy.end_sessions()
        (table,) = copy.copy.read_state(Questions()).tables
        assert table.rows == 0
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")


def test_locks_are_seen_with_what_they_block_and_new_tables_are_nobodys_yet(
    database: Database, make: Make
) -> None:
    for table in ("altered", "indexed", "read"):
        database.execute(f"CREATE TABLE {table} (id int)")
    copy = make(database)
    with copy.watching_locks() as locks, enter(copy) as connection:
        connection.execute("BEGIN")
        connection.execute("ALTER TABLE altered ADD COLUMN more int")
        connection.execute("CREATE INDEX ON indexed (id)")
        connection.execute("CREATE TABLE new (id int)")
        connection.execute("SELECT FROM read")
        until(lambda: len(locks.longest) == 2)
        connection.execute("COMMIT")
    assert locks.unknown == ""
    assert {(held.table.name, held.mode) for held in locks.longest} == {
        ("altered", "AccessExclusiveLock"), ("indexed", "ShareLock"),
    }  # fmt: skip


def test_where_the_watch_is_cut_the_locks_are_not_known(database: Database, make: Make) -> None:
    copy = make(database)
    with copy.watching_locks() as locks:
        copy.end_sessions()
        until(lambda: locks.unknown != "")
    assert locks.unknown.startswith("the session that watched them was cut")


def test_the_schema_is_the_same_text_until_it_changes_and_ours_is_not_in_it(
    database: Database, make: Make
) -> None:
    database.execute("CREATE TABLE t (id int)")
    copy = make(database)
    before = copy.read_schema()
    assert copy.read_schema() == before
    assert "CREATE TABLE public.t" in before
    assert "marker" not in before
    with enter(copy) as connection:
        connection.execute("CREATE VIEW v AS SELECT 1 AS one")
    assert "CREATE VIEW public.v" in copy.read_schema()
