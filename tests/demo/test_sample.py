"""The sample application: its migrations, its rows, and who may do what with them."""

import hashlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from bot.demo.database import NAME, DemoDatabase
from tests.demo.conftest import WHOLE, ask, put_copy, rows

TABLES = {
    *("Account", "Client", "ImportJob", "InventoryItem", "Invoice", "InvoiceItem", "Notification"),
    *("Organization", "OrganizationMember", "Payment", "Plan", "Project", "Quote", "Session"),
    *("Subscription", "TaxRate", "User", "VerificationToken", "_prisma_migrations"),
}


@pytest.fixture(scope="module")
def sample(seeded: DemoDatabase) -> DemoDatabase:
    """The demo database as it began; nothing here changes it."""
    put_copy(seeded, WHOLE, NAME)
    return seeded


def test_the_tables_are_those_of_a_real_application(sample: DemoDatabase) -> None:
    found = ask(sample.owner_dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {name for (name,) in found} == TABLES


def test_there_are_some_50_000_rows_and_more_than_1_000_users(sample: DemoDatabase) -> None:
    counted = {table: rows(sample, table) for table in TABLES}
    assert counted["User"] == 1_204
    assert counted["Invoice"] == 18_442
    assert counted["Organization"] == 312
    assert counted["Plan"] >= 3
    assert 45_000 < sum(counted.values()) < 55_000


def test_the_newest_invoice_is_of_today(sample: DemoDatabase) -> None:
    (newest,) = ask(sample.owner_dsn, """SELECT max("createdAt") AT TIME ZONE 'UTC' FROM "Invoice" """)[0]
    assert datetime.now(UTC) - newest < timedelta(days=1)


def test_the_history_has_the_22_migrations_of_the_release_with_their_checksums(
    sample: DemoDatabase,
) -> None:
    released = {
        file.parent.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sample.migrations.glob("*/migration.sql")
    }
    applied = ask(
        sample.owner_dsn,
        'SELECT migration_name, checksum FROM "_prisma_migrations"'
        " WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at",
    )
    assert dict(applied) == released
    assert [name for name, _ in applied] == sorted(released)
    assert len(applied) == 22
    assert applied[0][0].endswith("_init")


def test_the_reader_reads_and_changes_nothing(sample: DemoDatabase) -> None:
    assert ask(sample.reader_dsn, 'SELECT count(*) FROM "User"') == [(1_204,)]
    for statement in ('DELETE FROM "User"', "CREATE TABLE mine ()", "CREATE SCHEMA mine"):
        with pytest.raises(InsufficientPrivilege):
            ask(sample.reader_dsn, statement)


def test_the_restoring_login_creates_databases_for_the_owner_and_is_no_superuser(
    sample: DemoDatabase,
) -> None:
    owner = psycopg.conninfo.conninfo_to_dict(sample.owner_dsn)["user"]
    ask(sample.restore_dsn, f"CREATE DATABASE candidate OWNER {owner} TEMPLATE template0")
    ask(sample.restore_dsn, "DROP DATABASE candidate")
    assert ask(sample.restore_dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_passwords_lie_in_private_files_and_not_in_the_bots_connection_strings(
    sample: DemoDatabase,
) -> None:
    for dsn in (sample.reader_dsn, sample.restore_dsn):
        assert "password" not in psycopg.conninfo.conninfo_to_dict(dsn)
    files = list((sample.migrations.parents[1] / "database" / "logins").iterdir())
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_the_server_lets_nobody_in_without_a_password(sample: DemoDatabase) -> None:
    known = psycopg.conninfo.conninfo_to_dict(sample.owner_dsn)
    for role in (known["user"], "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host="127.0.0.1", port=known["port"], user=role, password="guessed", dbname="postgres"
            )
