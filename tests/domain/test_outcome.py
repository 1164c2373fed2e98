"""What the migration tool would do: the situations of the laboratory, told apart before anything runs."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.domain.migrations import History, MigrationState, Release, ReleaseMigration
from bot.domain.observation import Observation
from bot.domain.outcome import Kind, outcome
from bot.domain.state import State, Table
from tests import builders as b

STEPS = ("01_init", *(f"{number:02}_step" for number in range(2, 23)))
USERS, KEPT = b.table("User", 1000), "_prisma_migrations"
BASELINE = b.baseline(of=b.state(USERS, b.table(KEPT, 22), history=b.history(*STEPS)))
RELEASE = b.release(*STEPS)
EMPTY: tuple[Table, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Situation:
    history: History
    codes: set[Code]
    kind: Kind
    sentence: str
    release: Release = RELEASE
    tables: tuple[Table, ...] = (USERS,)
    identity: Any = b.IDENTITY
    schema: str | None = None
    dropping: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        kept = b.table(KEPT, len(self.history.migrations))
        tables = (*self.tables, kept) if self.history.present else self.tables
        return b.state(*tables, history=self.history, identity=self.identity)

    def observe(self) -> Observation:
        return b.observation(self.state, BASELINE, release=self.release)


EMPTIED = {Code.ROWS_ZERO, Code.HISTORY_EMPTY, Code.HISTORY_ALL_PENDING}
SITUATIONS = {
    "healthy": Situation(history=b.history(*STEPS), codes=set(), kind=Kind.NOTHING, sentence="nothing to do"),
    "one pending": Situation(
        history=b.history(*STEPS),
        release=b.release(*STEPS, "23_add_vat"),
        codes={Code.HISTORY_PENDING},
        kind=Kind.APPLIES,
        sentence="applies 1: 23_add_vat",
    ),
    "empty, wrong or reset database": Situation(
        history=b.history(present=False),
        tables=EMPTY,
        identity=replace(b.IDENTITY, database_oid=b.OID + 1, marker=None),
        codes={
            Code.IDENTITY_RECREATED,
            Code.IDENTITY_MARKER_MISSING,
            Code.SCHEMA_MISSING_TABLE,
            Code.HISTORY_MISSING,
            Code.HISTORY_ALL_PENDING,
        },
        kind=Kind.APPLIES_ALL,
        sentence="would re-apply all 22 from 01_init, and succeed on this empty database",
    ),
    "wrong schema": Situation(
        history=b.history(*STEPS),
        schema="wrong",
        codes=set(),
        kind=Kind.APPLIES_ALL,
        sentence=(
            "would re-apply all 22 from 01_init, and succeed in the empty schema wrong; "
            "what lies in public (1 table) stays, and nobody looks there"
        ),
    ),
    "history dropped": Situation(
        history=b.history(present=False),
        codes={Code.HISTORY_MISSING, Code.HISTORY_ALL_PENDING, Code.SCHEMA_MISSING_TABLE},
        kind=Kind.STOPS,
        sentence="would stop: history missing (P3005)",
    ),
    "history emptied": Situation(
        history=b.history(),
        codes=EMPTIED,
        kind=Kind.FAILS,
        sentence="would stop at 01_init, which is there already, and be wedged (P3009)",
    ),
    "history emptied, and init drops": Situation(
        history=b.history(),
        dropping=("01_init",),
        codes=EMPTIED,
        kind=Kind.DROPS,
        sentence="would drop and recreate: all 22 from 01_init, and succeed",
    ),
    "last five rows deleted": Situation(
        history=b.history(*STEPS[:-5]),
        codes={Code.HISTORY_MISSING, Code.HISTORY_PENDING},
        kind=Kind.FAILS,
        sentence="would stop at 18_step, which is there already, and be wedged (P3009)",
    ),
    "checksums altered": Situation(
        history=b.history(*(b.migration(name, checksum="0") for name in STEPS)),
        codes={Code.HISTORY_EDITED},
        kind=Kind.NOTHING,
        sentence="nothing to do; prisma would not notice 22 files edited after being applied",
    ),
    "ahead of the release": Situation(
        history=b.history(*STEPS),
        release=b.release(*STEPS[:-1]),
        codes={Code.HISTORY_UNKNOWN_MIGRATION},
        kind=Kind.NOTHING,
        sentence="nothing to do; prisma would not notice 1 migration in the database that the release lacks",
    ),
}


def told(situation: Situation, **other: Any) -> tuple[Kind, str]:
    asked = {"known": BASELINE.state.history, "schema": situation.schema, "dropping": situation.dropping}
    found = outcome(situation.history, situation.release, situation.state, **{**asked, **other})
    return found.kind, found.sentence


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_each_situation_has_its_codes_and_its_outcome(situation: Situation) -> None:
    verdict = judge(situation.observe())
    assert set(verdict.codes()) == situation.codes
    assert told(situation) == (situation.kind, situation.sentence)


def test_no_two_situations_look_alike() -> None:
    assert len({(each.kind, frozenset(each.codes)) for each in SITUATIONS.values()}) == len(SITUATIONS)


def test_an_outcome_counts_what_is_applied_and_names_what_is_not() -> None:
    one = SITUATIONS["one pending"]
    found = outcome(one.history, one.release, one.state)
    assert (found.applied, found.pending) == (22, ("23_add_vat",))


def test_deleted_rows_are_applied_again_only_where_the_baseline_knew_them() -> None:
    kind, sentence = told(SITUATIONS["last five rows deleted"], known=None)
    assert (kind, sentence) == (Kind.APPLIES, "applies 5: 18_step, 19_step, 20_step, 21_step, 22_step")


def test_a_deleted_row_whose_migration_drops_its_table_first_succeeds() -> None:
    kind, sentence = told(SITUATIONS["last five rows deleted"], dropping=("18_step",))
    assert kind is Kind.DROPS
    assert sentence == "would drop and recreate: 5 that were applied before, from 18_step, and succeed"


def test_a_renamed_file_is_applied_again() -> None:
    renamed = ReleaseMigration(name="22_other", checksums=frozenset({"sum of 22_step"}))
    release = replace(RELEASE, migrations=(*RELEASE.migrations[:-1], renamed))
    situation = replace(SITUATIONS["healthy"], release=release)
    assert told(situation) == (
        Kind.FAILS,
        "would stop at 22_other, which is there already, and be wedged (P3009)",
    )
    (unknown,) = [
        each for each in judge(situation.observe()).findings if each.code is Code.HISTORY_UNKNOWN_MIGRATION
    ]
    assert unknown.detail == "is in the database; its file in prisma/migrations is now called 22_other"


@pytest.mark.parametrize("state", [MigrationState.FAILED, MigrationState.RUNNING])
def test_what_is_unfinished_stops_prisma(state: MigrationState) -> None:
    history = b.history(*STEPS[:-1], b.migration(STEPS[-1], state))
    situation = replace(SITUATIONS["healthy"], history=history)
    assert told(situation) == (Kind.STOPS, "would stop: 22_step is unfinished (P3009)")


def test_what_cannot_be_read_is_not_known() -> None:
    healthy = SITUATIONS["healthy"]
    assert outcome(healthy.history, None, healthy.state).kind is Kind.UNKNOWN
    for situation in (
        replace(healthy, release=b.release(problem="no such folder")),
        replace(healthy, history=b.history(problem="no such folder")),
    ):
        assert told(situation) == (Kind.UNKNOWN, "not known: no such folder")
    other = replace(RELEASE, tool="alembic")
    mismatch = "holds migrations of alembic, and the database's history is prisma's"
    assert told(replace(healthy, release=other)) == (Kind.UNKNOWN, f"not known: {mismatch}")
    (found,) = judge(replace(healthy, release=other).observe()).findings
    assert (found.code, found.detail) == (Code.HISTORY_UNREADABLE, mismatch)


def test_a_database_without_any_history_is_judged_by_the_releases_tool() -> None:
    found = outcome(None, RELEASE, b.state(USERS))
    assert (found.kind, found.sentence) == (Kind.STOPS, "would stop: history missing (P3005)")
    assert outcome(None, RELEASE, b.state()).kind is Kind.APPLIES_ALL
