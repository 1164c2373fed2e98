"""Disasters for the demo: six ways to lose the data, behind the bot's back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
from psycopg import sql

from bot.demo import sample
from bot.demo.database import Connection, DemoDatabase
from bot.demo.queries import query
from bot.errors import CommandFailed, UsageError

#: How long the deployment of the incident took.
_AT_ONCE = timedelta(seconds=2)


def bring_about(kind: str, database: DemoDatabase) -> None:
    """Let it happen, and return when it has; raises `CommandFailed` where it cannot."""
    if kind not in DISASTERS:
        raise UsageError(f"there is no disaster {kind!r}", f"there are: {', '.join(DISASTERS)}")
    with database.acting():
        try:
            DISASTERS[kind](database)
        except (psycopg.Error, OSError) as obstacle:
            raise CommandFailed(f"{kind} did not happen: {obstacle}", "try it again") from obstacle


def _truncate(connection: Connection) -> None:
    tables = [name for (name,) in connection.execute(query("tables"))]
    if not tables:
        raise CommandFailed(
            "there is no table to be emptied", "re-migrate makes empty ones; --fresh brings all back"
        )
    names = sql.SQL(", ").join(sql.Identifier("public", table) for table in tables)
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))


def _re_migrate(connection: Connection) -> None:
    connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
    connection.execute(query("new_public"))
    sample.migrate(connection, over=_AT_ONCE)
    sample.add_legacy_account(connection)


def _drop_table(connection: Connection) -> None:
    if connection.execute("""SELECT to_regclass('public."Payment"')""").fetchone() == (None,):
        raise CommandFailed('there is no table "Payment"', "it was dropped before; --fresh brings all back")
    connection.execute('DROP TABLE public."Payment" CASCADE')


def _wrong_schema(connection: Connection) -> None:
    taken = {name for (name,) in connection.execute(query("schemas"))}
    if "public" in taken:
        aside = sql.Identifier(_aside(taken))
        connection.execute(sql.SQL("ALTER SCHEMA public RENAME TO {}").format(aside))
    connection.execute(query("new_public"))
    sample.migrate(connection, over=_AT_ONCE)


def _aside(taken: set[str]) -> str:
    """A name as somebody would choose it who renames a schema in a hurry."""
    today = f"public_{datetime.now(UTC):%Y%m%d}"
    names = (today if number == 1 else f"{today}_{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def _by_the_application(act: Callable[[Connection], None]) -> Callable[[DemoDatabase], None]:
    return lambda database: database.change(act)


#: What can happen, in the order in which it is offered.
DISASTERS: Mapping[str, Callable[[DemoDatabase], None]] = {
    "truncate": _by_the_application(_truncate),
    "re-migrate": _by_the_application(_re_migrate),
    "drop-table": _by_the_application(_drop_table),
    "drop-database": DemoDatabase.drop,
    "fresh-server": DemoDatabase.replace_server,
    "wrong-schema": _by_the_application(_wrong_schema),
}
