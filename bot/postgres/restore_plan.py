"""Which entries of an archive an ordinary login restores, and which only a superuser could."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.domain.omission import CatalogId
from bot.postgres.archive_list import Entry

#: Only a superuser may create these, and tables and indexes may be built on them.
_BUILT_ON = frozenset(
    {
        "ACCESS METHOD",
        "FOREIGN DATA WRAPPER",
        "OPERATOR CLASS",
        "OPERATOR FAMILY",
        "PROCEDURAL LANGUAGE",
        "TEXT SEARCH PARSER",
        "TEXT SEARCH TEMPLATE",
    }
)
#: Nothing is built on these. Publications, subscriptions and labels would reach out of the copy, and a user
#: mapping holds a password for another server.
_APART = frozenset(
    {
        "EVENT TRIGGER",
        "PUBLICATION",
        "PUBLICATION TABLE",
        "PUBLICATION TABLES IN SCHEMA",
        "SECURITY LABEL",
        "SUBSCRIPTION",
        "SUBSCRIPTION TABLE",
        "USER MAPPING",
    }
)
_LEFT_OUT = _BUILT_ON | _APART
#: About the database itself, or for pg_restore's own use.
_NOT_LISTED = frozenset({"ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"})
#: They join a partition, or its index, to its table: pg_dump says that they need both tables.
_JOINING = frozenset({"TABLE ATTACH", "INDEX ATTACH"})
#: Said about another entry, which they need.
_REMARKS = frozenset({"ACL", "COMMENT"})
#: A grant that was made by somebody else than the owner is restored in that role's name.
_IN_ANOTHER_NAME = "SET SESSION AUTHORIZATION"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How an archive is restored: its schemas, then extensions by our own statements, then the rest."""

    schemas: tuple[Entry, ...]
    #: in the order in which they need each other
    extensions: tuple[str, ...]
    rest: tuple[Entry, ...]
    left_out: tuple[Entry, ...]

    @property
    def missed(self) -> tuple[Entry, ...]:
        """What was left out although the rest may need it."""
        return tuple(entry for entry in self.left_out if entry.kind in _BUILT_ON)


def plan_restore(entries: Iterable[Entry], unrestorable: Collection[CatalogId] = ()) -> Plan:
    """Sort the entries; the order within each part stays the archive's.

    `unrestorable` is the manifest's: what hangs together with something that is not in the archive.
    """
    listed = [entry for entry in entries if not _about_the_database(entry)]
    without = {entry.id for entry in listed if entry.object in unrestorable} | _joining_nothing(listed)
    by_us = {entry.id for entry in listed if entry.kind == "EXTENSION"}
    theirs = [entry for entry in listed if entry.id not in by_us and not _remark_on(entry, by_us)]
    objects = {entry.id for entry in theirs if entry.kind not in _LEFT_OUT | _REMARKS} - without
    kept = [entry for entry in theirs if entry.id in objects or _may_be_said(entry, objects)]
    kept_ids = {entry.id for entry in kept}
    return Plan(
        schemas=tuple(entry for entry in kept if entry.kind == "SCHEMA"),
        extensions=tuple(entry.name for entry in listed if entry.id in by_us),
        rest=tuple(entry for entry in kept if entry.kind != "SCHEMA"),
        left_out=tuple(entry for entry in theirs if entry.id not in kept_ids),
    )


def as_list(entries: Iterable[Entry]) -> str:
    """What `pg_restore --use-list` reads."""
    return "".join(f"{entry.id};\n" for entry in entries)


def _joining_nothing(listed: Sequence[Entry]) -> set[int]:
    """Partitions, and their indexes, whose parent is not in the archive."""
    tables = {entry.id for entry in listed if entry.kind in {"TABLE", "FOREIGN TABLE"}}
    joining = [entry for entry in listed if entry.kind in _JOINING]
    return {entry.id for entry in joining if len(tables.intersection(entry.needs)) < 2}


def _about_the_database(entry: Entry) -> bool:
    said = entry.kind in _REMARKS | {"SECURITY LABEL"} and not entry.schema
    return entry.kind in _NOT_LISTED or (said and entry.name.startswith("DATABASE "))


def _remark_on(entry: Entry, ids: set[int]) -> bool:
    return entry.kind == "COMMENT" and bool(ids.intersection(entry.needs))


def _may_be_said(entry: Entry, objects: set[int]) -> bool:
    """Whether the restoring login owns what a grant or comment is about: the archive itself must make it."""
    if entry.kind not in _REMARKS or _IN_ANOTHER_NAME in entry.definition:
        return False
    # Every database has it, and it is its owner's.
    return entry.name == "SCHEMA public" or bool(objects.intersection(entry.needs))
