"""A cluster to restore a backup in: private, fast, without durability, and gone afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.backup import Manifest
from bot.domain.state import DatabaseProperties, Role
from bot.errors import NotFound
from bot.postgres.creating import Locale, creating, locale_of
from bot.postgres.installation import Installation, of_major
from bot.postgres.queries import query
from bot.postgres.restore_failures import NotTestable, not_the_archives_fault
from bot.postgres.server import Server

#: Names that no protected server has.
SUPERUSER = "secondkey-throwaway-superuser"
RESTORER = "secondkey-throwaway-restorer"
READER = "secondkey-throwaway-reader"
DATABASE = "restored"
#: Memberships in roles of the server's own that let a restore see rows, and reach nothing outside the data.
_READS_ALL = "pg_read_all_data"
_HARMLESS = frozenset({_READS_ALL, "pg_write_all_data"})
#: Extensions that open connections to wherever a definition says, with the password that it holds.
_REACHING_OUT = ("dblink",)
_CONNECTIONS = 20
_SETTINGS = {
    "autovacuum": "off",
    "jit": "off",
    "maintenance_work_mem": "128MB",
    "max_connections": str(_CONNECTIONS),
    "max_wal_senders": "0",
    "max_wal_size": "128MB",
    "wal_level": "minimal",
}


def programs_for(manifest: Manifest, programs: Installation) -> Installation:
    """Server programs of the major that the archive is made for; raises `NotTestable`.

    A pg_dump newer than its server writes what only servers of its own major understand.
    """
    major = manifest.tools.pg_dump // 10000
    if programs.major == major and (programs.directory / "postgres").exists():
        return programs
    try:
        return of_major(major)
    except NotFound:
        raise NotTestable(
            f"a restore test needs the server programs of PostgreSQL {major}, which are not on this machine",
            f"install them: on Debian and Ubuntu postgresql-{major}",
        ) from None


@contextmanager
def throwaway_server(
    folder: Path,
    installation: Installation,
    manifest: Manifest,
    *,
    port: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """A running server over a socket of its own, and over the loopback address where a port is named.

    Raises `NotTestable` where none starts here.
    """
    # Counting takes a lock on every table and index at once.
    locks = 64 + len(manifest.state.tables)
    server = Server(
        folder,
        installation,
        port=port,
        settings={**_SETTINGS, "max_locks_per_transaction": str(locks), **settings},
        durable=False,
        superuser=SUPERUSER,
    )
    try:
        with not_the_archives_fault():
            server.start()
        yield server
    finally:
        server.delete()


def create_roles(connection: psycopg.Connection[Any], roles: Sequence[Role]) -> None:
    """The manifest's roles without any rights of their own, and our logins; asked of the superuser."""
    names = {role.name for role in roles}
    for role in roles:
        sees_all = {"superuser", "bypassrls"}.intersection(role.attributes)
        _run(
            connection,
            "throwaway_role",
            role=sql.Identifier(role.name),
            bypass=sql.SQL("BYPASSRLS" if sees_all else "NOBYPASSRLS"),
        )
    _run(connection, "throwaway_restorer", role=sql.Identifier(RESTORER))
    _run(connection, "throwaway_reader", role=sql.Identifier(READER))
    for role in roles:
        _grant(connection, role.name, RESTORER)
        for group in names.union(_HARMLESS).intersection(role.member_of):
            _grant(connection, group, role.name)
        if "superuser" in role.attributes:
            _grant(connection, _READS_ALL, role.name)


def create_database(connection: psycopg.Connection[Any], properties: DatabaseProperties) -> str:
    """Create the empty database; returns what had to be different, in words, or nothing.

    Raises `NotTestable` where this server cannot have a database of that encoding.
    """
    wanted, *stand_ins = _locales(properties)
    refusal = ""
    for locale in (wanted, *stand_ins):
        try:
            connection.execute(
                creating(DATABASE, owner=RESTORER, encoding=properties.encoding, locale=locale)
            )
        except (psycopg.ProgrammingError, psycopg.NotSupportedError, psycopg.DataError) as error:
            refusal = refusal or str(error.diag.message_primary)
            continue
        return "" if locale == wanted else f"locale {_name(wanted)} (not on this machine: {_name(locale)})"
    raise NotTestable(f"no database of encoding {properties.encoding} can be made here: {refusal}")


def create_extensions(
    connection: psycopg.Connection[Any], names: Sequence[str], schemas: dict[str, str]
) -> None:
    """Create extensions in the schemas that they had; raises `NotTestable` where one is not installed.

    What opens connections to other servers is there, and nobody who restores may call it.
    """
    missing = [name for (name,) in connection.execute(query("missing_extensions"), {"names": list(names)})]
    if missing:
        raise NotTestable(
            f"not installed on this machine: extension {', '.join(missing)}",
            "install the package that brings it for this major, and ask for the restore test again",
        )
    present = {name for (name,) in connection.execute(query("schemas"))}
    for name in names:
        schema = schemas.get(name, "")
        place = sql.SQL("SCHEMA {}").format(sql.Identifier(schema)) if schema in present else sql.SQL("")
        try:
            _run(connection, "create_extension", extension=sql.Identifier(name), schema=place)
        except psycopg.Error as error:
            raise NotTestable(
                f"extension {name} cannot be created here: {error.diag.message_primary}"
            ) from error
    _deny_reaching_out(connection)


def _deny_reaching_out(connection: psycopg.Connection[Any]) -> None:
    functions = connection.execute(query("extension_functions"), {"names": list(_REACHING_OUT)}).fetchall()
    for schema, name, types in functions:
        _run(
            connection,
            "deny_function",
            function=sql.Identifier(schema, name),
            types=sql.SQL(", ").join(sql.Identifier(*each) for each in types),
        )


def open_schemas(connection: psycopg.Connection[Any], roles: Sequence[Role]) -> None:
    """Let every role be given tables, types and foreign servers, wherever they lie."""
    everybody = sql.SQL(", ").join(sql.Identifier(name) for name in (RESTORER, *(r.name for r in roles)))
    for (schema,) in connection.execute(query("schemas")).fetchall():
        _run(connection, "grant_schema", schema=sql.Identifier(schema), roles=everybody)
    for (wrapper,) in connection.execute(query("wrappers")).fetchall():
        _run(connection, "grant_wrapper", wrapper=sql.Identifier(wrapper), roles=everybody)


def close_schemas(connection: psycopg.Connection[Any], roles: Sequence[Role]) -> None:
    """Take back what `open_schemas` gave: who may use a schema is the archive's to say."""
    names = {RESTORER, *(role.name for role in roles)}
    for schema, owner in connection.execute(query("schema_owners")).fetchall():
        if guests := sorted(names - {owner}):
            from_them = sql.SQL(", ").join(map(sql.Identifier, guests))
            _run(connection, "revoke_schema", schema=sql.Identifier(schema), roles=from_them)


def _locales(properties: DatabaseProperties) -> tuple[Locale, ...]:
    """The database's own, and what can stand in for it where a machine has not all locales."""
    plain = "C.UTF-8" if properties.encoding == "UTF8" else "C"
    own = locale_of(properties)
    half = replace(own, collate=plain, ctype=plain)
    return own, half, Locale(provider="libc", collate=plain, ctype=plain)


def _name(locale: Locale) -> str:
    return locale.name or locale.collate


def _grant(connection: psycopg.Connection[Any], role: str, member: str) -> None:
    _run(connection, "grant_role", role=sql.Identifier(role), member=sql.Identifier(member))


def _run(connection: psycopg.Connection[Any], name: str, **parts: sql.Composable) -> None:
    connection.execute(sql.SQL(query(name)).format(**parts))
