"""The environment that a release's command is rehearsed in: nothing of it leads to production."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from bot.errors import UsageError

#: What of a connection string says in which schema the tables lie, in the words of libpq, Prisma and JDBC.
_SCHEMA = frozenset({"schema", "options", "search_path", "currentSchema"})
_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?")
_PLACE = re.compile(r"(\[[^]]*\]|[^][:]*)(:\d*)?")
_POSTGRES_URL = re.compile(r"\bpostgres(ql)?(\+\w+)?://|\bjdbc:postgres", re.IGNORECASE)
_CONNINFO = re.compile(r"(^|\s)(host|hostaddr|dbname|service)\s*=\s*\S", re.IGNORECASE)
#: libpq's own, and Secondkey's.
_OURS = re.compile(r"(PG|SLACK_|SECONDKEY_)")
#: A shorter password is a word that may stand anywhere.
_SHORTEST = 4


@dataclass(frozen=True, kw_only=True)
class Production:
    """What gives a variable away that leads to a protected server."""

    hosts: frozenset[str]
    passwords: frozenset[str]
    #: whole connection strings
    dsns: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Door:
    """The way into a copy, over the loopback address."""

    port: int
    login: str
    password: str
    database: str
    host: str = "127.0.0.1"

    @property
    def variables(self) -> dict[str, str]:
        """libpq's own, so that a command without any connection string gets there as well."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.login,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.database,
            # Files in the home directory know the way to production.
            "PGPASSFILE": "/dev/null",
            "PGSERVICEFILE": "/dev/null",
        }


@dataclass(frozen=True, kw_only=True)
class ReleaseUrl:
    """The connection string that the release is given in production, as a URL."""

    scheme: str = "postgresql"
    #: empty where it names none
    login: str = ""
    password: str = ""
    hosts: frozenset[str] = frozenset()
    #: parameters that name a schema
    schema: tuple[tuple[str, str], ...] = ()

    def leading_to(self, door: Door) -> str:
        """The same, leading to a copy; nothing of the original but its scheme and its schema is kept."""
        login = f"{quote(door.login, safe='')}:{quote(door.password, safe='')}"
        query = f"?{urlencode(self.schema, quote_via=quote)}" if self.schema else ""
        return f"{self.scheme}://{login}@{door.host}:{door.port}/{quote(door.database, safe='')}{query}"


def read_url(variable: str, value: str) -> ReleaseUrl:
    """What the variable holds; raises `UsageError`, without repeating it, for what is no PostgreSQL URL."""
    try:
        parts = urlsplit(value.strip())
        places = parts.netloc.rpartition("@")[2].split(",")
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise unreadable_url(variable) from None
    # A password with a character that ends it would be taken for a host, a port or a path, and be shown.
    ambiguous = "@" in parts.path or parts.netloc.count("@") > 1 or not all(map(_PLACE.fullmatch, places))
    if ambiguous or not _SCHEME.fullmatch(parts.scheme):
        raise unreadable_url(variable)
    said = dict(query)
    return ReleaseUrl(
        scheme=parts.scheme,
        login=unquote(parts.username or "") or said.get("user", ""),
        password=unquote(parts.password or "") or said.get("password", ""),
        hosts=frozenset(filter(None, (*map(_host, places), said.get("host", ""), said.get("hostaddr", "")))),
        schema=tuple((name, each) for name, each in query if name in _SCHEMA),
    )


def cleaned(environ: Mapping[str, str], production: Production) -> tuple[dict[str, str], tuple[str, ...]]:
    """The environment without what leads to production, and the names of what was removed."""
    kept = {name: value for name, value in environ.items() if not _leads_there(name, value, production)}
    return kept, tuple(sorted(environ.keys() - kept.keys()))


def _leads_there(name: str, value: str, production: Production) -> bool:
    return bool(
        _OURS.match(name)
        or _POSTGRES_URL.search(value)
        or _CONNINFO.search(value)
        or any(dsn in value for dsn in production.dsns)
        or any(_mentions_host(value, host) for host in production.hosts)
        or any(_mentions_password(value, password) for password in production.passwords)
    )


def _mentions_host(value: str, host: str) -> bool:
    """As a whole name: a server that is called `db` is not in `/opt/db/bin`."""
    before, after = r"(?:^|//|[\s\"'@,=;(\[{])", r"(?=$|[\s\"':/,;)\]}?&])"
    return any(
        re.search(f"{before}{re.escape(each)}{after}", value, re.IGNORECASE)
        for each in {host, quote(host, safe="")}
    )


def _mentions_password(value: str, password: str) -> bool:
    if len(password) < _SHORTEST:
        return value == password
    return password in value or quote(password, safe="") in value


def _host(place: str) -> str:
    """Of `db:5432` and `[::1]:5432`."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return unquote(place.partition(":")[0])


def unreadable_url(variable: str) -> UsageError:
    """What it holds is not repeated: its password may be what is wrong with it."""
    return UsageError(
        f"{variable} does not hold the URL of a PostgreSQL database; nothing was run",
        "write it like postgresql://app@db.example.org:5432/projectledger, with / # ? @ % of a password as "
        "%2F %23 %3F %40 %25, "
        "or name the variable that holds one: --url-env NAME",
    )
