"""What the actions of an ALTER TABLE may destroy."""

import re
from collections.abc import Iterator

from bot.domain.sql_risk.names import DOTTED, PART, Name, listed, named, plain
from bot.domain.sql_risk.risk import Hazard, Kind
from bot.domain.sql_risk.types import keeps_all

_TABLE = re.compile(
    rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(?P<table>{DOTTED}) ?\*? ?(?P<actions>.+)",
    re.IGNORECASE | re.DOTALL,
)
_HARMLESS = re.compile(
    rf"""(?: ADD | ATTACH\ PARTITION | CLUSTER\ ON | DETACH\ PARTITION | DISABLE | DROP\ CONSTRAINT | ENABLE
      | (?:NO\ )?FORCE | (?:NO\ )?INHERIT | (?:NOT\ )?OF | OWNER\ TO | RENAME | REPLICA\ IDENTITY | RESET
      | SET | VALIDATE\ CONSTRAINT | ALTER\ CONSTRAINT
      | ALTER\ (?:COLUMN\ )?{PART}\ (?: ADD\ GENERATED | RESET | RESTART | SET\ (?!DATA\ )
                                      | DROP\ (?:DEFAULT|NOT\ NULL|IDENTITY|EXPRESSION) ) )(?:\b|\()""",
    re.IGNORECASE | re.VERBOSE,
)
_DROP_COLUMN = re.compile(
    rf"DROP (?:COLUMN )?(?:IF EXISTS )?(?P<column>{PART})(?P<cascade> CASCADE)?(?: RESTRICT)?", re.IGNORECASE
)
_CHANGE = re.compile(
    rf"""ALTER\ (?:COLUMN\ )?(?P<column>{PART})\ (?:SET\ DATA\ )?TYPE\ (?P<type>.+?)
    (?:\ ?\bCOLLATE\ {DOTTED})?(?:\ ?\bUSING\b\ ?(?P<using>.+))?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def of_alter_table(code: str) -> Iterator[Hazard]:
    found = _TABLE.fullmatch(code)
    if found is None:
        yield Hazard(kind=Kind.UNPARSABLE, subject="ALTER TABLE")
        return
    table = named(found["table"])
    for action in listed(found["actions"]):
        yield from _of_action(action, table)


def _of_action(action: str, table: Name) -> Iterator[Hazard]:
    if _HARMLESS.match(action):
        return
    if dropped := _DROP_COLUMN.fullmatch(action):
        yield Hazard(
            kind=Kind.DROP_COLUMN,
            subject=f"{table}.{plain(dropped['column'])}",
            table=table,
            cascade=bool(dropped["cascade"]),
        )
    elif changed := _CHANGE.fullmatch(action):
        yield from _of_change(changed, table)
    else:
        yield Hazard(kind=Kind.UNPARSABLE, subject=f"ALTER TABLE {table}", table=table)


def _of_change(changed: re.Match[str], table: Name) -> Iterator[Hazard]:
    new = _plain_type(changed["type"])
    cast = _casts_only(changed["using"] or changed["column"], changed["column"], changed["type"])
    if not (cast and keeps_all("", new)):
        subject = f"{table}.{plain(changed['column'])}"
        yield Hazard(kind=Kind.TYPE_CHANGE, subject=subject, table=table, new_type=new if cast else "")


def _plain_type(text: str) -> str:
    """As PostgreSQL names its own; a type of the team's own stays as it is written."""
    return text.replace("pg_catalog.", "").strip()


def _casts_only(using: str, column: str, new: str) -> bool:
    """Whether nothing but the column is converted, by way of text at most."""
    casts = rf"(?: ?:: ?(?:text|varchar|{re.escape(new)})[ )]*)*"
    return re.fullmatch(rf"[( ]*{re.escape(column)}[ )]*{casts}", using, re.IGNORECASE) is not None
