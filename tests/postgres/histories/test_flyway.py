"""Flyway's history as a database has it, and a release's SQL files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.migrations import MigrationState, Tool
from bot.postgres.histories import read_release
from bot.postgres.histories.flyway import checksum
from tests.postgres.histories.made import history, make, names, states
from tests.servers import Database

KNOWN = Path(__file__).parent / "V10__add_vat.sql"
ROW = "INSERT INTO flyway_schema_history VALUES ({row}, 'app', now(), 1, {success})"


def release_of(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("SELECT 1;\n")
    return folder


def add(database: Database, row: str, *, success: bool = True) -> None:
    database.execute(ROW.format(row=row, success=success))


def test_a_history_is_read_by_its_files_names_with_the_last_word_on_each(database: Database) -> None:
    make(database, "flyway")
    found = history(database)
    assert (found.tool, found.table) == ("flyway", "public.flyway_schema_history")
    assert [(each.name, each.checksum) for each in found.migrations] == [
        ("baseline 1", None),
        ("V2__users.sql", "-1293430446"),
        ("V10__add_vat.sql", "627814292"),
        ("db.migration.V11__Cleanup", None),
        ("R__views.sql", "1330129101"),
    ]


def test_what_failed_was_undone_or_deleted_is_told_apart(database: Database) -> None:
    make(database, "flyway")
    add(database, "7, '10', 'add vat', 'UNDO_SQL', 'U10__add_vat.sql', 1")
    add(database, "8, '2', 'users', 'DELETE', 'V2__users.sql', NULL")
    add(database, "9, '12', 'bad', 'SQL', 'V12__bad.sql', 7", success=False)
    found = dict(states(history(database)))
    assert found["V10__add_vat.sql"] is MigrationState.ROLLED_BACK
    assert found["V12__bad.sql"] is MigrationState.FAILED
    assert "V2__users.sql" not in found


def test_a_release_is_ordered_by_version_as_numbers_with_the_repeatable_last(tmp_path: Path) -> None:
    files = (
        "V10__b.sql",
        "V2__a.sql",
        "V2_1__c.sql",
        "later/V2.0.9__d.sql",
        "R__z.sql",
        "U2__a.sql",
        "x.sql",
    )
    found = read_release(release_of(tmp_path, *files))
    assert (found.tool, found.problem) == (Tool.FLYWAY, "")
    assert found.names() == ("V2__a.sql", "V2.0.9__d.sql", "V2_1__c.sql", "V10__b.sql", "R__z.sql")
    assert [each.repeatable for each in found.migrations] == [False] * 4 + [True]


@pytest.mark.parametrize("files", [("V1__a.sql", "sub/V1.0__b.sql"), ("R__a.sql", "sub/R__a.sql")])
def test_two_files_for_one_migration_are_a_problem_in_words(tmp_path: Path, files: tuple[str, ...]) -> None:
    assert read_release(release_of(tmp_path, *files)).problem.endswith("are the same migration")


def test_the_checksum_is_a_signed_crc32_of_the_lines_without_their_ends() -> None:
    """The first is the check value of CRC-32 itself, 0xCBF43926."""
    assert checksum(b"12345\n6789\n") == "-873187034"
    assert checksum(KNOWN.read_bytes()) == "627814292"


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)))
def test_line_ends_and_a_byte_order_mark_do_not_change_a_checksum(lines: list[str]) -> None:
    found = {checksum(ending.join([*lines, ""]).encode()) for ending in ("\n", "\r\n", "\r")}
    marked = checksum("\n".join(["\ufeff", *lines]).encode())
    assert found == {checksum("".join(lines).encode())} == {marked}


def test_a_repeatable_one_with_placeholders_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "R__views.sql").write_text("SELECT '${owner}';")
    (found,) = read_release(tmp_path).migrations
    assert found.checksums == frozenset()


def test_the_names_are_read_whatever_schema_the_table_lies_in(database: Database) -> None:
    make(database, "flyway")
    database.execute("CREATE SCHEMA app")
    database.execute("ALTER TABLE flyway_schema_history SET SCHEMA app")
    found = history(database, Tool.FLYWAY)
    assert (found.table, len(names(found))) == ("app.flyway_schema_history", 5)
