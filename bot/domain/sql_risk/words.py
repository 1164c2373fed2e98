"""Statements that their first words settle; queries among them go to the parser."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from bot.domain.sql_risk.altering import of_alter_table
from bot.domain.sql_risk.names import DOTTED, behind_as, listed, named
from bot.domain.sql_risk.risk import Hazard, Kind, shown

if TYPE_CHECKING:
    from bot.domain.sql_risk.queries import Queries

#: Characters of a statement that is no query; strings do not count.
_LONGEST = 100_000
_Judge = Callable[["re.Match[str]"], Iterable[Hazard]]


def hazards(code: str, queries: "Queries") -> Iterable[Hazard]:
    """What one statement, or command of psql, may destroy."""
    if query := _query_of(code):
        return queries.hazards(query)
    if len(code) <= _LONGEST:
        for pattern, judge in _RULES:
            if found := pattern.match(code):
                return judge(found)
        return (Hazard(kind=Kind.UNPARSABLE, subject=_first_words(code)),)
    return (Hazard(kind=Kind.UNPARSABLE, subject=_first_words(code), because="it is too long"),)


def _query_of(code: str) -> str:
    """The query that a statement is, or runs; empty where there is none."""
    if _QUERY.match(code):
        return code
    if found := _WRAPPED.match(code):
        return found["explained"] or found["copied"]
    return _WITH_DATA.sub("", behind_as(code)) if _MADE_OF.match(code) else ""


def _words(pattern: str) -> "re.Pattern[str]":
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE | re.DOTALL)


_END = r"(?P<cascade>[ ]?\bCASCADE)?(?:[ ]?\bRESTRICT)?\Z"
_HARMLESS = _words(
    rf"""(?: ABORT | ANALY[SZ]E | BEGIN | CHECKPOINT | CLOSE | CLUSTER | COMMENT | COMMIT | DEALLOCATE
    | DISCARD | END | GRANT | IMPORT\ FOREIGN | LISTEN | LOCK | NOTIFY | REASSIGN\ OWNED
    | REFRESH\ MATERIALIZED\ VIEW | REINDEX | RELEASE | RESET | REVOKE | ROLLBACK | SAVEPOINT
    | SECURITY\ LABEL | SET | SHOW | START\ TRANSACTION | UNLISTEN | VACUUM
    | ALTER\ (?: AGGREGATE | COLLATION | CONVERSION | DATABASE | DEFAULT\ PRIVILEGES | DOMAIN
      | EVENT\ TRIGGER | EXTENSION | FOREIGN | FUNCTION | GROUP | INDEX | LANGUAGE | LARGE\ OBJECT
      | MATERIALIZED\ VIEW | OPERATOR | POLICY | PROCEDURE | PUBLICATION | ROLE | ROUTINE | RULE | SCHEMA
      | SEQUENCE | SERVER | STATISTICS | SUBSCRIPTION | SYSTEM | TABLE\ ALL\ IN\ TABLESPACE | TABLESPACE
      | TEXT\ SEARCH | TRIGGER | TYPE\ {DOTTED}\ (?:ADD\ VALUE|OWNER|RENAME|SET) | USER | VIEW )
    | CREATE\ (?:OR\ REPLACE\ )?(?: ACCESS\ METHOD | AGGREGATE | CAST | COLLATION | CONSTRAINT\ TRIGGER
      | CONVERSION | DATABASE | DOMAIN | EVENT\ TRIGGER | EXTENSION | FOREIGN | FUNCTION | GROUP
      | (?:UNIQUE\ )?INDEX | (?:TRUSTED\ |PROCEDURAL\ )*LANGUAGE | OPERATOR | POLICY | PROCEDURE
      | PUBLICATION | ROLE | SCHEMA | (?:TEMP(?:ORARY)?\ |UNLOGGED\ )?SEQUENCE | SERVER | STATISTICS
      | SUBSCRIPTION | TABLESPACE | TEXT\ SEARCH | TRANSFORM | TRIGGER | TYPE | USER
      | (?:TEMP(?:ORARY)?\ )?(?:RECURSIVE\ )?VIEW )
    | DROP\ (?: INDEX | POLICY | RULE | TRIGGER )
    )\b"""
)
#: What pg_dump writes to guard a script, and what ends one at its first error.
_HARMLESS_COMMAND = _words(r"\\(?:(?:un)?restrict\ \w+|set\ ON_ERROR_STOP(?:\ (?:1|on))?)\Z")
_COMMAND = _words(r"\\")
#: Filled in by the migration tool (Flyway): nobody knows with what.
_PLACEHOLDER = _words(r".*\$\{")
_OPAQUE = _words(r"(?: CALL | COPY\b.*\bPROGRAM | CREATE\ (?:OR\ REPLACE\ )?RULE | DO | EXECUTE | LOAD )\b")
_QUERY = _words(r"(?: \( | (?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|VALUES|TABLE)\b )")
_WRAPPED = _words(
    r"""EXPLAIN[ ]?(?: \([^()]*\)[ ]? | (?:ANALY[SZ]E|VERBOSE)\b[ ]? )*(?P<explained>.+)
    | COPY[ ]?\((?P<copied>.+)\)[ ]?TO\b"""
)
_CREATE_TABLE = _words(
    r"""CREATE\ (?:(?:GLOBAL\ |LOCAL\ )?(?:TEMP|TEMPORARY)\ |UNLOGGED\ )?TABLE\b
    | CREATE\ MATERIALIZED\ VIEW\b"""
)
_MADE_OF = _words(rf"{_CREATE_TABLE.pattern} | PREPARE\b")
_WITH_DATA = _words(r"[ ]?\bWITH\ (?:NO\ )?DATA\Z")
_COPY = _words(r"COPY\b[ ]?[^( ]")
_ALTER_TABLE = _words(r"ALTER\ TABLE\b")
_TRUNCATE = _words(
    rf"TRUNCATE\b[ ]?(?:TABLE\b[ ]?)?(?P<names>.+?)(?:[ ]?\b(?:RESTART|CONTINUE)\ IDENTITY)?{_END}"
)
_DROPPED = {
    "TABLE": Kind.DROP_TABLE,
    "SCHEMA": Kind.DROP_SCHEMA,
    "DATABASE": Kind.DROP_DATABASE,
    "MATERIALIZED VIEW": Kind.DROP_MATERIALIZED_VIEW,
    "OWNED BY": Kind.DROP_OWNED,
    #: with the tables that it brought
    "EXTENSION": Kind.DROP_CASCADE,
}
_DROP = _words(
    rf"DROP\ (?P<what>{'|'.join(map(re.escape, _DROPPED))})\b[ ]?(?:IF\ EXISTS\b[ ]?)?(?P<names>.+?){_END}"
)
_DROP_OTHER = _words(
    rf"""DROP\ (?: ACCESS\ METHOD | AGGREGATE | CAST | COLLATION | CONVERSION | DOMAIN | EVENT\ TRIGGER
    | FOREIGN | FUNCTION | GROUP | (?:PROCEDURAL\ )?LANGUAGE | OPERATOR | PROCEDURE | PUBLICATION | ROLE
    | ROUTINE | SEQUENCE | SERVER | STATISTICS | SUBSCRIPTION | TABLESPACE | TEXT\ SEARCH | TRANSFORM
    | TYPE | USER | VIEW )\b[ ]?(?:IF\ EXISTS\b[ ]?)?(?P<names>.+?){_END}"""
)
_TABLE = re.compile(rf"(?:ONLY )?(?P<name>{DOTTED}) ?\*?", re.IGNORECASE)


def _first_words(code: str) -> str:
    return shown(" ".join(code.split(" ", 3)[:3]))


def _nothing(_: "re.Match[str]") -> Iterable[Hazard]:
    return ()


def _opaque(because: str) -> _Judge:
    return lambda found: (Hazard(kind=Kind.OPAQUE, subject=_first_words(found.string), because=because),)


def _alter_table(found: "re.Match[str]") -> Iterable[Hazard]:
    return of_alter_table(found.string)


def _truncate(found: "re.Match[str]") -> Iterable[Hazard]:
    return _each(Kind.TRUNCATE, found)


def _drop(found: "re.Match[str]") -> Iterable[Hazard]:
    return _each(_DROPPED[found["what"].upper()], found)


def _drop_other(found: "re.Match[str]") -> Iterator[Hazard]:
    """Without CASCADE PostgreSQL refuses as long as a column of a table needs it."""
    if found["cascade"]:
        yield Hazard(kind=Kind.DROP_CASCADE, subject=shown(found["names"]), cascade=True)


def _each(kind: Kind, found: "re.Match[str]") -> Iterator[Hazard]:
    of_tables = kind in (Kind.DROP_TABLE, Kind.DROP_MATERIALIZED_VIEW, Kind.TRUNCATE)
    for written in listed(found["names"]):
        name = _TABLE.fullmatch(written)
        table = named(name["name"]) if name else None
        yield Hazard(
            kind=kind,
            subject=str(table) if table else shown(written),
            table=table if of_tables else None,
            cascade=bool(found["cascade"]),
        )


#: The first that matches decides.
_RULES: tuple[tuple["re.Pattern[str]", _Judge], ...] = (
    (_HARMLESS_COMMAND, _nothing),
    (_COMMAND, _opaque("a command of psql")),
    (_PLACEHOLDER, _opaque("the migration tool fills in a placeholder")),
    (_HARMLESS, _nothing),
    (_ALTER_TABLE, _alter_table),
    (_CREATE_TABLE, _nothing),
    (_OPAQUE, _opaque("what it runs is decided elsewhere")),
    (_DROP, _drop),
    (_DROP_OTHER, _drop_other),
    (_TRUNCATE, _truncate),
    (_COPY, _nothing),
)
