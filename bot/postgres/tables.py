"""The tables of a database as its catalogue has them, without a lock on any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from bot.domain.state import ChangeCounters, TableName
from bot.postgres.queries import query

Version = tuple[int, int, ChangeCounters]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A table, a partition, their parent or a populated materialized view, before it is counted."""

    name: TableName
    oid: int
    #: the file that its rows are in at the snapshot: a table that was rewritten since has another one
    filenode: int
    #: as `pg_class.relkind`: `r`, `p` or `m`
    kind: str
    #: the partitioned table that it belongs to
    partition_of: TableName | None
    #: roughly how large it is, in pages; 0 where nothing is known
    pages: int
    #: why this login cannot count it; empty where it can
    problem: str
    #: what to grant then
    cure: str
    columns: tuple[str, ...]
    counters: ChangeCounters

    @property
    def partitioned(self) -> bool:
        """Whether all its rows are in its partitions."""
        return self.kind == "p"

    @property
    def derived(self) -> bool:
        """Whether its rows are made of other tables' rows."""
        return self.kind != "r"

    @property
    def version(self) -> Version:
        """What is another one as soon as somebody has written to it, and their session has ended."""
        return self.oid, self.filenode, self.counters

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(*self.name)


def list_tables(
    connection: psycopg.Connection[Any], names: Sequence[str] | None = None
) -> tuple[Relation, ...]:
    """All tables whose rows a dump would hold and their parents, or those with one of these names."""
    wanted = {"names": None if names is None else list(names)}
    rows = connection.execute(query("tables"), wanted).fetchall()
    return tuple(_relation(connection.info.user, *row) for row in rows)


def _relation(
    login: str,
    schema: str,
    name: str,
    oid: int,
    filenode: int,
    kind: str,
    parent_schema: str | None,
    parent: str | None,
    pages: int,
    may_enter: bool,
    may_read: bool,
    row_secured: bool,
    columns: list[str],
    inserted: int,
    updated: int,
    deleted: int,
) -> Relation:
    table = TableName(schema, name)
    problem, cure = hindrance(login, table, may_enter, may_read, row_secured)
    return Relation(
        name=table,
        oid=oid,
        filenode=filenode,
        kind=kind,
        partition_of=TableName(parent_schema, parent) if parent_schema and parent else None,
        pages=pages,
        problem=problem,
        cure=cure,
        columns=tuple(columns),
        counters=ChangeCounters(inserted=inserted, updated=updated, deleted=deleted),
    )


def hindrance(
    login: str, table: TableName, may_enter: bool, may_read: bool, row_secured: bool
) -> tuple[str, str]:
    """Why this login cannot count the table, and what to grant."""
    if not may_enter:
        usage = f"USAGE ON SCHEMA {quoted(table.schema)}"
        return f"{login} may not enter the schema {table.schema}", grant(login, usage)
    if not may_read:
        return f"{login} may not read it", grant(login, f"SELECT ON {quoted(*table)}")
    if row_secured:
        bypass = f"as superuser: `ALTER ROLE {quoted(login)} BYPASSRLS`"
        why = f"row-level security hides rows of it from {login}"
        return why, f"{bypass}; a policy is not enough, for pg_dump stops at it too"
    return "", ""


def grant(login: str, what: str) -> str:
    """What to grant for one thing, and what for all of them."""
    role = quoted(login)
    return f"`GRANT {what} TO {role}`, or once for everything `GRANT pg_read_all_data TO {role}`"


def quoted(*names: str) -> str:
    """A name as a statement has it, for people to copy."""
    return sql.Identifier(*names).as_string()
