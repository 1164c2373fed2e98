"""What a database has beside its data: put on another one exactly, and what could not be is said as SQL."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from bot.domain.state import DatabaseProperties
from bot.postgres.carry_over import _setting, carry_over, left_by_hand, properties_of
from bot.postgres.tables import quoted
from tests.postgres.protected import Protected

SETTINGS = (
    "ALTER DATABASE {live} SET search_path = \"my \"\"schema\", public, 'it''s'",
    "ALTER DATABASE {live} SET work_mem = '8MB'",
    "ALTER DATABASE {live} SET temp_tablespaces = ''",
    "ALTER DATABASE {live} SET application_name = 'a ''quoted'' \\ name 🗝️'",
)


def copy_of(ledger: Protected) -> str:
    name = ledger.names.candidate
    ledger.superuser(f"CREATE DATABASE {quoted(name)} OWNER {quoted(ledger.owner)} STRATEGY FILE_COPY")
    return name


def seen(ledger: Protected, name: str) -> DatabaseProperties:
    """Without who gave what: the owner gives everything on a copy."""
    with ledger.lease("seen") as lease:
        found = properties_of(lease.connection, name)
        assert found is not None
        acl = lease.connection.execute(
            "SELECT coalesce(datacl, acldefault('d', datdba))::text[] FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
    assert acl is not None
    return replace(found, grants=tuple(sorted(acl[0])))


def test_everything_is_carried_over_exactly(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    live, app = quoted(ledger.names.live), quoted(ledger.owner)
    for statement in (
        *(each.format(live=live) for each in SETTINGS),
        f"ALTER DATABASE {live} CONNECTION LIMIT 40",
        f"COMMENT ON DATABASE {live} IS 'the ledger, $$ and ''all'''",
        f"REVOKE ALL ON DATABASE {live} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {live} TO {ledger.bot} WITH GRANT OPTION",
        f"GRANT CREATE, TEMPORARY ON DATABASE {live} TO {ledger.bot}",
        f"REVOKE TEMPORARY ON DATABASE {live} FROM {app}",
    ):
        ledger.superuser(statement)
    copy = copy_of(ledger)
    ledger.superuser(f"ALTER DATABASE {quoted(copy)} SET jit = off")
    ledger.superuser(f"GRANT ALL ON DATABASE {quoted(copy)} TO pg_monitor")
    for _ in range(2):
        with ledger.lease() as lease:
            properties = properties_of(lease.connection, ledger.names.live)
            assert properties is not None
            assert carry_over(lease, copy, properties) == ()
        assert seen(ledger, copy) == seen(ledger, ledger.names.live)
    ((path,),) = ledger.candidate.execute("SHOW search_path")
    assert path == '"my ""schema", public, "it\'s"'


def test_an_ordinary_database_stays_one(ledger: Protected) -> None:
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert carry_over(lease, copy, properties) == ()
    assert seen(ledger, copy) == seen(ledger, ledger.names.live)


def test_what_takes_more_rights_is_said_as_statements_that_work(ledger_everywhere: Protected) -> None:
    ledger = ledger_everywhere
    live, app = quoted(ledger.names.live), quoted(ledger.owner)
    ledger.superuser(f"ALTER DATABASE {live} SET log_min_duration_statement = '1s'")
    ledger.superuser(f"ALTER ROLE {app} IN DATABASE {live} SET statement_timeout = '5s'")
    ledger.superuser(f'ALTER ROLE {app} IN DATABASE {live} SET search_path = a, "b c"')
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert (foreseen := left_by_hand(lease.connection, properties, called="later"))
        left = carry_over(lease, copy, properties, called="later")
        assert left == foreseen
        assert left == (
            'ALTER DATABASE "later" SET "log_min_duration_statement" TO \'1s\';',
            f'ALTER ROLE {app} IN DATABASE "later" SET "statement_timeout" TO \'5s\';',
            f"ALTER ROLE {app} IN DATABASE \"later\" SET \"search_path\" TO 'a', 'b c';",
        )
        for statement in left:
            ledger.superuser(statement.replace('"later"', quoted(copy)))
        # What is there already takes no right.
        there = properties_of(lease.connection, copy)
        assert there is not None
        foreseen = left_by_hand(lease.connection, properties, called="later", there=there.settings)
        assert foreseen == left[:1]
        assert carry_over(lease, copy, properties, called="later") == left[:1]
    assert set(seen(ledger, copy).settings) == set(properties.settings)


def test_the_administrators_login_sets_what_takes_more_rights(ledger: Protected) -> None:
    live, app = quoted(ledger.names.live), quoted(ledger.owner)
    ledger.superuser(f"ALTER DATABASE {live} SET log_min_duration_statement = '1s'")
    ledger.superuser(f"ALTER ROLE {app} IN DATABASE {live} SET statement_timeout = '5s'")
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert left_by_hand(lease.connection, properties, called=copy, has_admin=True) == ()
        assert carry_over(lease, copy, properties, admin_dsn=ledger.admin_dsn) == ()
    assert seen(ledger, copy).settings == properties.settings


def test_a_setting_of_the_login_itself_and_one_that_it_was_granted_take_nobody_else(
    ledger: Protected,
) -> None:
    live = quoted(ledger.names.live)
    ledger.superuser(f"GRANT SET ON PARAMETER log_min_duration_statement TO {ledger.bot}")
    ledger.superuser(f"ALTER DATABASE {live} SET log_min_duration_statement = '1s'")
    ledger.superuser(f"ALTER ROLE {ledger.bot} IN DATABASE {live} SET statement_timeout = '5s'")
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert left_by_hand(lease.connection, properties, called=copy) == ()
        assert carry_over(lease, copy, properties) == ()
    assert seen(ledger, copy).settings == properties.settings


def test_a_value_that_may_be_a_secret_is_carried_over_and_never_shown(ledger: Protected) -> None:
    live = quoted(ledger.names.live)
    ledger.superuser(f"ALTER DATABASE {live} SET app.key = 'hunter2'")
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        foreseen = left_by_hand(lease.connection, properties, called=copy)
        left = carry_over(lease, copy, properties)
        assert carry_over(lease, copy, properties, admin_dsn=ledger.admin_dsn) == ()
    assert left == foreseen
    assert left == (f"ALTER DATABASE {quoted(copy)} SET \"app.key\" TO '…';",)
    assert seen(ledger, copy).settings == properties.settings


def test_a_superuser_as_owner_is_left_to_a_dba(ledger: Protected) -> None:
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        theirs = replace(properties, owner="postgres")
        foreseen = left_by_hand(lease.connection, theirs, called=copy, has_admin=True)
        left = carry_over(lease, copy, theirs, admin_dsn=ledger.admin_dsn)
    assert left == foreseen
    assert left == (f'ALTER DATABASE {quoted(copy)} OWNER TO "postgres";',)
    assert seen(ledger, copy).owner == ledger.owner


def test_a_live_database_that_was_frozen_does_not_freeze_what_takes_its_place(ledger: Protected) -> None:
    ledger.superuser(f"ALTER DATABASE {quoted(ledger.names.live)} SET default_transaction_read_only = on")
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        foreseen = left_by_hand(lease.connection, properties, called=copy)
        left = carry_over(lease, copy, properties)
    assert left == foreseen
    assert left == (f"ALTER DATABASE {quoted(copy)} SET \"default_transaction_read_only\" TO 'on';",)
    assert seen(ledger, copy).settings == ()


def test_what_was_set_aside_stays_read_only_until_it_is_swapped_back(ledger: Protected) -> None:
    copy = copy_of(ledger)
    for statement in ("default_transaction_read_only = on", "jit = off"):
        ledger.superuser(f"ALTER DATABASE {quoted(copy)} SET {statement}")
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        assert carry_over(lease, copy, properties) == ()
    assert seen(ledger, copy).settings == ((None, "default_transaction_read_only=on"),)


def test_a_setting_that_the_server_does_not_know_is_said(ledger: Protected) -> None:
    copy = copy_of(ledger)
    with ledger.lease() as lease:
        properties = properties_of(lease.connection, ledger.names.live)
        assert properties is not None
        older = replace(properties, settings=((None, "vanished_setting=1"), (None, "work_mem=8MB")))
        (left,) = carry_over(lease, copy, older)
    assert "vanished_setting" in left
    assert seen(ledger, copy).settings == ((None, "work_mem=8MB"),)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1))
def test_a_list_of_names_is_read_as_the_server_wrote_it(names: list[str]) -> None:
    written = ", ".join(name if name.isidentifier() else quoted(name) for name in names)
    (setting,) = [_setting(None, f"search_path={written}")]
    values = sql.SQL(", ").join(map(sql.Literal, names)).as_string()
    assert (
        setting.for_a_dba("ledger")
        == f'ALTER DATABASE "ledger" SET "search_path" TO {" ".join(values.split())};'
    )


def test_a_database_that_is_not_there_has_no_properties(ledger: Protected) -> None:
    with ledger.lease() as lease:
        assert properties_of(lease.connection, "gone") is None


@pytest.mark.parametrize("name", ['it\'s "quoted" 🗝️', "x" * 63])
def test_names_that_need_care_are_carried_over_too(ledger: Protected, name: str) -> None:
    ledger.superuser(f"CREATE DATABASE {quoted(name)} OWNER {quoted(ledger.owner)} STRATEGY FILE_COPY")
    try:
        ledger.superuser(f"COMMENT ON DATABASE {quoted(name)} IS 'odd'")
        copy = copy_of(ledger)
        with ledger.lease() as lease:
            properties = properties_of(lease.connection, name)
            assert properties is not None
            assert carry_over(lease, copy, properties) == ()
        assert seen(ledger, copy).comment == "odd"
    finally:
        ledger.superuser(f"DROP DATABASE {quoted(name)}")
