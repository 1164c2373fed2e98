"""Migrations of Alembic's and Django's: read as text, never executed."""

import ast

from bot.domain.sql_risk.alembic import read_alembic
from bot.domain.sql_risk.django import read_django
from bot.domain.sql_risk.reading import Reading
from bot.domain.sql_risk.risk import Hazard, Kind, Risk
from bot.domain.sql_risk.scripts import Script


def read_python(source: str, file: str, migration: str) -> Reading:
    """`migration` is its name: of Django's it begins with the application's label, `billing.0002_vat`."""
    script = Script(file)
    try:
        tree = ast.parse(source)
        found = _class(tree)
        if found is None:
            read_alembic(tree, script)
        else:
            read_django(found, migration.partition(".")[0], script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        hazard = Hazard(kind=Kind.UNPARSABLE, subject="the file", because="it is no Python that can be read")
        return Reading(risks=(Risk(hazard=hazard, file=file, line=1, statement=""),), moves=True)
    return Reading(risks=tuple(script.risks), moves=script.moves)


def _class(tree: ast.Module) -> ast.ClassDef | None:
    found = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Migration")
    return next(found, None)
