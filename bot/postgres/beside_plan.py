"""How an archive is restored on the protected server itself, by a login that is nobody special there."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot import wording
from bot.postgres.archive_list import Entry
from bot.postgres.restore_plan import Plan

#: What pg_restore states an owner for, after `_getObjectDescription` of its source.
_OWNED = frozenset(
    {
        "AGGREGATE",
        "BLOB",
        "BLOB METADATA",
        "COLLATION",
        "CONVERSION",
        "DOMAIN",
        "FOREIGN TABLE",
        "FUNCTION",
        "MATERIALIZED VIEW",
        "OPERATOR",
        "PROCEDURE",
        "SCHEMA",
        "SEQUENCE",
        "SERVER",
        "STATISTICS",
        "TABLE",
        "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY",
        "TYPE",
        "VIEW",
    }
)
#: Grants, and what is computed with the rights that they give.
_LAST = frozenset({"ACL", "DEFAULT ACL", "MATERIALIZED VIEW DATA"})


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Entries for one run of pg_restore, in the archive's order."""

    entries: tuple[Entry, ...]
    #: whether each gets the owner that it had; else all belong to the restoring login
    with_owners: bool


@dataclass(frozen=True, kw_only=True)
class BesidePlan:
    """Schemas, extensions by statements of ours, everything else, and grants at the end."""

    schemas: tuple[Batch, ...]
    extensions: tuple[str, ...]
    body: tuple[Batch, ...]
    ending: tuple[Batch, ...]
    #: who must be able to create in which schema for being given what lies there: (role, schema)
    guests: tuple[tuple[str, str], ...]
    #: who is given foreign servers
    server_owners: tuple[str, ...]
    #: what is not restored, or differently, in words
    left_out: tuple[str, ...]


def owners(plan: Plan) -> frozenset[str]:
    """Every role that the archive gives something to own."""
    entries = (*plan.schemas, *plan.rest)
    return frozenset(entry.owner for entry in entries if entry.owner and _needs_owner(entry))


def plan_beside(plan: Plan, become: Collection[str], login: str) -> BesidePlan:
    """`become` are the roles that the restoring login may become; others' things will be its own."""
    said = {entry.id for entry in plan.rest if entry.kind == "DEFAULT ACL" and entry.owner not in become}
    rest = [entry for entry in plan.rest if entry.id not in said]
    body = [entry for entry in rest if entry.kind not in _LAST]
    owned = [entry for entry in (*plan.schemas, *body) if entry.kind in _OWNED]
    return BesidePlan(
        schemas=tuple(_batches(plan.schemas, become)),
        extensions=plan.extensions,
        body=tuple(_batches(body, become)),
        ending=tuple(_batches([entry for entry in rest if entry.kind in _LAST], become)),
        guests=_guests(owned, become),
        server_owners=tuple(
            sorted({each.owner for each in owned if each.kind == "SERVER" and each.owner in become})
        ),
        left_out=(
            *map(str, plan.left_out),
            *(f"default grants of {entry.owner}" for entry in plan.rest if entry.id in said),
            *_other_owners(owned, become, login),
        ),
    )


def _needs_owner(entry: Entry) -> bool:
    return entry.kind in _OWNED or entry.kind == "DEFAULT ACL"


def _batches(entries: Iterable[Entry], become: Collection[str]) -> Iterator[Batch]:
    """As few as there are changes between owners that can be given and owners that cannot."""
    batch: list[Entry] = []
    with_owners = True
    decided = False
    for entry in entries:
        if entry.kind in _OWNED:
            given = entry.owner in become
            if decided and given != with_owners:
                yield Batch(entries=tuple(batch), with_owners=with_owners)
                batch = []
            with_owners, decided = given, True
        batch.append(entry)
    if batch:
        yield Batch(entries=tuple(batch), with_owners=with_owners)


def _guests(owned: Iterable[Entry], become: Collection[str]) -> tuple[tuple[str, str], ...]:
    found = ((entry.owner, entry.schema) for entry in owned if entry.schema and entry.owner in become)
    return tuple(dict.fromkeys(found))


def _other_owners(owned: Iterable[Entry], become: Collection[str], login: str) -> Iterator[str]:
    others = Counter(entry.owner for entry in owned if entry.owner not in become)
    for role, number in sorted(others.items()):
        yield (
            f"{role} as the owner of {wording.plural(number, 'object')}: {login} will own them "
            f"until `REASSIGN OWNED` is run there"
        )
