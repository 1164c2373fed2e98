"""What a database is and holds at one snapshot. Everything else is judged from this."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.domain.migrations import History


class TableName(NamedTuple):
    """A table, sequence or materialized view by its exact names, unquoted."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def short(self) -> str:
        """What people call it: the schema is said only where it is not `public`."""
        return self.name if self.schema == "public" else str(self)


@dataclass(frozen=True, kw_only=True)
class Marker:
    """The row that Secondkey wrote on adoption; a copied one contradicts the server that it lies on."""

    id: str
    system_identifier: str
    database_oid: int
    #: the backup that this database was restored from for a rehearsal; empty elsewhere
    copy_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Which database this is."""

    #: of the cluster, from `pg_control_system()`; a decimal number as text
    system_identifier: str
    database_oid: int
    database_name: str
    #: as `server_version_num`: 170010
    server_version: int
    marker: Marker | None
    standby: bool = False
    read_only: bool = False

    @property
    def major(self) -> int:
        return self.server_version // 10000

    def is_same_database(self, other: "Identity") -> bool:
        """Whatever it is called by now."""
        return (self.system_identifier, self.database_oid) == (other.system_identifier, other.database_oid)


@dataclass(frozen=True, kw_only=True)
class ChangeCounters:
    """The server's own counts of rows written since `stats_reset`; lost when that changes."""

    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True, kw_only=True)
class Table:
    """An ordinary or partitioned table, a partition or a populated materialized view."""

    name: TableName
    oid: int
    #: the file that its rows are in: another one after a rewrite or TRUNCATE; None where it was not noted
    filenode: int | None = None
    #: counted exactly; None where it could not be: `problem` says why, and `cure` what to do about it
    rows: int | None
    problem: str = ""
    cure: str = ""
    #: its rows are other tables' rows: of a partitioned table, or of a materialized view, which may be stale
    derived: bool = False
    #: the partitioned table that it belongs to
    partition_of: TableName | None = None
    #: one entry a column, in order: `name type`, with ` not null`
    columns: tuple[str, ...] = ()
    counters: ChangeCounters | None = None


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Sequences are outside snapshots: after a restore they are compared with ≥ (≤ where they descend)."""

    name: TableName
    #: None while it was never used; or where it cannot be read: `problem` says why, `cure` what to do
    last_value: int | None
    increment: int
    problem: str = ""
    cure: str = ""


@dataclass(frozen=True, kw_only=True)
class Extension:
    name: str
    version: str
    schema: str


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest value of a table's configured timestamp column."""

    table: TableName
    column: str
    at: datetime | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The answer of a team's own SQL check; None where it could not be run, and `problem` says why."""

    name: str
    passed: bool | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class State:
    """One database at one snapshot."""

    taken_at: datetime
    identity: Identity
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...] = ()
    extensions: tuple[Extension, ...] = ()
    history: History | None = None
    size_bytes: int = 0
    newest: tuple[Newest, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    #: when the server's change counters were last reset; None where never or not known
    stats_reset: datetime | None = None

    @property
    def holders(self) -> tuple[Table, ...]:
        """The tables that hold rows of their own: each row is in one of them."""
        return tuple(table for table in self.tables if not table.derived)

    @property
    def rows(self) -> int:
        """All rows that were counted, each once."""
        return sum(table.rows or 0 for table in self.holders)

    @property
    def uncounted(self) -> int:
        """How many tables hold rows that could not be counted."""
        return sum(table.rows is None for table in self.holders)

    def counts(self) -> dict[TableName, int | None]:
        return {table.name: table.rows for table in self.tables}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The last state that people accepted as good, or that a verdict which did not block moved on."""

    state: State
    #: when identity and marker were pinned, and by whom
    pinned_at: datetime
    pinned_by: str
    #: who turned the second key, where it took one
    approved_by: tuple[str, ...] = ()
    #: the highest counts of the last 7 days, so that a slow leak cannot walk under the ratio rule
    highest: tuple[tuple[TableName, int], ...] = ()

    @classmethod
    def of(cls, state: State) -> "Baseline":
        """What was there at one moment, to be compared with: nobody accepted it."""
        return cls(state=state, pinned_at=state.taken_at, pinned_by="")

    def expected_rows(self) -> dict[TableName, int]:
        """For each table of the baseline, the count that the present one is compared with."""
        highest = dict(self.highest)
        return {
            table.name: max(table.rows, highest.get(table.name, 0))
            for table in self.state.tables
            if table.rows is not None
        }


@dataclass(frozen=True, kw_only=True)
class DatabaseProperties:
    """What `pg_dump` of one database leaves out and a recreated database needs."""

    owner: str
    encoding: str
    #: "libc", "icu" or "builtin"
    locale_provider: str
    collate: str
    ctype: str
    icu_locale: str | None
    tablespace: str
    connection_limit: int
    comment: str | None
    #: `ALTER DATABASE … SET`, and with a role `ALTER ROLE … IN DATABASE … SET`: (role, "name=value")
    settings: tuple[tuple[str | None, str], ...] = ()
    #: the access list as `aclitem` texts; empty where it is the default
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role that owns or is granted something in the database. Passwords are never kept."""

    name: str
    #: of `superuser createdb createrole login replication bypassrls`, those that it has
    attributes: tuple[str, ...]
    member_of: tuple[str, ...] = ()
