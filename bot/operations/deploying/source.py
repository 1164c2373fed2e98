"""Where a release comes from, and whether its connection string leads to the protected database."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from bot.config.dsn import place, target
from bot.domain.release_environment import read_url, unreadable_url
from bot.domain.state import Identity
from bot.errors import Refused, SecondkeyError
from bot.operations.deploying.starting import Source
from bot.postgres.connection import Unreachable, connect
from bot.postgres.identity import read_identity

#: How migration tools name the schema in a connection string.
_SCHEMA = ("schema", "search_path", "currentSchema")
_SEARCH_PATH = re.compile(r"(-c\s*|--)search_path\s*=\s*(?P<path>\S+)")


def source_of(
    database: str, protected: str, environ: Mapping[str, str], variable: str, migrations: Path | None
) -> Source:
    """What whoever starts a release here knows of it. The connection string itself is kept nowhere.

    `protected` is the connection string of the protected database. Raises `UsageError` where the variable
    holds no URL of a PostgreSQL database.
    """
    value = environ.get(variable, "").strip()
    if not value:
        return Source(migrations=migrations)
    said = dict(read_url(variable, value).schema)
    return Source(
        migrations=migrations,
        schema=_schema(said),
        elsewhere=_elsewhere(database, protected, variable, _for_libpq(value)),
    )


def _schema(said: Mapping[str, str]) -> str | None:
    """The schema that is looked into first; None where none is named."""
    by_option = _SEARCH_PATH.search(said.get("options", ""))
    path = next((said[name] for name in _SCHEMA if name in said), by_option["path"] if by_option else "")
    names = (name.strip().strip('"') for name in path.split(","))
    return next((name for name in names if name and name != "$user"), None)


def _elsewhere(database: str, protected: str, variable: str, url: str) -> str:
    """Why it does not lead to the protected database; empty where it does. Raises `UsageError`."""
    try:
        leads_to = place(conninfo_to_dict(url))
    except psycopg.Error:
        raise unreadable_url(variable) from None
    try:
        there = _identity(url)
    except Refused as refused:
        return "" if _same_words(url, protected) else _unproven(variable, leads_to, refused)
    except SecondkeyError as failed:
        return _unproven(variable, leads_to, failed)
    try:
        here = _identity(protected)
    except Unreachable:
        # The gate says so by itself.
        return ""
    if there.is_same_database(here):
        return ""
    return f"{variable} leads to {leads_to}, which is not the database that is protected as {database}"


def _identity(url: str) -> Identity:
    with connect(url, purpose="gate") as connection:
        return read_identity(connection)


def _unproven(variable: str, leads_to: str, why: SecondkeyError) -> str:
    return f"{variable} leads to {leads_to}, and nobody can tell which database that is: {why.reason}"


def _same_words(url: str, protected: str) -> bool:
    """Behind a pooler nobody sees the server; the same names of server and database will do."""
    one, other = target(url), target(protected)
    return (
        one is not None
        and other is not None
        and (one.servers, one.database) == (other.servers, other.database)
    )


def _for_libpq(url: str) -> str:
    """Without the parameters that only a driver understands."""
    parts = urlsplit(url)
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name in known]
    scheme = parts.scheme.partition("+")[0]
    # `urlunsplit` would leave out the slashes before an empty host, which means a socket.
    return f"{scheme}://{parts.netloc}{parts.path}?{urlencode(kept, quote_via=quote)}"
