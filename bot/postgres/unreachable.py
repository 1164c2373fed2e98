"""Why a server did not let us in: what libpq and the server said, in words with a next move."""

import re
from dataclasses import dataclass

from bot.domain.findings import Code
from bot.errors import SecondkeyError


class Unreachable(SecondkeyError):
    """There is no session with the database. `code` says whether it is absent or only not reached."""

    def __init__(
        self,
        reason: str,
        hint: str = "",
        *,
        code: Code = Code.IDENTITY_UNREACHABLE,
        system_identifier: str | None = None,
    ) -> None:
        super().__init__(reason, hint)
        self.code = code
        #: of the cluster, where its maintenance database answered
        self.system_identifier = system_identifier


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One way in which connecting fails."""

    #: of libpq's or the server's words
    pattern: str
    #: follows the place: `bot@db:5432/ledger: …`
    reason: str
    hint: str
    #: another database of the server may let us in and tell more
    look_inside: bool = False


#: The first that matches counts: of several hosts, the one that answered says more than the silent one.
_CAUSES = (
    Cause(
        pattern=r'database ".*" does not exist|no such database',
        reason="the server answers and has no such database",
        hint="it was dropped or renamed, or the connection string names another one than you mean",
        look_inside=True,
    ),
    Cause(
        pattern=r"not currently accepting connections",
        reason="the database allows no connections",
        hint="lift it when nobody restores right now: ALTER DATABASE … ALLOW_CONNECTIONS true",
        look_inside=True,
    ),
    Cause(
        pattern=r"permission denied for database",
        reason="the login may not connect to this database",
        hint="GRANT CONNECT ON DATABASE … TO …",
        look_inside=True,
    ),
    Cause(
        pattern=r"too many connections for database",
        reason="the database has no free connection slot (its own connection limit)",
        hint="end idle sessions, or raise it: ALTER DATABASE … CONNECTION LIMIT n",
        look_inside=True,
    ),
    Cause(
        pattern=r"too many clients|remaining connection slots|too many connections|no more connections",
        reason="the server has no free connection slot",
        hint="end idle sessions, or give Secondkey room: raise max_connections, or GRANT "
        "pg_use_reserved_connections with reserved_connections set (PostgreSQL 16 or newer)",
    ),
    Cause(
        pattern=r"is not permitted to log in",
        reason="the role may not log in",
        hint="ALTER ROLE … LOGIN",
    ),
    Cause(
        pattern=r"no password supplied",
        reason="the server asks for a password and none is configured",
        hint="name a passfile (`passfile=` in the connection string, mode 600) or set the connection "
        "string in the environment",
    ),
    Cause(
        pattern=r'authentication failed|role ".*" does not exist|pg_hba\.conf rejects',
        reason="the server refused the login or its password",
        hint="check user and password; the server's own log says which of the two it was",
    ),
    Cause(
        pattern=r"no pg_hba\.conf entry",
        reason="the server's pg_hba.conf lets nobody in from here as this login to this database",
        hint="add a line for it in pg_hba.conf and reload the server; check whether TLS is asked for",
        look_inside=True,
    ),
    Cause(
        pattern=r"starting up|not yet accepting connections|in recovery mode|Consistent recovery state",
        reason="the server is starting up or recovering",
        hint="ask again in a minute; if it stays so, look into the server's log",
    ),
    Cause(
        pattern=r"shutting down",
        reason="the server is shutting down",
        hint="ask again when it runs",
    ),
    Cause(
        pattern=r"session is read-only|server is in hot standby mode|server is not in hot standby mode",
        reason="no server of the connection string is one that target_session_attrs asks for",
        hint="look whether a failover is under way and which server is the primary",
    ),
    Cause(
        pattern=r"certificate|SSL|TLS|root\.crt",
        reason="no encrypted connection came about",
        hint="check sslmode, sslrootcert and the server's certificate",
    ),
    Cause(
        pattern=r"failed to resolve host|could not translate host name|Name or service not known",
        reason="the host's name is not known",
        hint="check the name in the connection string, and this machine's name service",
    ),
    Cause(
        pattern=r"timeout expired|timed out",
        reason="nothing answered in time",
        hint="check address, port and firewall",
    ),
    Cause(
        pattern=r"Connection refused|No such file or directory",
        reason="nobody listens there",
        hint="check that the server runs, and host and port in the connection string",
    ),
    Cause(
        pattern=r"unreachable|No route to host",
        reason="the network has no way there",
        hint="check address, routing and firewall",
    ),
    Cause(
        pattern=r"closed the connection unexpectedly|Connection reset|invalid response|unexpected response"
        r"|expected authentication request",
        reason="what answers there does not behave like a PostgreSQL server, or went down at that moment",
        hint="check port and server; ask again in a minute",
    ),
)


def cause_of(message: str) -> Cause:
    """The cause behind libpq's message; the server's own words where they are not known."""
    for cause in _CAUSES:
        if re.search(cause.pattern, message, re.IGNORECASE):
            return cause
    return Cause(
        pattern="",
        reason=f"connecting failed ({_last_words(message)})",
        hint="the server's own log says more",
        look_inside=True,
    )


def _last_words(message: str) -> str:
    """The part of libpq's message behind the address, on one line."""
    first = message.split("\nMultiple connection attempts", 1)[0]
    return " ".join(first.rpartition("failed: ")[2].split())
