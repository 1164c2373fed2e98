"""What the pending migrations of a release would destroy, with the rows that are at stake."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot import wording
from bot.domain.findings import Code, Finding, Severity, finding
from bot.domain.sql_risk.risk import Hazard, Kind, Risk
from bot.domain.sql_risk.types import keeps_all
from bot.domain.state import Table

_KEPT = "what goes comes back from a backup alone"
_HINTS = {
    Kind.DROP_TABLE: f"is it meant? {_KEPT}; under another name (RENAME TO) the rows would stay",
    Kind.DROP_COLUMN: f"is it meant? {_KEPT}; under another name (RENAME COLUMN) the values would stay",
    Kind.TYPE_CHANGE: "look whether every value fits the new type: what does not is cut, rounded or refused",
    Kind.DELETE_ALL: f"is every row meant? {_KEPT}",
    Kind.UPDATE_ALL: f"is every row meant? {_KEPT}",
}
_MEANT = f"is it meant? {_KEPT}"
_READ_IT = "read it yourself: Secondkey cannot tell what it does to the data"
#: PostgreSQL refuses these where no such table is there; others may reach rows by the name of a view.
_OF_TABLES_ALONE = frozenset(
    {Kind.DROP_TABLE, Kind.DROP_MATERIALIZED_VIEW, Kind.DROP_COLUMN, Kind.TYPE_CHANGE}
)
#: Where tables lie that are part of no state.
_UNSEEN = frozenset({"secondkey", "pg_catalog", "information_schema"})


def findings(risks: Iterable[Risk], tables: Sequence[Table]) -> Iterator[Finding]:
    """One for each risk; what a file does to the same subject several times is one, at its first place.

    `tables` are those that the database has now, with their rows and columns.
    """
    same: dict[tuple[str, Hazard], list[Risk]] = {}
    for risk in risks:
        same.setdefault((risk.file, risk.hazard), []).append(risk)
    for (_, hazard), places in same.items():
        meant = _meant(hazard, tables)
        if not all(_loses_nothing(risk, meant) for risk in places):
            yield _finding(hazard, places, meant)


def _meant(hazard: Hazard, tables: Sequence[Table]) -> list[Table]:
    """The tables that a name may stand for: without its schema, in every one."""
    if hazard.kind is Kind.DROP_SCHEMA:
        return [table for table in tables if table.name.schema == hazard.subject and not table.derived]
    if hazard.table is None:
        return []
    schema, name = hazard.table
    return [table for table in tables if table.name.name == name and schema in ("", table.name.schema)]


def _loses_nothing(risk: Risk, meant: Sequence[Table]) -> bool:
    """A column gets a type that holds all that its present one can."""
    new = risk.hazard.new_type
    column = risk.hazard.subject.rpartition(".")[2]
    return bool(new and meant and risk.certain) and all(
        keeps_all(_type_of(column, table), new) for table in meant
    )


def _type_of(column: str, table: Table) -> str:
    """Empty where there is no such column."""
    types = (each.removeprefix(f"{column} ") for each in table.columns if each.startswith(f"{column} "))
    return next(types, "").removesuffix(" not null")


def _finding(hazard: Hazard, places: Sequence[Risk], meant: Sequence[Table]) -> Finding:
    first, known = places[0], hazard.kind.known
    told = (
        hazard.because,
        _at_stake(hazard, meant),
        f"{wording.count(len(places))} times in this file" if len(places) > 1 else "",
        first.statement,
    )
    found = finding(
        Code.RELEASE_DESTRUCTIVE_SQL if known else Code.RELEASE_UNPARSABLE_SQL,
        f"{hazard.kind.value} {hazard.subject} ({first.place})",
        "; ".join(filter(None, told)),
        _HINTS.get(hazard.kind, _MEANT) if known else _READ_IT,
    )
    found = replace(found, found_in=first.among)
    spared = all(_nothing_there(risk, meant) for risk in places)
    return replace(found, severity=Severity.WARNING) if spared else found


def _at_stake(hazard: Hazard, meant: Sequence[Table]) -> str:
    if hazard.table is None and hazard.kind is not Kind.DROP_SCHEMA:
        return ""
    if not meant:
        return "nothing of that name is in the database now"
    rows = sum(table.rows or 0 for table in meant)
    if all(table.rows is not None for table in meant):
        return f"{wording.plural(rows, 'row')} now"
    return f"at least {wording.plural(rows, 'row')} now" if rows else "rows that were not counted"


def _nothing_there(risk: Risk, meant: Sequence[Table]) -> bool:
    """No row can be lost: the table is empty or not there, and nothing else goes with it."""
    hazard = risk.hazard
    if not risk.certain or hazard.table is None:
        return False
    if not meant:
        told = hazard.kind in _OF_TABLES_ALONE and not hazard.guessed
        return told and hazard.table.schema not in _UNSEEN
    return not hazard.cascade and all(table.rows == 0 for table in meant)
