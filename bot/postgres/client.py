"""How PostgreSQL's client programs get into a server: what others may see in arguments, the rest not."""

import os
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot import programs
from bot.errors import Refused
from bot.postgres.connection import libpq_options


@dataclass(frozen=True, kw_only=True)
class Access:
    """A connection for a client program."""

    #: for `--dbname`; every user of the machine can read it there, so it holds no secret
    conninfo: str
    #: the program's whole environment, with the password
    environment: dict[str, str]
    #: the login, where the connection string names it
    login: str


#: Secrets that PostgreSQL's programs only take as an argument, and what to use in their place.
_ONLY_AS_ARGUMENTS = {
    "sslpassword": "use a client key without a passphrase, mode 600",
    "scram_client_key": "use the login's password, from a passfile",
    "scram_server_key": "use the login's password, from a passfile",
    "oauth_client_secret": "use a login with a password, from a passfile",
}


def access(dsn: str, purpose: str) -> Access:
    """The same way in as `connection.connect` takes; the session is named `secondkey/PURPOSE`.

    Raises `Refused` where a secret could only be handed over for everybody to see.
    """
    options = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    for secret in sorted(options.keys() & _ONLY_AS_ARGUMENTS.keys()):
        raise Refused(
            "secret-as-argument",
            f"the connection string has {secret}, which PostgreSQL's programs only take as an argument "
            "that every user of this machine can read",
            _ONLY_AS_ARGUMENTS[secret],
        )
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    return _access(options, purpose, inherited)


def own_access(dsn: str, purpose: str) -> Access:
    """Into a server of our own, by what `Server.dsn` gives: the environment has no say in it."""
    options = conninfo_to_dict(dsn)
    return _access({name: str(options[name]) for name in ("host", "port", "user", "dbname")}, purpose, {})


def _access(options: dict[str, str], purpose: str, inherited: dict[str, str]) -> Access:
    password = options.pop("password", None)
    secret = {"PGPASSWORD": password} if password is not None else {}
    return Access(
        conninfo=make_conninfo(**{**options, **libpq_options(purpose)}),
        environment=programs.environment(**inherited, **secret),
        login=options.get("user", ""),
    )
