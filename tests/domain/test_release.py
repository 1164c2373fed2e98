"""What pending migrations would destroy, judged with the rows that are there."""

import pytest

from bot.domain.deploying.gate import named
from bot.domain.findings import Code, Finding, Severity
from bot.domain.judging.release import findings
from bot.domain.migrations import Release, ReleaseMigration
from bot.domain.sql_risk.pending import of_pending
from bot.domain.sql_risk.reading import risks
from bot.domain.state import Table
from tests import builders as b

USERS = b.table("User", 1204)
EMPTY = b.table("Empty", 0)


def judged(sql: str, *tables: Table) -> list[Finding]:
    return list(findings(risks(sql, "2_more/migration.sql"), tables or (USERS, EMPTY)))


def severities(sql: str, *tables: Table) -> list[Severity]:
    return [each.severity for each in judged(sql, *tables)]


def release(*texts: str | None) -> Release:
    made = (
        ReleaseMigration(name=f"{place}_m", checksums=frozenset(), path=f"{place}_m/migration.sql", text=text)
        for place, text in enumerate(texts)
    )
    return Release(directory="migrations", tool="prisma", migrations=tuple(made))


def test_a_finding_names_what_is_done_where_to_how_many_rows_and_by_which_statement() -> None:
    (found,) = judged('-- AlterTable\nALTER TABLE "User" DROP COLUMN "email"')
    assert found.code is Code.RELEASE_DESTRUCTIVE_SQL
    assert found.severity is Severity.CRITICAL
    assert found.subject == "drop column User.email (2_more/migration.sql:2)"
    assert found.detail == '1,204 rows now; ALTER TABLE "User" DROP COLUMN "email"'
    assert "RENAME COLUMN" in found.hint


def test_what_cannot_be_told_has_a_code_of_its_own_and_says_why() -> None:
    (found,) = judged("DO $$ BEGIN END $$")
    assert found.code is Code.RELEASE_UNPARSABLE_SQL
    assert found.severity is Severity.CRITICAL
    assert found.detail == "what it runs is decided elsewhere; DO '…'"


@pytest.mark.parametrize(
    "sql", ['DROP TABLE "Empty"', 'TRUNCATE "Empty"', 'DELETE FROM "Empty"', 'UPDATE "Empty" SET a = 1']
)
def test_a_table_that_holds_nothing_is_a_warning(sql: str) -> None:
    assert severities(sql) == [Severity.WARNING]


def test_a_table_that_is_not_there_is_a_warning_where_no_view_can_be_meant() -> None:
    assert severities("DROP TABLE gone") == [Severity.WARNING]
    assert severities("DELETE FROM gone") == [Severity.CRITICAL]


@pytest.mark.parametrize(
    "sql",
    [
        'TRUNCATE "Empty" CASCADE',
        'DROP TABLE "Empty" CASCADE',
        "DROP TABLE secondkey.marker",
        'ALTER TABLE "User" RENAME TO old; DROP TABLE old',
        'ALTER TABLE a SET SCHEMA b; DROP TABLE "Empty"',
        'ALTER TABLE "Empty" ATTACH PARTITION "User" DEFAULT; DROP TABLE "Empty"',
        'ALTER SCHEMA public RENAME TO old; DROP TABLE "Empty"',
    ],
)
def test_it_is_critical_where_other_rows_may_go_as_well(sql: str) -> None:
    assert severities(sql) == [Severity.CRITICAL]


def test_rows_that_were_not_counted_are_rows() -> None:
    (found,) = judged('DROP TABLE "User"', b.table("User", None))
    assert found.severity is Severity.CRITICAL
    assert found.detail.startswith("rows that were not counted")


def test_without_its_schema_a_name_may_be_a_table_of_any() -> None:
    tables = (b.table("app.User", 5), b.table("User", 0))
    assert severities('DROP TABLE "User"', *tables) == [Severity.CRITICAL]
    assert severities('DROP TABLE public."User"', *tables) == [Severity.WARNING]


def test_a_schema_takes_the_rows_of_all_its_tables() -> None:
    (found,) = judged("DROP SCHEMA app CASCADE", b.table("app.a", 5), b.table("app.b", 6), USERS)
    assert found.detail.startswith("11 rows now")


def test_a_wider_type_is_no_finding_where_the_present_one_is_known() -> None:
    users = b.table("User", 1204, columns=("id integer not null", "name character varying(50)"))
    assert judged('ALTER TABLE "User" ALTER id TYPE bigint, ALTER name TYPE varchar(80)', users) == []
    assert severities('ALTER TABLE "User" ALTER name TYPE varchar(20)', users) == [Severity.CRITICAL]
    assert severities('ALTER TABLE "User" ALTER other TYPE bigint', users) == [Severity.CRITICAL]
    renamed = 'ALTER TABLE "User" RENAME id TO x; ALTER TABLE "User" ALTER id TYPE bigint'
    assert severities(renamed, users) == [Severity.CRITICAL]


def test_the_same_again_in_a_file_is_one_finding() -> None:
    (found,) = judged('UPDATE "User" SET a = 1;\nUPDATE "User" SET b = 2;')
    assert found.subject == "update every row of User (2_more/migration.sql:1)"
    assert "2 times in this file" in found.detail


def test_what_was_approved_names_what_is_destroyed() -> None:
    """So that another column in the same place is a new finding, and voids an override."""
    names = {named(found) for sql in ("DROP a", "DROP b") for found in judged(f'ALTER TABLE "User" {sql}')}
    assert len(names) == 2


def test_only_what_is_pending_is_read_in_the_order_of_the_release() -> None:
    found = of_pending(release("DROP TABLE a", "DROP TABLE b", "DROP TABLE c"), ("2_m", "1_m"))
    assert [risk.place for risk in found] == ["1_m/migration.sql:1", "2_m/migration.sql:1"]


def test_a_migration_that_nobody_read_is_a_risk() -> None:
    (risk,) = of_pending(release(None), ("0_m",))
    assert (risk.hazard.kind.known, risk.hazard.because) == (False, "it was not read")


def test_a_rename_in_an_earlier_migration_counts_for_the_later_ones() -> None:
    before, after = of_pending(
        release('DROP TABLE "Empty"', 'ALTER TABLE "User" RENAME TO "Empty"', 'DROP TABLE "Empty"'),
        ("0_m", "1_m", "2_m"),
    )
    assert (before.certain, after.certain) == (True, False)
