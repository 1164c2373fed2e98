"""Migrations that are Python: their calls read as text, never executed."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.sql_risk.names import Name
from bot.domain.sql_risk.reading import read
from bot.domain.sql_risk.risk import Hazard, Kind, Risk, shown
from bot.domain.sql_risk.types import keeps_all


@dataclass
class Script:
    """One file, and what was found in it so far."""

    file: str
    risks: list[Risk] = field(default_factory=list)
    #: as `Reading.moves`
    moves: bool = False

    def add(self, hazard: Hazard, at: ast.expr | ast.stmt) -> None:
        """What the call's strings hold is not shown: the hazard names what it is about."""
        statement = f"{called(at)}(…)" if isinstance(at, ast.Call) else ""
        risk = Risk(
            hazard=hazard, file=self.file, line=at.lineno, statement=shown(statement), certain=not self.moves
        )
        self.risks.append(risk)

    def add_change(self, change: Hazard, new_type: str, at: ast.Call) -> None:
        """A column gets this type by a plain cast; empty where the type, or the way to it, is not known."""
        if not keeps_all("", new_type):
            self.add(replace(change, new_type=new_type), at)

    def opaque(self, subject: str, at: ast.expr | ast.stmt) -> None:
        self.add(Hazard(kind=Kind.OPAQUE, subject=subject, because="what Python does is its own"), at)

    def execute(self, sql: ast.expr | None, at: ast.Call) -> None:
        """SQL that is written out is read as such."""
        written = text(sql)
        if sql is None or written is None:
            self.opaque("SQL that is computed", at)
            return
        reading = read(written, self.file, sql.lineno)
        self.risks += reading.risks
        self.moves = self.moves or reading.moves


def calls(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    """All calls below these, in the order in which they are written."""
    found = [each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Call)]
    return iter(sorted(found, key=lambda call: (call.lineno, call.col_offset)))


def called(call: ast.Call) -> str:
    """`op.drop_table`; `….execute` where it is called on what another call gave."""
    return _dotted(call.func)


def argument(call: ast.Call, name: str, place: int | None = None) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place is not None and place < len(call.args) else None


def text(value: ast.expr | None) -> str | None:
    """A string that is written out, within `text(…)` or `op.f(…)` too; None where it is computed."""
    match value:
        case ast.Constant(value=str(written)):
            return written
        case ast.Call(args=[inner]) if called(value).rpartition(".")[2] in ("text", "f"):
            return text(inner)
        case _:
            return None


def number(call: ast.Call, name: str, place: int | None = None) -> int | None:
    match argument(call, name, place):
        case ast.Constant(value=int(written)):
            return written
        case _:
            return None


def of_table(kind: Kind, table: Name | None, column: str | None = "") -> Hazard:
    """A table, or a column of it; what has a name that is computed cannot be looked up."""
    if table is None or column is None:
        return Hazard(kind=kind, subject="a name that is computed")
    return Hazard(kind=kind, subject=f"{table}.{column}" if column else str(table), table=table)


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{_dotted(value)}.{attribute}"
        case _:
            return "…"
