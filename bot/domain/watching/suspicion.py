"""What a glance makes one suspect, beside the glance before and the baseline. It alarms nobody yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.counts import fell
from bot.domain.lineage import may_go, volatile
from bot.domain.observation import Rules
from bot.domain.state import Baseline, Identity, State, Table, TableName
from bot.domain.watching.glance import File, Glance

#: So many bytes a database may give back unnoticed, whatever share of it that is.
SMALL_FALL = 100_000_000


class Sign(StrEnum):
    #: another database answers, or its marker is another one
    IDENTITY = "identity"
    #: a table of the baseline is not there
    GONE = "gone"
    #: its rows are in another file than at the last glance: TRUNCATE, or a harmless rewrite
    REWRITTEN = "rewritten"
    EMPTY = "empty"
    #: more rows were deleted than may go unnoticed; how many came meanwhile is not known
    SHRUNK = "shrunk"
    #: whether it holds a row could not be told in time
    SILENT = "silent"
    #: the database takes up much less room: no more than a reason to count each table once
    SIZE = "size"
    #: the migration history is not what it was
    HISTORY = "history"

    @property
    def may_well_be_harmless(self) -> bool:
        return self in (Sign.SHRUNK, Sign.SIZE)


@dataclass(frozen=True, kw_only=True, order=True)
class Suspicion:
    sign: Sign
    #: None where it is about the database, or its history
    table: TableName | None = None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The rows of a table when they were last known for sure, and how many had been deleted by then."""

    rows: int
    deleted: int

    @classmethod
    def of(cls, state: State) -> dict[TableName, "Counted"]:
        """Of every table that was counted."""
        return {
            table.name: cls(rows=table.rows, deleted=table.counters.deleted)
            for table in state.tables
            if table.rows is not None and table.counters is not None
        }


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a database should look like."""

    identity: Identity
    #: those of the baseline, but for the migration history, of which its own rules tell
    tables: Mapping[TableName, Table]
    #: how many rows the present ones are compared with, of the tables that must not become empty
    rows: Mapping[TableName, int]
    rules: Rules

    @classmethod
    def of(cls, baseline: Baseline, rules: Rules) -> "Expected":
        history = baseline.state.history
        known = {
            table.name: table
            for table in baseline.state.tables
            if history is None or str(table.name) != history.table
        }
        rows = {
            name: rows
            for name, rows in baseline.expected_rows().items()
            if rows and name in known and not volatile(name, known, rules)
        }
        return cls(identity=baseline.state.identity, tables=known, rows=rows, rules=rules)

    @property
    def watched(self) -> tuple[TableName, ...]:
        """The tables that are asked whether they hold a row: of the others another table's rows tell."""
        return tuple(name for name in self.rows if not self.tables[name].derived)


def suspicions(
    expected: Expected, before: Glance | None, now: Glance, counted: Mapping[TableName, Counted]
) -> frozenset[Suspicion]:
    """`before` is the glance that was looked into last; None where there was none since the bot began."""
    return frozenset(
        {
            *_of_the_database(expected, before, now),
            *(Suspicion(sign=Sign.GONE, table=name) for name in _gone(expected, now)),
            *(Suspicion(sign=Sign.REWRITTEN, table=name) for name in _rewritten(expected, before, now)),
            *(Suspicion(sign=Sign.EMPTY, table=name) for name in now.empty),
            *(Suspicion(sign=Sign.SILENT, table=name) for name in now.silent),
            *(Suspicion(sign=Sign.SHRUNK, table=name) for name in _shrunk(expected, now, counted)),
            *(Suspicion(sign=Sign.SIZE, table=name) for name in _smaller(expected, before, now)),
        }
    )


def failed_over(before: Glance | None, now: Glance) -> bool:
    """Another server of the same cluster answers, or a standby became the primary, with the very same
    database: nothing is lost by it."""
    if before is None or not now.identity.is_same_database(before.identity):
        return False
    if now.identity.marker != before.identity.marker:
        return False
    promoted = before.place.timeline and now.place.timeline and before.place.timeline != now.place.timeline
    return bool(promoted) or before.place.host != now.place.host


def _of_the_database(expected: Expected, before: Glance | None, now: Glance) -> Iterator[Suspicion]:
    known = before.identity if before else expected.identity
    if now.identity != known:
        yield Suspicion(sign=Sign.IDENTITY)
    if before is None or now.history not in (None, before.history):
        yield Suspicion(sign=Sign.HISTORY)


def _gone(expected: Expected, now: Glance) -> Iterator[TableName]:
    """Of a partition that may go, the parent has lost its rows; a small part of them is no loss."""
    left: dict[TableName, int] = dict(expected.rows)
    for name, table in expected.tables.items():
        if _in_place(table, now):
            continue
        if not may_go(table, expected.tables, now.files, expected.rules):
            yield name
        elif table.partition_of in left:
            left[table.partition_of] -= table.rows or 0
    ratio = expected.rules.drop_ratio
    yield from (name for name, rows in left.items() if fell(expected.rows[name], max(0, rows), ratio))


def _in_place(table: Table, now: Glance) -> bool:
    """There; a partition that was detached is not where it was."""
    file = now.files.get(table.name)
    return file is not None and (file.partition or table.partition_of is None)


def _rewritten(expected: Expected, before: Glance | None, now: Glance) -> Iterator[TableName]:
    """A small one that is empty by now had rows; one that nobody expects rows of has none to lose."""
    for name in expected.rows.keys() & now.files.keys():
        if before is None:
            changed = _is_another(now.files[name], expected.tables[name])
        else:
            changed = name in before.files and now.files[name] != before.files[name]
        if changed:
            yield name


def _is_another(file: File, known: Table) -> bool:
    return file.oid != known.oid or known.filenode not in (None, file.filenode)


def _shrunk(expected: Expected, now: Glance, counted: Mapping[TableName, Counted]) -> Iterator[TableName]:
    for name, deleted in now.deleted.items():
        known = counted.get(name)
        if known is None or name not in expected.rows:
            continue
        # Where the server's counters began anew, all that they say came after.
        since = deleted - known.deleted if deleted >= known.deleted else deleted
        if since and _too_few(expected, name, max(0, known.rows - since)):
            yield name


def _smaller(expected: Expected, before: Glance | None, now: Glance) -> Iterator[TableName]:
    """Every table, where the database as a whole gave much room back: which of them did is not known."""
    if before is None or before.size is None or now.size is None:
        return
    if before.size - now.size > SMALL_FALL and fell(before.size, now.size, expected.rules.drop_ratio):
        yield from expected.rows


def _too_few(expected: Expected, name: TableName, rows: int) -> bool:
    configured = expected.rules.expectation(name)
    floor = configured.min if configured else None
    return rows < (floor or 0) or fell(expected.rows[name], rows, expected.rules.drop_ratio)
