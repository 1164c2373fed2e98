"""Migrations that are Python: their calls read as text, never executed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.domain.sql_risk.names import Name
from bot.domain.sql_risk.reading import read
from bot.domain.sql_risk.risk import Hazard, Kind, Risk, shown


@dataclass
class Script:
    """One file, and what was found in it so far."""

    file: str
    risks: list[Risk] = field(default_factory=list)
    #: as `Reading.moves`
    moves: bool = False

    def add(self, hazard: Hazard, node: ast.expr | ast.stmt) -> None:
        self.risks.append(
            Risk(
                hazard=hazard,
                file=self.file,
                line=node.lineno,
                statement=_without_strings(node),
                certain=not self.moves,
            )
        )

    def opaque(self, subject: str, node: ast.expr | ast.stmt, because: str = "") -> None:
        self.add(Hazard(kind=Kind.OPAQUE, subject=subject, because=because), node)

    def execute(self, sql: ast.expr | None, node: ast.Call) -> None:
        """SQL that is written out is read as such."""
        written = text(sql)
        if sql is None or written is None:
            self.opaque("SQL that is computed", node)
            return
        reading = read(written, self.file, sql.lineno)
        self.risks += reading.risks
        self.moves = self.moves or reading.moves


def calls(nodes: list[ast.stmt]) -> Iterator[ast.Call]:
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


def of_table(kind: Kind, schema: str, table: str | None, column: str | None = "", **more: object) -> Hazard:
    """A table, or a column of it; a name that is computed is no table that could be looked up."""
    if table is None or column is None:
        return Hazard(kind=kind, subject="a name that is computed")
    name = Name(schema, table)
    subject = f"{name}.{column}" if column else str(name)
    return Hazard(kind=kind, subject=subject, table=name, **more)  # type: ignore[arg-type]


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{_dotted(value)}.{attribute}"
        case _:
            return "…"


class _Empty(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.copy_location(ast.Constant(value=""), node) if isinstance(node.value, str | bytes) else node


def _without_strings(node: ast.expr | ast.stmt) -> str:
    """Its names are told with the hazard; what its strings hold is not shown."""
    return shown(ast.unparse(node))
