"""A database whose owner shadows the server's own functions: whoever looks at it lends them no rights."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.backup import Kind, Level
from bot.domain.state import State
from bot.operations import backup
from bot.operations.observing import Reading, observe
from bot.postgres.connection import connect
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from tests.operations.conftest import NAME
from tests.operations.nights import MARA, Night, a_night

CHECK = """
[databases.ledger.checks]
"all are there" = 'SELECT count(*) = 500 FROM "User"'
"a view is read" = 'SELECT bool_and(id > 0) FROM people'
"""
#: What each of them runs: it takes what it can get, and leaves a trace in the server's log.
AMBUSH = """
    RAISE LOG 'ambushed in {live}';
    BEGIN
        EXECUTE 'ALTER ROLE {owner} SUPERUSER';
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
"""
#: Functions of the server that our statements call, and what they return.
SHADOWED = {
    "set_config(text, text, boolean)": "text",
    "current_setting(text)": "text",
    "pg_export_snapshot()": "text",
    "pg_is_in_recovery()": "boolean",
    "pg_backend_pid()": "int",
    "current_database()": "name",
    "has_schema_privilege(oid, text)": "boolean",
    "row_security_active(oid)": "boolean",
    "pg_total_relation_size(regclass)": "bigint",
    "pg_relation_filenode(regclass)": "oid",
    "pg_stat_get_tuples_inserted(oid)": "bigint",
    "format_type(oid, int)": "text",
    "pg_database_size(oid)": "bigint",
    "setval(regclass, bigint, boolean)": "bigint",
    "now()": "timestamptz",
}
OPERATORS = {"=": "name, name", "<>": "oid, oid", "||": "text, text", "!~": "name, text"}


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    """Read by a superuser, restored by somebody who is nobody special."""
    with a_night(postgres_server, own_server, tmp_path, sections=CHECK) as night:
        logins = {"dsn": SecretStr(night.live.dsn), "restore_dsn": SecretStr(night.place.dsn)}
        configured = night.services.settings.databases[NAME].model_copy(update=logins)
        settings = night.services.settings.model_copy(update={"databases": {NAME: configured}})
        night.services = replace(night.services, settings=settings)
        yield night


def set_the_ambush(night: Night) -> None:
    owner = quoted(night.place.owner).replace("'", "''")
    body = AMBUSH.format(owner=owner, live=night.live.name)
    night.place.as_owner('CREATE VIEW people AS SELECT id FROM "User"')
    for signature, returns in SHADOWED.items():
        night.place.as_owner(function(signature, returns, body))
    night.place.as_owner(function("counted(bigint)", "bigint", body))
    night.place.as_owner("CREATE AGGREGATE public.count(*) (SFUNC = public.counted, STYPE = bigint)")
    for number, (operator, types) in enumerate(OPERATORS.items()):
        left, right = types.split(", ")
        returns = "text" if operator == "||" else "boolean"
        night.place.as_owner(function(f"ambush_{number}({types})", returns, body))
        night.place.as_owner(
            f"CREATE OPERATOR public.{operator} "
            f"(FUNCTION = public.ambush_{number}, LEFTARG = {left}, RIGHTARG = {right})"
        )
    live = quoted(night.live.name)
    night.place.superuser(f"ALTER DATABASE {live} SET search_path = public, pg_catalog")
    for role in ("postgres", night.place.bot):
        night.place.superuser(f"ALTER ROLE {role} IN DATABASE {live} SET search_path = public, pg_catalog")


def function(signature: str, returns: str, body: str) -> str:
    return (
        f"CREATE FUNCTION public.{signature} RETURNS {returns} LANGUAGE plpgsql "
        f"AS $ambush$BEGIN {body} RETURN NULL; END$ambush$"
    )


def nothing_ran(night: Night) -> bool:
    raised = night.place.superuser("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [night.place.owner])
    log = (night.live.server.directory / "server.log").read_text()
    return raised == [(False,)] and f"ambushed in {night.live.name}" not in log


def looked_at(night: Night) -> State:
    seen = observe(replace(night.services, directory=None), NAME, Reading(purpose="test"))
    assert isinstance(seen.state, State)
    assert [check.passed for check in seen.state.checks] == [True, True], seen.state.checks
    return seen.state


def test_the_ambush_is_one(night: Night) -> None:
    """Else nothing below would prove anything."""
    set_the_ambush(night)
    night.live.execute("SELECT now(), count(*) FROM pg_class WHERE relname = relname")
    assert not nothing_ran(night)


def test_neither_verify_nor_backup_restore_and_undo_run_what_a_databases_owner_put_in_their_way(
    night: Night,
) -> None:
    set_the_ambush(night)
    night.protect()
    assert looked_at(night).rows == 500
    made = backup.request(night.services, NAME, Kind.MANUAL, "before v2", MARA, "ops")
    night.run(made)
    assert night.services.repository.load(made.request["backup_id"]).proof.level is Level.RESTORE_TESTED
    night.restore()
    night.undo()
    assert looked_at(night).rows == 500
    with connect(night.live.dsn, purpose="test") as connection:
        assert connection.execute('SELECT count(*) FROM public."User"').fetchall() == [(500,)]
    assert nothing_ran(night)
