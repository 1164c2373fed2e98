"""Statements that hold queries, read by a parser: what they delete and overwrite, and what they call."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError
from sqlglot.parsers.postgres import PostgresParser

from bot.domain.sql_risk.functions import HARMLESS
from bot.domain.sql_risk.names import Name
from bot.domain.sql_risk.risk import Hazard, Kind

#: Characters that the parser is given of one file, and what each query costs besides: a few seconds in all.
_MOST = 500_000
_EACH = 100
_BY_GRAMMAR = frozenset(
    {"CAST", "EXTRACT", "NORMALIZE", "OVERLAY", "POSITION", "STRING_AGG", "SUBSTRING", "TRIM", "XMLELEMENT"}
)
_NUMBER = re.compile(r"(?<![\w.])[0-9]++(?:\.[0-9]*+)?+(?:e[+-]?[0-9]++)?+(?!\w)", re.IGNORECASE | re.ASCII)
_LITERAL = r"(?:''|-?0|NULL|TRUE|FALSE|DEFAULT)"
_ROW = rf"\( ?{_LITERAL}(?: ?, ?{_LITERAL})*+ ?\)"
#: Values alone say nothing.
_ROWS = re.compile(rf"{_ROW}(?: ?, ?{_ROW})*+", re.IGNORECASE)
#: Known to PostgreSQL alone, and without a part in what is destroyed.
_PASSED_OVER = re.compile(r" OVERRIDING (?:SYSTEM|USER) VALUE\b| ?UESCAPE ''", re.IGNORECASE)
_REPEATED = re.compile(r"(\((?:[^()\"]|\([^()\"]*\))*+\))(?: ?, ?\1)++")
_QUERIES = (exp.Query, exp.Values, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create)


class _Parser(PostgresParser):
    """Every function keeps the name that it is called by; what is not understood is an error."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parse for name, parse in PostgresParser.FUNCTION_PARSERS.items() if name in _BY_GRAMMAR
    }

    def _warn_unsupported(self) -> None:
        self.raise_error("not understood")


class _Postgres(Postgres):
    Parser = _Parser


class Queries:
    """The queries of one file; what says the same is parsed once, and no file takes for ever."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hazard, ...]] = {}
        self._left = _MOST

    def hazards(self, code: str) -> tuple[Hazard, ...]:
        text = _shortened(code)
        if text not in self._known:
            self._left -= len(text) + _EACH
            self._known[text] = _hazards(text) if self._left >= 0 else (_unread("it is too long"),)
        return self._known[text]


def _shortened(code: str) -> str:
    """The same but for what it says of single values and rows."""
    text = _NUMBER.sub("0", _PASSED_OVER.sub("", code))
    return _REPEATED.sub(r"\1", _ROWS.sub("(0)", text))


def _hazards(text: str) -> tuple[Hazard, ...]:
    try:
        trees = _Postgres().parse(text)
        if not all(isinstance(tree, _QUERIES) for tree in trees):
            return (_unread(),)
        return tuple(dict.fromkeys(hazard for tree in trees if tree for hazard in _of_tree(tree)))
    except (SqlglotError, RecursionError):
        return (_unread(),)
    except Exception:  # noqa: BLE001 - whatever a hostile statement brings the parser to: it was not read
        return (_unread(),)


def _unread(because: str = "") -> Hazard:
    return Hazard(kind=Kind.UNPARSABLE, subject="a query", because=because)


def _of_tree(tree: exp.Expr) -> Iterator[Hazard]:
    for node in tree.walk():
        match node:
            case exp.Delete():
                yield from _all_rows(node, Kind.DELETE_ALL)
            case exp.Update() if not isinstance(node.parent, exp.When):
                yield from _all_rows(node, Kind.UPDATE_ALL)
            case exp.Merge() if any(_deletes(when) for when in node.find_all(exp.When)):
                yield _of_table(Kind.MERGE_DELETE, node)
            case exp.Anonymous() if (called := _called(node)) not in HARMLESS:
                yield Hazard(
                    kind=Kind.OPAQUE, subject=f"{called}()", because="what a function does is its own"
                )
            case exp.Placeholder() | exp.Parameter():
                yield Hazard(kind=Kind.OPAQUE, subject=f"a placeholder: {node.name}")
            case _:
                continue


def _deletes(when: exp.When) -> bool:
    then = when.args.get("then")
    return isinstance(then, exp.Var) and then.name.upper() == "DELETE"


def _called(call: exp.Anonymous) -> str:
    """A function's name; one of a schema other than PostgreSQL's own bears it."""
    name = call.this.name if isinstance(call.this, exp.Identifier) else call.name.lower()
    within = call.parent
    if isinstance(within, exp.Dot) and within.expression is call and within.this.name.lower() != "pg_catalog":
        return f"{within.this.sql()}.{name}"
    return str(name)


def _all_rows(node: exp.Delete | exp.Update, kind: Kind) -> Iterator[Hazard]:
    where = node.args.get("where")
    if where is None or not _selects(where.this, _known_as(node.this)):
        yield _of_table(kind, node)


def _of_table(kind: Kind, node: exp.Expr) -> Hazard:
    table = _name(node.this)
    return Hazard(kind=kind, subject=str(table), table=table)


def _name(table: exp.Expr) -> Name:
    schema, name = table.args.get("db"), table.this
    return Name(_plain(schema), _plain(name))


def _plain(part: exp.Expr | None) -> str:
    if not isinstance(part, exp.Identifier):
        return part.name if part else ""
    return part.name if part.args.get("quoted") else part.name.lower()


def _known_as(table: exp.Expr) -> str:
    return str(table.alias_or_name).lower()


def _selects(condition: exp.Expr, table: str) -> bool:
    """Whether a condition looks at the table's own rows, so that it can leave some of them."""
    match condition:
        case exp.Or():
            return _selects(condition.left, table) and _selects(condition.right, table)
        case exp.And():
            return _selects(condition.left, table) or _selects(condition.right, table)
        case exp.Paren() | exp.Not():
            return _selects(condition.this, table)
        case exp.EQ() if condition.left == condition.right:
            return False
        case _:
            return any(_own(column, table) for column in condition.find_all(exp.Column))


def _own(column: exp.Column, table: str) -> bool:
    """Within a query of its own a column without a table's name is that query's."""
    if column.table:
        return column.table.lower() == table
    within = column.find_ancestor(exp.Query, exp.Delete, exp.Update)
    return not isinstance(within, exp.Query)
