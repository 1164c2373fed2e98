"""What a database has beside its data, put on another one: owner, grants, settings, comment, limit.

What the restoring login may not do is left for a superuser, as a statement.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.state import DatabaseProperties
from bot.postgres import admin
from bot.postgres.connection import in_words
from bot.postgres.lease import Lease
from bot.postgres.properties import read_properties
from bot.postgres.queries import query
from bot.postgres.rights import roles_there
from bot.postgres.stage import present

#: Settings whose value is a list of names, each quoted by itself: `GUC_LIST_QUOTE` of the server's source.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
_IN_LIST = re.compile(r'"((?:[^"]|"")*)"|([^\s,"]+)')

#: A restored database that reads only would be of no use; said, and left to people.
_READ_ONLY = "default_transaction_read_only"
_UNSAID = sql.SQL("'…'")
_PRIVILEGES = {word: sql.SQL(word) for word in ("CREATE", "CONNECT", "TEMPORARY")}

Connection = psycopg.Connection[Any]
#: Whose, None for everybody's, and "name=value".
Setting = tuple[str | None, str]


@dataclass(frozen=True, kw_only=True)
class _Statement:
    """A statement of ours about one database, whatever that is called."""

    name: str
    parts: Mapping[str, sql.Composable]
    #: its value may be a secret, which is shown to nobody
    secret: bool = False

    def on(self, database: str) -> sql.Composed:
        return sql.SQL(query(self.name)).format(database=sql.Identifier(database), **self.parts)

    def for_a_dba(self, database: str) -> str:
        """On one line, without our remark on top."""
        shown = replace(self, parts={**self.parts, "value": _UNSAID}) if self.secret else self
        text = shown.on(database).as_string().split("\n", 1)[1]
        return f"{' '.join(text.split())};"


def properties_of(connection: Connection, database: str) -> DatabaseProperties | None:
    """The properties of a database of this server, which is not entered; None where it is not there."""
    if database not in present(connection, [database]):
        return None
    return read_properties(connection, database)


def carry_over(
    lease: Lease,
    database: str,
    properties: DatabaseProperties,
    *,
    called: str | None = None,
    admin_dsn: str | None = None,
) -> tuple[str, ...]:
    """Give a database these properties in place of those that it has; safe to repeat.

    All grants are then the owner's. Returns what was not carried over, as statements for a DBA in which the
    database is `called` as it will be; `admin_dsn` does what it can of it, but not the owner: a superuser's
    database could not be swapped by us.
    """
    what = f"putting the live database's properties on {database}"
    with in_words(what), lease.acting() as connection, connection.transaction():
        before = read_properties(connection, database)
        connection.execute(_put("reset_settings").on(database))
        owner = _put("set_owner", role=sql.Identifier(properties.owner))
        kept = _refused(connection, database, [owner])
        left = _refused(connection, database, _statements(connection, database, properties, before))
    if left and admin_dsn is not None:
        with admin.session(admin_dsn, lease.maintenance_database, lease.purpose) as superuser:
            left = _refused(superuser, database, left)
    return tuple(each.for_a_dba(called or database) for each in (*kept, *left, *_frozen(properties)))


def put_on(connection: Connection, database: str, properties: DatabaseProperties) -> tuple[str, ...]:
    """The same in a server of ours, as its superuser; returns what could not be put there, as statements."""
    before = read_properties(connection, database)
    owner = _put("set_owner", role=sql.Identifier(properties.owner))
    statements = [owner, *_statements(connection, database, properties, before)]
    return tuple(each.for_a_dba(database) for each in _refused(connection, database, statements))


def left_by_hand(
    connection: Connection,
    properties: DatabaseProperties,
    *,
    called: str,
    there: Collection[Setting] = (),
    has_admin: bool = False,
) -> tuple[str, ...]:
    """What `carry_over` will return, foreseen as this login; nothing is changed.

    `there` are settings that the database has already.
    """
    login, owner = connection.info.user, properties.owner
    become = {login, *(name for name, each in roles_there(connection, [owner]).items() if each.may_become)}
    kept = [] if owner in become else [_put("set_owner", role=sql.Identifier(owner))]
    lacking = [] if has_admin else _unsettable(connection, _settings(properties, there))
    left = [_setting(role, setting) for role, setting in lacking]
    return tuple(each.for_a_dba(called) for each in (*kept, *left, *_frozen(properties)))


def _unsettable(connection: Connection, settings: Collection[Setting]) -> list[Setting]:
    """Other roles' settings, and what only a superuser may set unless somebody was granted it."""
    asked = {"names": [_name_of(setting) for _, setting in settings]}
    # Before 15 nothing of that kind could be granted.
    statement = "reserved_settings" if connection.info.server_version >= 150000 else "superuser_settings"
    reserved = {name for (name,) in connection.execute(query(statement), asked).fetchall()}
    return [
        (role, setting)
        for role, setting in settings
        if role not in {None, connection.info.user} or _name_of(setting) in reserved
    ]


def _frozen(properties: DatabaseProperties) -> list[_Statement]:
    return [_setting(role, each) for role, each in properties.settings if _reads_only(role, each)]


def _refused(connection: Connection, database: str, statements: Iterable[_Statement]) -> list[_Statement]:
    """Run each by itself; returns those that the server did not let us."""
    left = []
    for statement in statements:
        try:
            with connection.transaction():
                connection.execute(statement.on(database))
        except (psycopg.ProgrammingError, psycopg.DataError):
            left.append(statement)
    return left


def _statements(
    connection: Connection, database: str, properties: DatabaseProperties, before: DatabaseProperties
) -> list[_Statement]:
    return [
        *_grants(connection, database, properties),
        *(_setting(role, setting) for role, setting in _settings(properties, before.settings)),
        *(
            # A set-aside database stays as it is until it is swapped back.
            _setting(role, setting)
            for role, setting in before.settings
            if _reads_only(role, setting)
        ),
        _put("comment_database", comment=sql.Literal(properties.comment)),
        _put("set_connection_limit", limit=sql.Literal(properties.connection_limit)),
    ]


def _settings(properties: DatabaseProperties, there: Collection[Setting]) -> list[Setting]:
    """Those to be put on a database; a role's that is there already takes no right."""
    return [
        (role, setting)
        for role, setting in properties.settings
        if not _reads_only(role, setting) and (role is None or (role, setting) not in there)
    ]


def _reads_only(role: str | None, setting: str) -> bool:
    return role is None and setting == f"{_READ_ONLY}=on"


def _grants(connection: Connection, database: str, properties: DatabaseProperties) -> Iterator[_Statement]:
    """Everything that anybody was given is taken back first."""
    for (grantee,) in connection.execute(query("grantees"), {"database": database}).fetchall():
        yield _put("revoke_database", grantee=_role(grantee))
    asked = {"grants": list(properties.grants), "owner": properties.owner}
    for grantee, privileges, grantable in connection.execute(query("grants"), asked).fetchall():
        yield _put(
            "grant_database",
            privileges=sql.SQL(", ").join(map(_PRIVILEGES.__getitem__, privileges)),
            grantee=_role(grantee),
            option=sql.SQL("WITH GRANT OPTION" if grantable else ""),
        )


def _role(name: str | None) -> sql.Composable:
    return sql.SQL("PUBLIC") if name is None else sql.Identifier(name)


def _name_of(setting: str) -> str:
    return setting.partition("=")[0]


def _setting(role: str | None, setting: str) -> _Statement:
    name, _, value = setting.partition("=")
    values = sql.SQL(", ").join(map(sql.Literal, _names(value) if name in _LISTS else [value]))
    parts = {"setting": sql.Identifier(name), "value": values}
    # The server's own have no dot; of others, such as a key for signing tokens, nobody knows what they hold.
    secret = "." in name
    if role is None:
        return _Statement(name="set_in_database", parts=parts, secret=secret)
    parts |= {"role": sql.Identifier(role)}
    return _Statement(name="set_role_in_database", parts=parts, secret=secret)


def _names(value: str) -> list[str]:
    """The names in a list as the server keeps it: `"my schema", public`."""
    found = [quoted.replace('""', '"') or plain for quoted, plain in _IN_LIST.findall(value)]
    return found or [""]


def _put(name: str, **parts: sql.Composable) -> _Statement:
    return _Statement(name=name, parts=parts)
