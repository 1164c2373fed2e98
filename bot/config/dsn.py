"""Connection strings: checked, their files found, and where they lead. Passwords are never repeated."""

import ipaddress
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr, ValidationInfo

from bot.config.paths import absolute
from bot.config.problems import problem

_EXAMPLE = "write it like postgresql://bot@db.example.org:5432/projectledger"
_DEFAULT_PORT = "5432"
#: Options of libpq that name a file.
_FILES = ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl")


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a connection string leads."""

    #: (host, port) in the order in which they are tried; every way to this machine is `loopback`
    servers: frozenset[tuple[str, str]]
    database: str
    #: for people: `bot@db.example.org:5432/projectledger`
    text: str


def check_dsn(dsn: SecretStr, info: ValidationInfo) -> SecretStr:
    """Refuse what libpq cannot read or what names no database; make the files in it absolute."""
    options = _options(dsn.get_secret_value())
    if not options.get("dbname"):
        raise problem("names no database", _EXAMPLE)
    if any(not port.isdigit() or not 0 < int(port) < 65536 for port in _ports(options)):
        raise problem("has a port that is not a number from 1 to 65535", _EXAMPLE)
    files = {name: _absolute(value, info) for name in _FILES if (value := options.get(name))}
    if "passfile" in files:
        _check_passfile(Path(files["passfile"]))
    return SecretStr(make_conninfo(**{**options, **files})) if files else dsn


def target(dsn: str) -> Target | None:
    """Where it leads; None for one that cannot be read."""
    try:
        options = _options(dsn)
    except ValueError:
        return None
    hosts = (options.get("hostaddr") or options.get("host") or "").split(",")
    ports = _ports(options)
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return Target(
        servers=frozenset(zip(map(_host, hosts), ports, strict=False)),
        database=options.get("dbname", ""),
        text=place(options),
    )


def place(options: Mapping[str, Any]) -> str:
    """Where libpq's options lead, for people: `reader@db:5433/projectledger`. Never a password."""
    hosts = (options.get("host") or options.get("hostaddr") or "local socket").split(",")
    ports = str(options.get("port") or "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    places = ",".join(f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=False))
    login = f"{options['user']}@" if options.get("user") else ""
    return f"{login}{places}/{options.get('dbname') or ''}"


def torn(dsn: str) -> bool:
    """Whether a part of the password is taken for host, port or database: its @ or / is not encoded."""
    authority, _, path = dsn.partition("?")[0].partition("://")[2].partition("/")
    return authority.count("@") > 1 or "@" in path


def _options(dsn: str) -> dict[str, str]:
    if torn(dsn):
        raise problem("has a password whose @ or / is not written as %40 or %2F", _EXAMPLE)
    try:
        return {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except psycopg.ProgrammingError:
        # libpq's own words may repeat a part of the password.
        raise problem("is not a connection string that PostgreSQL reads", _EXAMPLE) from None


def _ports(options: dict[str, str]) -> list[str]:
    return [port or _DEFAULT_PORT for port in options.get("port", "").split(",")]


def _host(host: str) -> str:
    """One name for every way to this machine: sockets, `localhost`, loopback addresses."""
    name = host.strip("[]").rstrip(".").casefold()
    if not name or name[0] in "/@" or name == "localhost":
        return "loopback"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name
    address = getattr(address, "ipv4_mapped", None) or address
    return "loopback" if address.is_loopback or address.is_unspecified else str(address)


def folder_of(info: ValidationInfo) -> Path:
    """The folder of the configuration's file."""
    if info.context is None:
        raise RuntimeError("a configuration is read with the folder that its paths are relative to")
    folder: Path = info.context["folder"]
    return folder


def _absolute(value: str, info: ValidationInfo) -> str:
    if value == "system":  # libpq: the certificates of the system
        return value
    path = absolute(value, folder_of(info))
    if path is None:
        raise problem("names a file that cannot be used here", "write its path out, from / on")
    return str(path)


def _check_passfile(path: Path) -> None:
    if not path.is_file():
        raise problem(
            f"names the passfile {path}, which is not there",
            "write it, mode 600: host:port:database:user:password",
        )
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise problem(
            f"names the passfile {path}, which others may read (mode {mode:o})", f"chmod 600 {path}"
        )
