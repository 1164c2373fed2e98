"""What of a database pg_dump can still take when it cannot take all of it: for emergency backups.

pg_dump gives up as a whole at the first table that is locked or may not be read. So each is tried before it
starts, and what it must leave alone is named.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import errors, sql

from bot.domain.omission import CatalogId, Omission, Part
from bot.domain.state import TableName
from bot.postgres import large_objects
from bot.postgres.blockers import locked_out
from bot.postgres.queries import one_row, query
from bot.postgres.session import LOCK_WAIT, SECOND_LOCK_WAIT, USUAL, Session
from bot.postgres.tables import grant, hindrance, quoted

#: The most tables that are tried in one statement.
_BATCH = 100
_KINDS = {
    "r": "table",
    "p": "table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
}


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What pg_dump stopped at."""

    part: Part
    #: the oid of what was locked; None where it is not known
    oid: int | None = None
    #: the table whose rows could not be read, as pg_dump names it: `schema.name`
    table: str = ""


@dataclass(frozen=True, kw_only=True)
class _Relation:
    oid: int
    kind: str
    name: TableName
    #: why its contents may not be read, and what to grant; both empty where they may
    problem: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class _Lost:
    """Why a relation is left out as a whole."""

    why: str
    cure: str
    #: nothing that reads its definition may be asked of the server then
    locked: bool = False


class Salvage:
    """What a dump in this session's snapshot leaves out."""

    def __init__(
        self,
        session: Session,
        *,
        lock_wait: timedelta,
        keep_locks: bool,
        on_wait: Callable[[str, str], object] = lambda *_: None,
    ) -> None:
        """`lock_wait` is for all locks together; `on_wait` gets what is waited for, and who holds it."""
        self._session = session
        self._keep_locks = keep_locks
        self._on_wait = on_wait
        self._deadline = time.monotonic() + lock_wait.total_seconds()
        self._relations: dict[int, _Relation] = {}
        self._lost: dict[int, _Lost] = {}
        self._emptied: dict[int, Omission] = {}
        self._large_objects: tuple[Omission, ...] = ()
        self.omissions: tuple[Omission, ...] = ()
        #: what the archive holds and nobody can restore without what is left out
        self.unrestorable: tuple[CatalogId, ...] = ()

    def look(self) -> None:
        """Try everything that pg_dump will lock or read. Raises `Stopped`."""
        self._relations = self._dumpable()
        known = list(self._relations.values())
        for start in range(0, len(known), _BATCH):
            self._try(known[start : start + _BATCH])
        self._large_objects = self._unreadable_large_objects()
        self._settle()

    def without(self, obstacle: Obstacle, why: str, cure: str) -> bool:
        """Leave out what pg_dump has just stopped at, too; False where that changes nothing."""
        before = set(map(str, self.omissions))
        match obstacle.part:
            case Part.WHOLE:
                if obstacle.oid is not None:
                    self._lost[obstacle.oid] = _Lost(why=why, cure=cure, locked=True)
            case Part.CONTENTS:
                found = [one for one in self._relations.values() if str(one.name) == obstacle.table]
                self._emptied |= {one.oid: _emptied(one, why, cure) for one in found}
            case Part.LARGE_OBJECTS:
                self._large_objects = (Omission(part=Part.LARGE_OBJECTS, why=why, cure=cure),)
        self._settle()
        return set(map(str, self.omissions)) != before

    def _dumpable(self) -> dict[int, _Relation]:
        login = self._session.connection.info.user
        return {
            oid: _relation(login, oid, kind, TableName(schema, name), *rights)
            for oid, kind, schema, name, *rights in self._session.connection.execute(query("dumpable"))
        }

    def _try(self, relations: Sequence[_Relation]) -> None:
        """All at once, and one by one where that fails."""
        readable = [one for one in relations if one.kind != "S" or not one.problem]
        try:
            self._lock(readable, LOCK_WAIT)
        except psycopg.Error:
            if self._session.lost():
                raise
            for one in readable:
                self._try_alone(one)
        for one in relations:
            if one.problem and one.oid not in self._lost:
                self._emptied[one.oid] = _emptied(one, one.problem, one.cure)

    def _try_alone(self, relation: _Relation) -> None:
        try:
            self._lock_patiently(relation)
        except psycopg.Error as error:
            if self._session.lost():
                raise
            lost = self._why(relation, error)
            if relation.kind == "S":
                self._emptied[relation.oid] = _emptied(relation, lost.why, lost.cure)
            else:
                self._lost[relation.oid] = lost

    def _lock_patiently(self, relation: _Relation) -> None:
        try:
            self._lock([relation], SECOND_LOCK_WAIT)
        except errors.LockNotAvailable:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise
            self._on_wait(relation.name.short, locked_out(self._session.connection, relation.name)[0])
            self._lock([relation], left)

    def _lock(self, relations: Sequence[_Relation], lock_wait: float) -> None:
        if not relations:
            return
        statement = sql.SQL("; ").join(map(_lock_statement, relations))

        def act() -> list[tuple[object, ...]]:
            with self._session.limited(USUAL, lock_wait, keep_locks=self._keep_locks) as connection:
                connection.execute(statement)
            return []

        self._session.watched(act)

    def _why(self, relation: _Relation, error: psycopg.Error) -> _Lost:
        match error:
            case errors.LockNotAvailable():
                why, cure = locked_out(self._session.connection, relation.name)
                return _Lost(why=why, cure=cure, locked=True)
            case errors.UndefinedTable() | errors.InvalidSchemaName():
                return _Lost(why="it was dropped or renamed while the backup began", cure="ask again")
            case errors.InsufficientPrivilege():
                login = self._session.connection.info.user
                cure = relation.cure or grant(login, f"SELECT ON {quoted(*relation.name)}")
                return _Lost(why=relation.problem or f"{login} may not read it", cure=cure)
            case _:
                words = error.diag.message_primary or str(error)
                return _Lost(
                    why=f"the server could not read it: {words}", cure="look into the server's own log"
                )

    def _unreadable_large_objects(self) -> tuple[Omission, ...]:
        connection = self._session.connection
        row = one_row(connection.execute(query("unreadable_large_objects")))
        why, cure = large_objects.refused(connection.info.user, row)
        return (Omission(part=Part.LARGE_OBJECTS, why=why, cure=cure),) if why else ()

    def _settle(self) -> None:
        """Name what is left out, with all that hangs on it."""
        connection = self._session.connection
        oids = list(self._lost)
        locked = [lost.locked for lost in self._lost.values()]
        found = connection.execute(query("built_on"), {"oids": oids, "locked": locked}).fetchall()
        found.sort(key=lambda row: row[1] not in self._lost)
        names = {oid: TableName(schema, name) for _, oid, _, _, schema, name in found if name}
        whole = {oid: self._whole(oid, kind, names, root) for _, oid, root, kind, *_ in found if kind}
        self.omissions = (
            *whole.values(),
            *(omission for oid, omission in self._emptied.items() if oid not in whole),
            *self._large_objects,
        )
        pointing = connection.execute(query("pointing_at"), {"oids": [*oids, *self._emptied]}).fetchall()
        parts = [CatalogId(catalog, oid) for catalog, oid, _, kind, *_ in found if not kind]
        self.unrestorable = tuple(dict.fromkeys((*parts, *(CatalogId(*each) for each in pointing))))

    def _whole(self, oid: int, kind: str, names: dict[int, TableName], root: int) -> Omission:
        lost = self._lost.get(oid)
        why = lost.why if lost else f"it hangs together with {names[root].short}, which is left out"
        cure = lost.cure if lost else ""
        return Omission(part=Part.WHOLE, kind=_KINDS[kind], name=names[oid], why=why, cure=cure)


def _relation(
    login: str, oid: int, kind: str, name: TableName, may_enter: bool, may_read: bool, row_secured: bool
) -> _Relation:
    problem, cure = hindrance(login, name, may_enter, may_read, row_secured)
    return _Relation(oid=oid, kind=kind, name=name, problem=problem, cure=cure)


def _emptied(relation: _Relation, why: str, cure: str) -> Omission:
    return Omission(part=Part.CONTENTS, kind=_KINDS[relation.kind], name=relation.name, why=why, cure=cure)


def _lock_statement(relation: _Relation) -> sql.Composed:
    """As pg_dump will: a table is locked, a sequence is read."""
    name = "salvage_sequence" if relation.kind == "S" else "salvage_table"
    return sql.SQL(query(name)).format(relation=sql.Identifier(*relation.name))
