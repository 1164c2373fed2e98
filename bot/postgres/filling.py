"""An archive poured into an empty candidate: schemas, extensions by our own statements, the rest, grants."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from bot.domain.state import Extension
from bot.errors import CommandFailed
from bot.postgres import admin
from bot.postgres.beside_failures import beside_failure
from bot.postgres.beside_plan import Batch
from bot.postgres.connection import connect, in_words
from bot.postgres.lease import Lease
from bot.postgres.pg_restore import PgRestore
from bot.postgres.queries import query
from bot.postgres.readiness import Readiness

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, kw_only=True)
class Filling:
    """One candidate, and how it is filled."""

    lease: Lease
    database: str
    ready: Readiness
    pg_restore: PgRestore
    admin_dsn: str | None

    def fill(self, extensions: Sequence[Extension]) -> None:
        """`extensions` are those of the manifest. Raises `CommandFailed`, `Stopped` and `LeaseLost`."""
        plan = self.ready.plan
        self._run(plan.schemas)
        with self._session() as connection:
            self._create_extensions(connection, {each.name: each.schema for each in extensions})
            lent = _lend(connection, plan.guests)
        self._run(plan.body)
        with self._session() as connection:
            _take_back(connection, lent)
        if self.ready.for_admin:
            with self._superuser() as superuser:
                admin.close_wrappers(superuser, self._server_makers)
        self._run(plan.ending)

    @property
    def _server_makers(self) -> tuple[str, ...]:
        return (self.lease.connection.info.user, *self.ready.plan.server_owners)

    def _run(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            # Whoever lost the lease must not write into what a successor makes under the same name.
            self.lease.confirm()
            options = () if batch.with_owners else ("--no-owner",)
            places = () if self.ready.keeps_tablespaces else ("--no-tablespaces",)
            code, said = self.pg_restore.run(batch.entries, *options, *places)
            if code != 0:
                raise beside_failure(code, said, batch.entries)

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        with (
            in_words("preparing the copy"),
            connect(self.lease.dsn_of(self.database), purpose=self.lease.purpose) as connection,
        ):
            yield connection

    @contextmanager
    def _superuser(self) -> Iterator[Connection]:
        if self.admin_dsn is None:
            raise CommandFailed("an extension needs a superuser's login", "configure admin_dsn")
        with (
            in_words("preparing the copy"),
            admin.session(self.admin_dsn, self.database, self.lease.purpose) as superuser,
        ):
            yield superuser

    def _create_extensions(self, connection: Connection, schemas: dict[str, str]) -> None:
        present = {name for (name,) in connection.execute(query("schemas"))}
        for name in self.ready.plan.extensions:
            schema = schemas.get(name) if schemas.get(name) in present else None
            if name in self.ready.for_admin:
                self._create_as_admin(name, schema)
            else:
                self._create_as_owner(connection, name, schema)

    def _create_as_owner(self, connection: Connection, name: str, schema: str | None) -> None:
        """The database's owner may then update it; where the schema is another's, the login creates it."""
        try:
            with connection.transaction():
                connection.execute(sql.SQL(query("act_as")).format(role=sql.Identifier(self.ready.owner)))
                admin.create_extension(connection, name, schema)
        except errors.InsufficientPrivilege:
            admin.create_extension(connection, name, schema)

    def _create_as_admin(self, name: str, schema: str | None) -> None:
        with self._superuser() as superuser:
            admin.create_extension(superuser, name, schema)
            admin.open_wrappers(superuser, self._server_makers)


def _lend(connection: Connection, guests: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Who is to own a table must be able to create in its schema, and the archive's grants come last.

    Returns what has to be taken back: (role, schema).
    """
    asked = {"roles": [role for role, _ in guests], "schemas": [schema for _, schema in guests]}
    lacking = connection.execute(query("strangers"), asked).fetchall()
    for role, schema in lacking:
        _on_schema(connection, "lend_schema", role, schema)
    return lacking


def _take_back(connection: Connection, lent: Sequence[tuple[str, str]]) -> None:
    for role, schema in lent:
        _on_schema(connection, "take_back_schema", role, schema)


def _on_schema(connection: Connection, statement: str, role: str, schema: str) -> None:
    connection.execute(
        sql.SQL(query(statement)).format(schema=sql.Identifier(schema), role=sql.Identifier(role))
    )
