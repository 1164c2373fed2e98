"""How an archive is restored by somebody who may become some owners and not others."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.omission import CatalogId
from bot.postgres.archive_list import Entry
from bot.postgres.beside_plan import BesidePlan, plan_beside
from bot.postgres.restore_plan import plan_restore

OWNED = ("TABLE", "SEQUENCE", "STATISTICS", "SCHEMA", "VIEW", "MATERIALIZED VIEW", "SERVER")
KINDS = (
    *OWNED,
    "DEFAULT",
    "TABLE DATA",
    "CONSTRAINT",
    "ACL",
    "DEFAULT ACL",
    "MATERIALIZED VIEW DATA",
    "INDEX",
)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(["app", "rep", "postgres"])), max_size=30
)


def entry(
    number: int, kind: str, owner: str = "app", schema: str = "public", needs: tuple[int, ...] = ()
) -> Entry:
    return Entry(
        id=number,
        object=CatalogId(0, number),
        kind=kind,
        schema=schema,
        name=f"n{number}",
        owner=owner,
        definition="",
        needs=needs,
    )


def plan(*entries: Entry) -> BesidePlan:
    return plan_beside(plan_restore(entries), {"app", "rep"}, "bot")


def restored(made: BesidePlan) -> list[Entry]:
    batches = (*made.schemas, *made.body, *made.ending)
    return [each for batch in batches for each in batch.entries]


@given(ENTRIES)
def test_everything_is_restored_once_or_said_to_be_left_out(kinds: list[tuple[str, str]]) -> None:
    entries = [entry(number, kind, owner) for number, (kind, owner) in enumerate(kinds)]
    theirs = plan_restore(entries)
    made = plan_beside(theirs, {"app", "rep"}, "bot")
    there = [each.id for each in restored(made)]
    defaults = [e.id for e in theirs.rest if e.kind == "DEFAULT ACL" and e.owner == "postgres"]
    assert sorted(there + defaults) == sorted(each.id for each in (*theirs.schemas, *theirs.rest))
    for batches in (made.schemas, made.body, made.ending):
        order = [each.id for batch in batches for each in batch.entries]
        assert order == sorted(order)


@given(ENTRIES)
def test_nobody_is_given_what_he_could_not_be_and_everybody_else_is(kinds: list[tuple[str, str]]) -> None:
    made = plan(*(entry(number, kind, owner) for number, (kind, owner) in enumerate(kinds)))
    for batch in (*made.schemas, *made.body):
        owned = {each.owner for each in batch.entries if each.kind in OWNED}
        assert not owned or batch.with_owners == ("postgres" not in owned)
        assert owned <= {"app", "rep"} or owned == {"postgres"}


def test_one_owner_takes_one_run() -> None:
    made = plan(entry(1, "TABLE"), entry(2, "DEFAULT"), entry(3, "TABLE DATA"), entry(4, "INDEX"))
    assert [batch.with_owners for batch in made.body] == [True]
    assert made.left_out == ()


def test_what_belongs_to_a_superuser_will_be_the_logins_own_and_is_counted() -> None:
    made = plan(
        entry(1, "TABLE"), entry(2, "VIEW", "postgres"), entry(3, "VIEW", "postgres"), entry(4, "TABLE")
    )
    assert [batch.with_owners for batch in made.body] == [True, False, True]
    assert made.left_out == (
        "postgres as the owner of 2 objects: bot will own them until `REASSIGN OWNED` is run there",
    )


def test_grants_come_last_and_with_them_what_they_allow_to_compute() -> None:
    made = plan(
        entry(1, "TABLE"), entry(2, "ACL", needs=(1,)), entry(3, "MATERIALIZED VIEW"),
        entry(4, "MATERIALIZED VIEW DATA", needs=(3,)), entry(5, "INDEX"),
    )  # fmt: skip
    assert [each.id for batch in made.body for each in batch.entries] == [1, 3, 5]
    assert [each.id for batch in made.ending for each in batch.entries] == [2, 4]


def test_who_is_given_a_table_is_a_guest_in_its_schema() -> None:
    made = plan(
        entry(1, "TABLE"),
        entry(2, "VIEW", "rep", "s"),
        entry(3, "TABLE", "postgres"),
        entry(4, "SERVER", "rep", ""),
    )
    assert made.guests == (("app", "public"), ("rep", "s"))
    assert made.server_owners == ("rep",)
