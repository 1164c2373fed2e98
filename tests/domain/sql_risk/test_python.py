"""Migrations that are Python: what their calls destroy, and what cannot be told of them."""

import pytest

from bot.domain.sql_risk.python_files import read_python
from bot.domain.sql_risk.reading import Reading
from bot.domain.sql_risk.risk import Kind

REVISION = """\
from alembic import op
import sqlalchemy as sa
from app.models import GUID

revision = "b"
down_revision = "a"

def upgrade() -> None:
    {0}

def downgrade():
    op.drop_table("never")
"""
MIGRATION = """\
from django.db import migrations, models

def forwards(apps, schema_editor):
    apps.get_model("billing", "Invoice").objects.all().delete()

class Migration(migrations.Migration):
    atomic = False
    dependencies = [migrations.swappable_dependency("auth.User")]
    operations = [
        {0},
    ]
"""


def alembic(body: str) -> Reading:
    return read_python(REVISION.format(body.replace("\n", "\n    ")), "versions/b.py", "b")


def django(operation: str) -> Reading:
    return read_python(MIGRATION.format(operation), "billing/migrations/0002_x.py", "billing.0002_x")


def told(reading: Reading) -> list[tuple[Kind, str]]:
    return [(risk.hazard.kind, risk.hazard.subject) for risk in reading.risks]


@pytest.mark.parametrize(
    ("body", "kind", "subject"),
    [
        ('op.drop_table("users")', Kind.DROP_TABLE, "users"),
        ('op.drop_table("users", schema="app")', Kind.DROP_TABLE, "app.users"),
        ("op.drop_table(name)", Kind.DROP_TABLE, "a name that is computed"),
        ('op.drop_column("users", "email")', Kind.DROP_COLUMN, "users.email"),
        (
            'with op.batch_alter_table("users") as b:\n    b.drop_column("email")',
            Kind.DROP_COLUMN,
            "users.email",
        ),
        ('op.alter_column("users", "email", type_=sa.String(20))', Kind.TYPE_CHANGE, "users.email"),
        ('op.execute("DELETE FROM users")', Kind.DELETE_ALL, "users"),
        ('op.execute(sa.text("TRUNCATE users"))', Kind.TRUNCATE, "users"),
        ('for t in ("a", "b"):\n    op.execute(f"DROP TABLE {t}")', Kind.OPAQUE, "SQL that is computed"),
        ("op.get_bind().execute(sa.delete(users))", Kind.OPAQUE, "….execute()"),
        ("clean_up()", Kind.OPAQUE, "clean_up()"),
        ("op.run_async(clean_up)", Kind.OPAQUE, "op.run_async()"),
        ('getattr(op, "drop_" + "table")', Kind.OPAQUE, "getattr()"),
    ],
)
def test_what_a_revision_destroys_is_found(body: str, kind: Kind, subject: str) -> None:
    assert told(alembic(body)) == [(kind, subject)]


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        'op.create_table("users", sa.Column("id", GUID(), server_default=sa.func.now(), nullable=False))',
        'op.add_column("users", sa.Column("vat", sa.Numeric(4, 2)))',
        'op.create_index(op.f("ix"), "users", ["a"]); op.drop_index("ix"); op.drop_constraint("c", "users")',
        'op.alter_column("users", "email", nullable=False, existing_type=sa.String(20))',
        'op.alter_column("users", "email", type_=sa.Text())',
        'op.execute("UPDATE users SET a = 1 WHERE a IS NULL")',
        "with op.get_context().autocommit_block():\n    op.execute(\"ALTER TYPE r ADD VALUE 'x'\")",
    ],
)
def test_what_a_revision_adds_is_no_risk(body: str) -> None:
    assert told(alembic(body)) == []


@pytest.mark.parametrize(
    ("operation", "kind", "subject"),
    [
        ('migrations.DeleteModel(name="Invoice")', Kind.DROP_TABLE, "billing_invoice"),
        ('migrations.RemoveField("Invoice", "vat")', Kind.DROP_COLUMN, "billing_invoice.vat"),
        (
            'migrations.AlterField("invoice", "vat", models.CharField(max_length=9))',
            Kind.TYPE_CHANGE,
            "billing_invoice.vat",
        ),
        ("migrations.RunPython(forwards, migrations.RunPython.noop)", Kind.OPAQUE, "migrations.RunPython()"),
        ('migrations.RunSQL("DELETE FROM a", "SELECT 1")', Kind.DELETE_ALL, "a"),
        ('migrations.RunSQL([("DELETE FROM a WHERE x = %s OR true", [1])])', Kind.DELETE_ALL, "a"),
        ("migrations.RunSQL(sql)", Kind.OPAQUE, "SQL that is computed"),
        (
            'migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("A")])',
            Kind.DROP_TABLE,
            "billing_a",
        ),
        ("Purge()", Kind.OPAQUE, "Purge()"),
        ("*more", Kind.OPAQUE, "an operation that is computed"),
    ],
)
def test_what_a_django_migration_destroys_is_found(operation: str, kind: Kind, subject: str) -> None:
    assert (kind, subject) in told(django(operation))


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.CreateModel(name="A", fields=[("id", models.BigAutoField(primary_key=True))])',
        'migrations.AddField("a", "b", models.TextField(default=list))',
        'migrations.AlterField("a", "b", models.TextField())',
        'migrations.AddIndex("a", models.Index(fields=["b"], name="c"))',
        "migrations.RunPython(migrations.RunPython.noop)",
        "migrations.RunSQL(migrations.RunSQL.noop)",
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("A")])',
    ],
)
def test_what_a_django_migration_adds_is_no_risk(operation: str) -> None:
    assert told(django(operation)) == []


@pytest.mark.parametrize(
    "body", ["operations = make()", "operations = []\n    operations += more", "def apply(): 1"]
)
def test_operations_that_are_computed_are_opaque(body: str) -> None:
    reading = read_python(f"class Migration:\n    {body}\n", "a/migrations/1.py", "a.1")
    assert told(reading) == [(Kind.OPAQUE, "operations that are computed")]


def test_a_file_that_is_no_python_is_a_risk() -> None:
    assert told(read_python("def (", "a.py", "a")) == [(Kind.UNPARSABLE, "the file")]


def test_sql_within_python_has_the_line_of_the_file() -> None:
    (risk,) = alembic('op.execute("""\nSELECT 1;\nDROP TABLE a\n""")').risks
    assert (risk.file, risk.line, risk.statement) == ("versions/b.py", 11, "DROP TABLE a")


def test_a_call_is_shown_without_what_its_strings_hold() -> None:
    (risk,) = alembic('op.drop_column("users", "email")').risks
    assert (risk.line, risk.statement) == (9, "op.drop_column(…)")


@pytest.mark.parametrize(
    ("rename", "after"),
    [
        ('op.rename_table("a", "b")', 'op.drop_table("a")'),
        ('op.alter_column("a", "b", new_column_name="c")', 'op.drop_table("a")'),
        ('op.execute("ALTER TABLE a RENAME TO b")', 'op.drop_table("a")'),
    ],
)
def test_after_a_rename_nobody_knows_what_a_name_stands_for(rename: str, after: str) -> None:
    (risk,) = alembic(f"{rename}\n{after}").risks
    assert not risk.certain
