"""The logins of the demo's database, each with a random password in a file that only we may read."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from bot.demo.queries import query
from bot.repository.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class Login:
    """One role, and the passfile of libpq that lets it in."""

    role: str
    passfile: Path

    @property
    def password(self) -> str:
        return self.passfile.read_text().strip().rpartition(":")[2]

    def dsn(self, port: int, database: str) -> str:
        """A connection string that names the passfile instead of a password."""
        return f"postgresql://{self.role}@127.0.0.1:{port}/{database}?passfile={quote(str(self.passfile))}"

    def dsn_with_password(self, port: int, database: str) -> str:
        return f"postgresql://{self.role}:{self.password}@127.0.0.1:{port}/{database}"

    def write_passfile(self) -> None:
        """Choose a password, unless there is one already."""
        if self.passfile.exists():
            return
        # The port is not named: it may have to change.
        entry = f"127.0.0.1:*:*:{self.role}:{secrets.token_urlsafe(24)}\n"
        write_atomically(self.passfile, entry.encode())


@dataclass(frozen=True, kw_only=True)
class Logins:
    """Who may do what on the demo's server."""

    #: what the application uses; owns the database
    app: Login
    #: reads everything, changes nothing
    reader: Login
    #: creates databases, becomes the owner, ends sessions
    restore: Login

    def create(self, connection: psycopg.Connection[Any]) -> None:
        """Create the roles on a new server, as its superuser."""
        words: dict[str, sql.Composable] = {}
        for name, login in (("app", self.app), ("reader", self.reader), ("restore", self.restore)):
            words |= {name: sql.Identifier(login.role), f"{name}_password": sql.Literal(login.password)}
        connection.execute(sql.SQL(query("logins")).format(**words))


def open_logins(folder: Path) -> Logins:
    """The logins whose passwords lie in this folder; made where they are not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    logins = Logins(
        app=Login(role="projectledger_app", passfile=folder / "app.pgpass"),
        reader=Login(role="secondkey_reader", passfile=folder / "reader.pgpass"),
        restore=Login(role="secondkey_restore", passfile=folder / "restore.pgpass"),
    )
    for login in (logins.app, logins.reader, logins.restore):
        login.write_passfile()
    return logins
