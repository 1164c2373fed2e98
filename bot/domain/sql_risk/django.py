"""What a migration of Django's does: each of its operations is known, or opaque."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.sql_risk.names import Name
from bot.domain.sql_risk.risk import Hazard, Kind
from bot.domain.sql_risk.scripts import Script, argument, called, number, of_table, text

_NAMES = """
    AddConstraint AddConstraintNotValid AddField AddIndex AddIndexConcurrently AlterIndexTogether
    AlterModelManagers AlterModelOptions AlterModelTableComment AlterOrderWithRespectTo AlterUniqueTogether
    AlterConstraint BloomExtension BtreeGinExtension BtreeGistExtension CITextExtension CreateCollation
    CreateExtension CreateModel CryptoExtension HStoreExtension RemoveCollation RemoveConstraint RemoveIndex
    RemoveIndexConcurrently RenameIndex TrigramExtension UnaccentExtension ValidateConstraint
"""
_HARMLESS = frozenset(_NAMES.split())
#: Afterwards a model or a field has another name than its table or column had.
_RENAMES = frozenset({"AlterModelTable", "RenameField", "RenameModel"})
_TYPES = {
    "BigIntegerField": "bigint",
    "BooleanField": "boolean",
    "DateField": "date",
    "DateTimeField": "timestamp with time zone",
    "FloatField": "double precision",
    "IntegerField": "integer",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint",
    "SmallIntegerField": "smallint",
    "TextField": "text",
    "UUIDField": "uuid",
}
#: With the length that they have where none is said.
_TEXTS = {
    "CharField": 0,
    "EmailField": 254,
    "FileField": 100,
    "ImageField": 100,
    "SlugField": 50,
    "URLField": 200,
}


def read_django(migration: ast.ClassDef, application: str, script: Script) -> None:
    operations = _operations(migration)
    if operations is None:
        script.opaque("operations that are computed", migration)
    for operation in operations or ():
        _judge(operation, application, script)


def _operations(migration: ast.ClassDef) -> list[ast.expr] | None:
    """As they are written out; None where anything else decides what is done."""
    found: list[ast.expr] = []
    for statement in migration.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="operations")], value=value)
                | ast.AnnAssign(target=ast.Name(id="operations"), value=value)
            ):
                if not isinstance(value, ast.List | ast.Tuple):
                    return None
                found = value.elts
            case ast.Assign() | ast.AnnAssign() | ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case _:
                return None
    return found


def _judge(operation: ast.expr, application: str, script: Script) -> None:
    if not isinstance(operation, ast.Call):
        script.opaque("an operation that is computed", operation)
        return
    name = called(operation).rpartition(".")[2]
    known = _OPERATIONS.get(name)
    if name in _RENAMES:
        script.moves = True
    elif known is not None:
        known(operation, application, script)
    elif name not in _HARMLESS:
        script.opaque(f"{called(operation)}()", operation)


def _delete_model(call: ast.Call, application: str, script: Script) -> None:
    script.add(_hazard(Kind.DROP_TABLE, argument(call, "name", 0), None, application), call)


def _remove_field(call: ast.Call, application: str, script: Script) -> None:
    model, field = argument(call, "model_name", 0), argument(call, "name", 1)
    script.add(_hazard(Kind.DROP_COLUMN, model, field, application), call)


def _alter_field(call: ast.Call, application: str, script: Script) -> None:
    hazard = _hazard(
        Kind.TYPE_CHANGE, argument(call, "model_name", 0), argument(call, "name", 1), application
    )
    script.add_change(hazard, _type(argument(call, "field", 2)), call)


def _hazard(kind: Kind, model: ast.expr | None, field: ast.expr | None, application: str) -> Hazard:
    """Django drops with CASCADE, and a model may have a table of another name than the usual one."""
    written = text(model)
    table = Name("", f"{application}_{written.lower()}") if written else None
    hazard = of_table(kind, table, "" if field is None else text(field))
    return replace(hazard, guessed=True, cascade=kind is not Kind.TYPE_CHANGE)


def _type(field: ast.expr | None) -> str:
    """As PostgreSQL calls it; empty where that is not known."""
    if not isinstance(field, ast.Call) or argument(field, "db_column") is not None:
        return ""
    name = called(field).rpartition(".")[2]
    if name in _TEXTS:
        length = number(field, "max_length", None) or _TEXTS[name]
        return f"varchar({length})" if length else ""
    if name == "DecimalField":
        digits, places = number(field, "max_digits"), number(field, "decimal_places")
        return f"numeric({digits},{places})" if digits is not None and places is not None else ""
    return _TYPES.get(name, "")


def _run_sql(call: ast.Call, _: str, script: Script) -> None:
    """One text, or a list of texts and of pairs with parameters."""
    match argument(call, "sql", 0):
        case ast.Attribute(attr="noop"):
            return
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for each in elements:
                pair = isinstance(each, ast.List | ast.Tuple) and each.elts
                script.execute(pair[0] if pair else each, call)
        case sql:
            script.execute(sql, call)


def _run_python(call: ast.Call, _: str, script: Script) -> None:
    match argument(call, "code", 0):
        case ast.Attribute(attr="noop"):
            return
        case _:
            script.opaque(f"{called(call)}()", call)


def _database_operations(call: ast.Call, application: str, script: Script) -> None:
    match argument(call, "database_operations", 0):
        case None | ast.Constant(value=None):
            return
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for each in elements:
                _judge(each, application, script)
        case _:
            script.opaque("operations that are computed", call)


_OPERATIONS: Mapping[str, Callable[[ast.Call, str, Script], None]] = {
    "AlterField": _alter_field,
    "DeleteModel": _delete_model,
    "RemoveField": _remove_field,
    "RunPython": _run_python,
    "RunSQL": _run_sql,
    "SeparateDatabaseAndState": _database_operations,
}
