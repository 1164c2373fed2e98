"""What a dump leaves out of a database, and the roles that it needs."""

from bot.domain.state import DatabaseProperties, Role
from bot.postgres.state import open_snapshot
from tests.postgres.reading import MakeRole
from tests.servers import Database


def properties(database: Database) -> DatabaseProperties:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        return snapshot.read_properties()


def roles(database: Database) -> dict[str, Role]:
    with open_snapshot(database.dsn, purpose="test") as snapshot:
        return {role.name: role for role in snapshot.read_roles()}


def test_an_ordinary_database_has_the_servers_properties(database: Database) -> None:
    assert properties(database) == DatabaseProperties(
        owner="postgres",
        encoding="UTF8",
        locale_provider="libc",
        collate="C.UTF-8",
        ctype="C.UTF-8",
        icu_locale=None,
        tablespace="pg_default",
        connection_limit=-1,
        comment=None,
    )


def test_everything_that_was_set_is_read(database: Database, make_role: MakeRole) -> None:
    owner, app = make_role(), make_role()
    for statement in (
        f"ALTER DATABASE {database.name} OWNER TO {owner}",
        f"ALTER DATABASE {database.name} CONNECTION LIMIT 40",
        f"ALTER DATABASE {database.name} SET search_path = app, public",
        f"ALTER DATABASE {database.name} SET work_mem = '8MB'",
        f"ALTER ROLE {app} IN DATABASE {database.name} SET statement_timeout = '5s'",
        f"COMMENT ON DATABASE {database.name} IS 'the ledger, $$ and ''all'''",
        f"GRANT TEMPORARY ON DATABASE {database.name} TO {app}",
    ):
        database.execute(statement)
    found = properties(database)
    assert (found.owner, found.connection_limit) == (owner, 40)
    assert found.comment == "the ledger, $$ and 'all'"
    assert found.settings == (
        (None, "search_path=app, public"),
        (None, "work_mem=8MB"),
        (app, "statement_timeout=5s"),
    )
    assert f"{app}=T/{owner}" in found.grants


def test_a_builtin_locale_is_read(database: Database) -> None:
    name = f"{database.name}_builtin"
    database.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    )
    try:
        found = properties(Database(server=database.server, name=name))
        assert (found.locale_provider, found.icu_locale) == ("builtin", "C.UTF-8")
    finally:
        database.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_roles_that_own_or_are_granted_something_here_are_read(
    database: Database, make_role: MakeRole
) -> None:
    owner, granted, set_for, stranger = make_role(), make_role("NOLOGIN"), make_role(), make_role()
    database.execute("CREATE TABLE ledger (id int)")
    database.execute(f"ALTER TABLE ledger OWNER TO {owner}")
    database.execute(f"GRANT SELECT ON ledger TO {granted}")
    database.execute(f"ALTER ROLE {set_for} IN DATABASE {database.name} SET work_mem = '8MB'")
    found = roles(database)
    assert found[owner] == Role(name=owner, attributes=("login",))
    assert found[granted] == Role(name=granted, attributes=())
    assert set_for in found
    assert stranger not in found
    assert found["postgres"].attributes == (
        "superuser", "createdb", "createrole", "login", "replication", "bypassrls"
    )  # fmt: skip


def test_roles_are_read_with_all_that_they_are_members_of(database: Database, make_role: MakeRole) -> None:
    outer, inner, owner = make_role("NOLOGIN"), make_role("NOLOGIN"), make_role()
    database.execute(f"GRANT {outer} TO {inner}")
    database.execute(f"GRANT {inner}, pg_read_all_data TO {owner}")
    database.execute(f"CREATE SCHEMA app AUTHORIZATION {owner}")
    found = roles(database)
    assert found[owner].member_of == ("pg_read_all_data", inner)
    assert found[inner].member_of == (outer,)
    assert outer in found
    assert "pg_read_all_data" not in found
