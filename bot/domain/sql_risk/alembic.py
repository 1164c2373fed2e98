"""What a revision of Alembic's does: every call is a known operation, makes a value, or is opaque."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.sql_risk.names import Name
from bot.domain.sql_risk.risk import Kind
from bot.domain.sql_risk.scripts import Script, argument, called, calls, number, of_table, text

_NAMES = """
    add_column batch_alter_table bulk_insert create_check_constraint create_exclude_constraint
    create_foreign_key create_index create_primary_key create_table create_table_comment
    create_unique_constraint drop_constraint drop_index drop_table_comment f get_bind get_context
"""
_HARMLESS = frozenset(_NAMES.split())
#: What is called on these makes an expression or a type, and runs nothing.
_VALUES = frozenset({"postgresql", "sa", "sqlalchemy", "sqlmodel"})
_PLAIN = frozenset({"autocommit_block", "text", "with_variant"})
_TYPES = {
    "BigInteger": "bigint",
    "Boolean": "boolean",
    "Date": "date",
    "Double": "double precision",
    "Float": "double precision",
    "Integer": "integer",
    "SmallInteger": "smallint",
    "Text": "text",
    "UnicodeText": "text",
}
#: Tables of `with op.batch_alter_table(…) as batch_op`, by that name; None where the table's is computed.
_Batches = Mapping[str, Name | None]


@dataclass(frozen=True, kw_only=True)
class _Operation:
    call: ast.Call
    #: None where its name is computed
    table: Name | None
    #: of the column among the arguments
    place: int

    @property
    def column(self) -> str | None:
        return text(argument(self.call, "column_name", self.place))


def read_alembic(tree: ast.Module, script: Script) -> None:
    """Everything but `downgrade`: nobody goes that way in a deployment."""
    nodes = [node for node in tree.body if not _is_downgrade(node)]
    batches = _batches(nodes)
    for call in calls(nodes):
        _judge(call, batches, script)


def _is_downgrade(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "downgrade"


def _batches(nodes: list[ast.stmt]) -> _Batches:
    found: dict[str, Name | None] = {}
    for node in (below for each in nodes for below in ast.walk(each)):
        match node:
            case ast.withitem(context_expr=ast.Call() as call, optional_vars=ast.Name(id=name)):
                table = _table(call) if called(call) == "op.batch_alter_table" else None
                # One name for two tables is none that could be told.
                found[name] = table if found.get(name, table) == table else None
            case _:
                continue
    return found


def _judge(call: ast.Call, batches: _Batches, script: Script) -> None:
    on, _, name = called(call).rpartition(".")
    known = _OPERATIONS.get(name)
    if on != "op" and on not in batches:
        if not (name[:1].isupper() or name in _PLAIN or on.partition(".")[0] in _VALUES):
            script.opaque(f"{called(call)}()", call)
    elif known is not None:
        table, place = (_table(call), 1) if on == "op" else (batches[on], 0)
        known(_Operation(call=call, table=table, place=place), script)
    elif name not in _HARMLESS:
        script.opaque(f"{called(call)}()", call)


def _table(call: ast.Call) -> Name | None:
    """Of a call's first argument; None where it is computed."""
    schema = argument(call, "schema")
    written = text(argument(call, "table_name", 0))
    within = "" if schema is None or _is_none(schema) else text(schema)
    return None if written is None or within is None else Name(within, written)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _drop_table(operation: _Operation, script: Script) -> None:
    script.add(of_table(Kind.DROP_TABLE, operation.table), operation.call)


def _drop_column(operation: _Operation, script: Script) -> None:
    script.add(of_table(Kind.DROP_COLUMN, operation.table, operation.column), operation.call)


def _alter_column(operation: _Operation, script: Script) -> None:
    call = operation.call
    script.moves = script.moves or argument(call, "new_column_name") is not None
    new = argument(call, "type_")
    if new is not None and not _is_none(new):
        by_itself = argument(call, "postgresql_using") is None
        change = of_table(Kind.TYPE_CHANGE, operation.table, operation.column)
        script.add_change(change, _type(new) if by_itself else "", call)


def _rename_table(_: _Operation, script: Script) -> None:
    script.moves = True


def _execute(operation: _Operation, script: Script) -> None:
    script.execute(argument(operation.call, "sqltext", 0), operation.call)


def _type(value: ast.expr) -> str:
    """As PostgreSQL calls it; empty where that is not known."""
    call = value if isinstance(value, ast.Call) else ast.Call(func=value, args=[], keywords=[])
    name, bare = called(call).rpartition(".")[2], not call.args and not call.keywords
    if name in ("String", "Unicode", "VARCHAR"):
        length = number(call, "length", 0)
        return "varchar" if bare else f"varchar({length})" if length else ""
    if name in ("Numeric", "DECIMAL", "NUMERIC"):
        precision, scale = number(call, "precision", 0), number(call, "scale", 1)
        return f"numeric({precision},{scale or 0})" if precision else ""
    return _TYPES.get(name, "") if bare else ""


_OPERATIONS: Mapping[str, Callable[[_Operation, Script], None]] = {
    "alter_column": _alter_column,
    "drop_column": _drop_column,
    "drop_table": _drop_table,
    "execute": _execute,
    "rename_table": _rename_table,
}
