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


def access(dsn: str, purpose: str) -> Access:
    """The same way in as `connection.connect` takes; the session is named `secondkey/PURPOSE`.

    Raises `Refused` where a secret could only be handed over for everybody to see.
    """
    options = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    if "sslpassword" in options:
        raise Refused(
            "sslpassword",
            "the connection string has an sslpassword, which PostgreSQL's programs only take as an argument "
            "that every user of this machine can read",
            "use a client key without a passphrase, mode 600",
        )
    password = options.pop("password", None)
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    secret = {"PGPASSWORD": password} if password is not None else {}
    return Access(
        conninfo=make_conninfo(**{**options, **libpq_options(purpose)}),
        environment=programs.environment(**inherited, **secret),
        login=options.get("user", ""),
    )
