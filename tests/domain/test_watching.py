"""From a glance to a suspicion."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.observation import Expectation, Rules
from bot.domain.state import TableName
from bot.domain.watching.glance import File, Glance, Place
from bot.domain.watching.suspicion import Counted, Expected, Sign, Suspicion, failed_over, suspicions
from tests import builders as b

USER, INVOICE, SESSION, EVENT = (b.table_name(name) for name in ("User", "Invoice", "Session", "Event"))
JANUARY, FEBRUARY = b.table_name("Event_01"), b.table_name("Event_02")
BASELINE = b.baseline(
    b.table("User", 100, oid=1),
    b.table("Invoice", 1000, oid=2),
    b.table("Session", 50, oid=3),
    b.table("Event", 100, oid=4, derived=True),
    b.table("Event_01", 10, oid=5, partition_of=EVENT),
    b.table("Event_02", 90, oid=6, partition_of=EVENT),
    b.table("_prisma_migrations", 2, oid=7),
    of=None,
)
RULES = Rules(expectations=(Expectation(table=SESSION, volatile=True),))
EXPECTED = Expected.of(BASELINE, RULES)
FILES = {
    table.name: File(table.oid, table.oid, table.partition_of is not None) for table in BASELINE.state.tables
}
PLACE = Place(host="db:5432", timeline="00000001")
COUNTED = {
    table.name: Counted(rows=table.rows, deleted=7)
    for table in BASELINE.state.tables
    if table.rows is not None
}


def glance(**other: Any) -> Glance:
    return Glance(**{"identity": b.IDENTITY, "place": PLACE, "files": FILES, "history": "2 5", **other})


def seen(now: Glance, before: Glance | None = None) -> set[tuple[Sign, TableName | None]]:
    found = suspicions(EXPECTED, before or glance(), now, COUNTED)
    return {(each.sign, each.table) for each in found}


def without(*gone: TableName) -> dict[TableName, File]:
    return {name: file for name, file in FILES.items() if name not in gone}


def test_the_same_again_is_no_suspicion() -> None:
    assert seen(glance()) == set()


def test_the_first_glance_looks_into_the_history_alone() -> None:
    assert suspicions(EXPECTED, None, glance(), COUNTED) == {Suspicion(sign=Sign.HISTORY)}


def test_the_first_glance_sees_what_was_truncated_since_the_baseline() -> None:
    noted = b.baseline(replace(b.table("User", 100, oid=1), filenode=1), of=None)
    expected = Expected.of(noted, RULES)
    truncated = glance(files={**FILES, USER: File(1, 99)})
    assert Suspicion(sign=Sign.REWRITTEN, table=USER) in suspicions(expected, None, truncated, COUNTED)
    assert suspicions(expected, None, glance(), COUNTED) == {Suspicion(sign=Sign.HISTORY)}


def test_a_partition_that_is_detached_takes_its_rows_from_the_parent() -> None:
    detached = glance(files={**FILES, FEBRUARY: File(6, 6)})
    assert (Sign.GONE, EVENT) in seen(detached)


@pytest.mark.parametrize(
    ("now", "sign", "table"),
    [
        (glance(files=without(USER)), Sign.GONE, USER),
        (glance(files={**FILES, USER: File(1, 99)}), Sign.REWRITTEN, USER),
        (glance(files={**FILES, USER: File(99, 99)}), Sign.REWRITTEN, USER),
        (glance(empty=frozenset({USER})), Sign.EMPTY, USER),
        (glance(silent=frozenset({USER})), Sign.SILENT, USER),
        (glance(deleted={INVOICE: 7 + 201}), Sign.SHRUNK, INVOICE),
        (glance(deleted={INVOICE: 6}), None, None),
        (glance(deleted={INVOICE: 7 + 200}), None, None),
        (glance(history="1 5"), Sign.HISTORY, None),
        (glance(history=""), Sign.HISTORY, None),
        (glance(history=None), None, None),
        (glance(identity=replace(b.IDENTITY, database_oid=99)), Sign.IDENTITY, None),
        (glance(identity=replace(b.IDENTITY, marker=None)), Sign.IDENTITY, None),
        # what the configuration lets come and go
        (glance(files={**FILES, SESSION: File(3, 99)}), None, None),
        (glance(files=without(SESSION)), None, None),
        (glance(deleted={SESSION: 1000}), None, None),
        # a tenth of the parent's rows, and nine tenths
        (glance(files=without(JANUARY)), None, None),
        (glance(files=without(FEBRUARY)), Sign.GONE, EVENT),
        (glance(files={**FILES, JANUARY: File(5, 5)}), Sign.REWRITTEN, JANUARY),
        # what the baseline does not know
        (glance(files={**FILES, b.table_name("Draft"): File(8, 8)}), None, None),
    ],
)
def test_each_sign(now: Glance, sign: Sign | None, table: TableName | None) -> None:
    assert seen(now) == ({(sign, table)} if sign else set())


def test_after_the_counters_began_anew_all_that_they_say_came_since() -> None:
    known = {INVOICE: Counted(rows=1000, deleted=100_000)}
    assert suspicions(EXPECTED, glance(), glance(deleted={INVOICE: 201}), known)
    assert not suspicions(EXPECTED, glance(), glance(deleted={INVOICE: 200}), known)


def test_only_tables_with_rows_of_their_own_are_asked_for_one() -> None:
    assert EVENT not in EXPECTED.watched
    assert SESSION not in EXPECTED.watched
    assert {USER, INVOICE, JANUARY, FEBRUARY} <= set(EXPECTED.watched)


def test_another_server_of_the_cluster_is_a_fail_over() -> None:
    assert not failed_over(None, glance())
    assert not failed_over(glance(), glance())
    assert failed_over(glance(), glance(place=replace(PLACE, host="reserve:5432")))
    assert failed_over(glance(), glance(place=replace(PLACE, timeline="00000002")))
    elsewhere = glance(
        identity=replace(b.IDENTITY, system_identifier=b.OTHER_CLUSTER), place=Place(host="x:1")
    )
    assert not failed_over(glance(), elsewhere)
    for other in (replace(b.IDENTITY, database_oid=1), replace(b.IDENTITY, marker=None)):
        assert not failed_over(glance(), glance(identity=other, place=replace(PLACE, host="reserve:5432")))


@pytest.mark.parametrize(
    ("before", "now", "suspicious"),
    [
        (1_000_000_000, 700_000_000, True),
        (1_000_000_000, 850_000_000, False),
        (200_000_000, 110_000_000, False),
        (None, 110_000_000, False),
        (1_000_000_000, None, False),
    ],
)
def test_much_room_given_back_is_a_reason_to_count_every_table(
    before: int | None, now: int | None, suspicious: bool
) -> None:
    expected = {(Sign.SIZE, name) for name in EXPECTED.rows} if suspicious else set()
    assert seen(glance(size=now), glance(size=before)) == expected
