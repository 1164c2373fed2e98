"""Exact row counts: many small tables in one statement, large ones alone, none spoils the others'."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql

from bot import wording
from bot.domain.state import TableName
from bot.postgres.blockers import locked_out
from bot.postgres.queries import query
from bot.postgres.session import LOCK_WAIT, SECOND_LOCK_WAIT, Session
from bot.postgres.tables import Relation, grant, quoted

#: The most tables of one statement, and the most pages (of 8 kB) of all of them.
BATCH_TABLES = 100
BATCH_PAGES = 8192


@dataclass(frozen=True, kw_only=True)
class Count:
    """What was found in one table.

    `rows` is None where it could not be counted: `problem` says why, and `cure` what to do about it.
    """

    rows: int | None
    problem: str = ""
    cure: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The table that is being counted, and how many of them are done."""

    table: str
    done: int
    total: int


def count(
    session: Session,
    relations: Sequence[Relation],
    on_progress: Callable[[Progress], object] = lambda _: None,
) -> dict[TableName, Count]:
    """Count every table, the small ones first, so that a giant costs no other table its turn.

    Partitioned tables hold no rows and get no count: `sum_partitions` has theirs. Raises `Stopped`; an error
    of a single table becomes its problem.
    """
    holders = [each for each in relations if not each.partitioned]
    counts = {
        each.name: Count(rows=None, problem=each.problem, cure=each.cure) for each in holders if each.problem
    }
    for batch in _batches(each for each in holders if not each.problem):
        on_progress(Progress(table=str(batch[0].name), done=len(counts), total=len(holders)))
        counts.update(_count_batch(session, batch))
    return counts


#: Of a table that is there, and whose rows nobody asked for.
NOT_ASKED = Count(rows=None, problem="nobody asked for its rows", cure="ask for all of them")


def with_partitions(relations: Sequence[Relation], tables: frozenset[TableName] | None) -> Sequence[Relation]:
    """Those of the relations that are asked for, with all that they are the sum of; all where it is None."""
    if tables is None:
        return relations
    above = {each.name: each.partition_of for each in relations}

    def asked(name: TableName | None) -> bool:
        return name is not None and (name in tables or asked(above.get(name)))

    return [each for each in relations if asked(each.name)]


def sum_partitions(
    relations: Sequence[Relation], counts: Mapping[TableName, Count]
) -> dict[TableName, Count]:
    """What partitioned tables hold, out of the counts of all their partitions, however deep."""
    partitions = defaultdict[TableName, list[Relation]](list)
    for relation in relations:
        if relation.partition_of is not None:
            partitions[relation.partition_of].append(relation)

    def total(relation: Relation) -> Count:
        if not relation.partitioned:
            return counts[relation.name]
        return _sum({part.name: total(part) for part in partitions[relation.name]})

    return {relation.name: total(relation) for relation in relations if relation.partitioned}


def _sum(parts: Mapping[TableName, Count]) -> Count:
    rows = 0
    for name, part in parts.items():
        if part.rows is None:
            problem = f"its partition {name.short} was not counted: {part.problem}"
            return Count(rows=None, problem=problem, cure=part.cure)
        rows += part.rows
    return Count(rows=rows)


def _batches(relations: Iterable[Relation]) -> Iterator[list[Relation]]:
    batch: list[Relation] = []
    pages = 0
    for relation in sorted(relations, key=lambda each: each.pages):
        if batch and (len(batch) == BATCH_TABLES or pages + relation.pages > BATCH_PAGES):
            yield batch
            batch, pages = [], 0
        batch.append(relation)
        pages += relation.pages
    if batch:
        yield batch


def _count_batch(session: Session, batch: list[Relation]) -> dict[TableName, Count]:
    """All in one statement, and one by one where that fails."""
    if len(batch) == 1:
        return {batch[0].name: _count_alone(session, batch[0], LOCK_WAIT)}
    try:
        return _ask(session, batch, LOCK_WAIT)
    except psycopg.Error:
        if session.lost():
            raise
        return {each.name: _count_alone(session, each, SECOND_LOCK_WAIT) for each in batch}


def _count_alone(session: Session, relation: Relation, lock_wait: float) -> Count:
    if not session.remaining:
        return _out_of_time(session)
    try:
        return _ask(session, [relation], lock_wait)[relation.name]
    except psycopg.Error as error:
        if session.lost():
            raise
        return _uncounted(session, relation, error)


def _ask(session: Session, batch: list[Relation], lock_wait: float) -> dict[TableName, Count]:
    statement = sql.SQL(" UNION ALL ").join(_arm(number, each) for number, each in enumerate(batch))
    rows = session.fetch(statement, seconds=session.remaining, lock_wait=lock_wait)
    return {batch[number].name: _counted(batch[number], *found) for number, *found in rows}


def _arm(number: int, relation: Relation) -> sql.Composed:
    return sql.SQL(query("count_table")).format(
        number=sql.Literal(number),
        relation=sql.Literal(relation.identifier.as_string()),
        table=relation.identifier,
    )


def _counted(relation: Relation, rows: int, filenode: int | None) -> Count:
    """A table that was truncated or rewritten after the snapshot looks empty in it, and is not."""
    if filenode != relation.filenode:
        return Count(rows=None, problem="it was truncated or rewritten while it was read", cure="ask again")
    return Count(rows=rows)


def _uncounted(session: Session, relation: Relation, error: psycopg.Error) -> Count:
    match error:
        case errors.LockNotAvailable():
            problem, cure = locked_out(session.connection, relation.name)
        case errors.QueryCanceled():
            return _out_of_time(session)
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            problem, cure = "it was dropped or renamed while it was read", "ask again"
        case errors.InsufficientPrivilege():
            problem = f"the server refused it: {error.diag.message_primary}"
            cure = grant(session.connection.info.user, f"SELECT ON {quoted(*relation.name)}")
        case _:
            problem = f"the server could not read it: {error.diag.message_primary or error}"
            cure = "look into the server's own log"
    return Count(rows=None, problem=problem, cure=cure)


def _out_of_time(session: Session) -> Count:
    budget = wording.duration(session.time_budget)
    return Count(
        rows=None,
        problem=f"not counted within {budget}",
        cure="raise `verify.time_budget`, or ask when the server is less busy",
    )
