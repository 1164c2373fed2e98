"""The same rules for tools that keep heads, applications or versions: each by its own."""

from dataclasses import replace

import pytest

from bot.domain.findings import Code, Outcome
from bot.domain.judgement import judge
from bot.domain.migrations import History, Migration, MigrationState, Release, ReleaseMigration, Tool
from bot.domain.outcome import Kind, outcome
from bot.domain.reconciling import flyway_version
from tests import builders as b

USERS = b.table("User", 1000)
APPLIED, FAILED = MigrationState.APPLIED, MigrationState.FAILED


def chain(tool: Tool, **after: tuple[str, ...]) -> Release:
    migrations = (
        ReleaseMigration(name=name.replace("__", "."), checksums=frozenset(), after=before)
        for name, before in after.items()
    )
    return Release(directory="migrations", tool=tool, migrations=tuple(migrations))


def history(tool: Tool, *names: str | Migration) -> History:
    rows = (
        Migration(name=each, checksum=None, state=APPLIED, applied_at=None) if isinstance(each, str) else each
        for each in names
    )
    return History(
        tool=tool,
        table=f"public.{tool}",
        present=True,
        migrations=tuple(rows),
        heads_only=tool is Tool.ALEMBIC,
    )


def codes(found: History, release: Release, known: History | None = None) -> set[Code]:
    baseline = b.baseline(of=b.state(USERS, history=known or found))
    return set(judge(b.observation(b.state(USERS, history=found), baseline, release=release)).codes())


def told(found: History | None, release: Release, known: History | None = None) -> tuple[Kind, str]:
    state = b.state(USERS, history=found)
    result = outcome(found, release, state, known=known)
    return result.kind, result.sentence


BRANCHED = chain(Tool.ALEMBIC, a=(), b=("a",), c=("b",), d=("b",), e=("c", "d"))


def test_all_before_alembics_heads_counts_as_applied() -> None:
    found = history(Tool.ALEMBIC, "e")
    assert codes(found, BRANCHED) == set()
    assert told(found, BRANCHED) == (Kind.NOTHING, "nothing to do")
    assert outcome(found, BRANCHED, b.state(USERS)).applied == 5


def test_a_new_head_of_alembics_is_no_loss_of_the_old_one() -> None:
    found, known = history(Tool.ALEMBIC, "c", "d"), history(Tool.ALEMBIC, "b")
    assert codes(found, BRANCHED, known) == {Code.HISTORY_PENDING}
    assert told(found, BRANCHED, known) == (Kind.APPLIES, "applies 1: e")


def test_a_head_of_alembics_that_went_back_is_a_loss() -> None:
    found, known = history(Tool.ALEMBIC, "b"), history(Tool.ALEMBIC, "e")
    assert codes(found, BRANCHED, known) == {Code.HISTORY_MISSING, Code.HISTORY_PENDING}
    assert told(found, BRANCHED, known) == (
        Kind.FAILS,
        "would stop at c, which is there already, and leave it as it is",
    )


def test_a_head_that_alembic_cannot_locate_stops_it() -> None:
    found = history(Tool.ALEMBIC, "z")
    assert Code.HISTORY_UNKNOWN_MIGRATION in codes(found, BRANCHED)
    assert told(found, BRANCHED) == (Kind.STOPS, "would stop: it cannot locate revision z")


def test_two_heads_in_a_release_stop_alembic() -> None:
    forked = chain(Tool.ALEMBIC, a=(), b=("a",), c=("a",))
    kind, sentence = told(history(Tool.ALEMBIC, "a"), forked)
    assert (kind, sentence) == (Kind.STOPS, "would stop: the release has 2 heads: b, c")


def test_without_a_history_alembic_begins_anew_and_fails_at_what_is_there() -> None:
    assert told(None, BRANCHED)[0] is Kind.FAILS
    assert told(history(Tool.ALEMBIC), BRANCHED)[0] is Kind.FAILS
    assert outcome(None, BRANCHED, b.state()).kind is Kind.APPLIES_ALL


SHOP = chain(
    Tool.DJANGO,
    clients__0001=(),
    billing__0001=("clients.0001",),
    clients__0002=("clients.0001",),
    billing__0002=("billing.0001",),
)


def test_djangos_own_applications_are_no_strangers() -> None:
    found = history(Tool.DJANGO, "auth.0001", *SHOP.names())
    assert codes(found, SHOP) == set()
    assert codes(history(Tool.DJANGO, "clients.0003", *SHOP.names()), SHOP) == {
        Code.HISTORY_UNKNOWN_MIGRATION
    }


def test_one_applications_pending_migration_is_in_order_whatever_another_has() -> None:
    found = history(Tool.DJANGO, "clients.0001", "billing.0001", "billing.0002")
    assert codes(found, SHOP) == {Code.HISTORY_PENDING}
    assert told(found, SHOP) == (Kind.APPLIES, "applies 1: clients.0002")


def test_what_an_applied_one_needs_stops_django() -> None:
    found = history(Tool.DJANGO, "billing.0001", "billing.0002", "clients.0002")
    assert Code.HISTORY_OUT_OF_ORDER in codes(found, SHOP)
    assert told(found, SHOP) == (
        Kind.STOPS,
        "would stop: billing.0002 is applied before clients.0001, which it needs",
    )


def test_two_heads_of_one_application_stop_django() -> None:
    forked = chain(Tool.DJANGO, a__0001=(), a__0002=("a.0001",), a__0003=("a.0001",))
    assert told(history(Tool.DJANGO, "a.0001"), forked)[1].startswith("would stop: the release has 2 heads")


SQUASHED = Release(
    directory="shop",
    tool=Tool.DJANGO,
    migrations=(
        ReleaseMigration(name="a.0001", checksums=frozenset(), after=()),
        ReleaseMigration(name="a.0002", checksums=frozenset(), after=("a.0001",)),
        ReleaseMigration(
            name="a.0001_squashed", checksums=frozenset(), after=(), replaces=("a.0001", "a.0002")
        ),
        ReleaseMigration(name="a.0003", checksums=frozenset(), after=("a.0002",)),
    ),
)


@pytest.mark.parametrize(
    ("applied", "pending"),
    [
        ((), ("a.0001_squashed", "a.0003")),
        (("a.0001",), ("a.0002", "a.0003")),
        (("a.0001", "a.0002"), ("a.0003",)),
        (("a.0001", "a.0002", "a.0001_squashed", "a.0003"), ()),
    ],
)
def test_a_squashed_migration_counts_as_django_counts_it(
    applied: tuple[str, ...], pending: tuple[str, ...]
) -> None:
    assert outcome(history(Tool.DJANGO, *applied), SQUASHED, b.state()).pending == pending


def sql(name: str, checksum: str = "1", *, again: bool = False) -> ReleaseMigration:
    return ReleaseMigration(
        name=name, checksums=frozenset({checksum}), after=() if again else None, repeatable=again
    )


def row(name: str, checksum: str | None = "1", state: MigrationState = APPLIED) -> Migration:
    return Migration(name=name, checksum=checksum, state=state, applied_at=None)


VERSIONS = Release(
    directory="sql",
    tool=Tool.FLYWAY,
    migrations=(sql("V1__a.sql"), sql("V2__b.sql"), sql("V10__c.sql"), sql("R__views.sql", again=True)),
)
ALL = (row("V1__a.sql"), row("V2__b.sql"), row("V10__c.sql"), row("R__views.sql"))


def test_flyways_baseline_stands_for_all_up_to_it() -> None:
    found = history(Tool.FLYWAY, row("baseline 2.0", None), *ALL[2:])
    assert codes(found, VERSIONS) == set()
    assert told(found, VERSIONS) == (Kind.NOTHING, "nothing to do")


def test_a_repeatable_migration_whose_file_has_changed_is_applied_again_and_not_edited() -> None:
    found = history(Tool.FLYWAY, *ALL[:3], row("R__views.sql", "2"))
    assert codes(found, VERSIONS) == {Code.HISTORY_PENDING}
    assert told(found, VERSIONS) == (Kind.APPLIES, "applies 1: R__views.sql")


def test_flyways_migrations_in_java_lie_elsewhere() -> None:
    assert codes(history(Tool.FLYWAY, *ALL, row("db.migration.V11__Cleanup", None)), VERSIONS) == set()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((*ALL[:2], row("V10__c.sql", "2")), "would stop: checksum mismatch of V10__c.sql"),
        ((*ALL, row("V11__d.sql", None, FAILED)), "would stop: V11__d.sql has failed"),
        ((ALL[0], *ALL[2:]), "would stop: V2__b.sql is older than what is applied"),
        ((*ALL, row("V3__x.sql")), "would stop: V3__x.sql is applied, and not in the release"),
        (
            (*ALL, row("V11__x.sql")),
            "nothing to do; flyway would not notice 1 migration in the database that the release lacks",
        ),
    ],
)
def test_flyway_refuses_what_it_can_see(rows: tuple[Migration, ...], sentence: str) -> None:
    assert told(history(Tool.FLYWAY, *rows), VERSIONS)[1] == sentence


def test_without_a_history_flyway_does_not_touch_what_is_there() -> None:
    assert told(None, VERSIONS) == (Kind.STOPS, "would stop: history missing")
    assert told(history(Tool.FLYWAY), VERSIONS)[0] is Kind.FAILS


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("V1__a.sql", (1,)),
        ("V1.10__a.sql", (1, 10)),
        ("V1_10_0__a.sql", (1, 10)),
        ("V20251008__a.sql", (20251008,)),
        ("R__a.sql", None),
        ("Vx__a.sql", None),
        ("V1_a.sql", None),
        ("v1__a.sql", None),
    ],
)
def test_versions_are_compared_as_numbers(name: str, version: tuple[int, ...] | None) -> None:
    assert flyway_version(name) == version


@pytest.mark.parametrize("tool", [Tool.ALEMBIC, Tool.DJANGO])
def test_an_ordinary_deployment_passes_for_every_tool(tool: Tool) -> None:
    release = chain(tool, a__0001=(), a__0002=("a.0001",), a__0003=("a.0002",))
    applied = ("a.0002",) if tool is Tool.ALEMBIC else ("a.0001", "a.0002")
    found = history(tool, *applied)
    observation = b.observation(
        b.state(USERS, history=found), b.baseline(of=b.state(USERS, history=found)), release=release
    )
    verdict = judge(observation)
    assert (verdict.outcome, verdict.codes()) == (Outcome.PASS, (Code.HISTORY_PENDING,))
    assert told(found, replace(release, directory="elsewhere")) == (Kind.APPLIES, "applies 1: a.0003")
