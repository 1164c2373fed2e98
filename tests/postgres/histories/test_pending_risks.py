"""From a release's folder to what its pending migrations would destroy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.migrations import Tool
from bot.domain.sql_risk.pending import of_pending
from bot.postgres.histories import read_release
from tests.postgres.histories.made import write

REVISION = (
    "from alembic import op\nrevision = 'b'\ndown_revision = None\n\ndef upgrade():\n    op.drop_table('a')\n"
)
MIGRATION = (
    "from django.db import migrations\n\nclass Migration(migrations.Migration):\n"
    "    operations = [migrations.DeleteModel('A')]\n"
)


def prisma(folder: Path) -> None:
    (folder / "1_init").mkdir()
    (folder / "1_init" / "migration.sql").write_bytes(b"\xef\xbb\xbf-- \xff\r\nDROP TABLE a;\r\n")


def flyway(folder: Path) -> None:
    (folder / "later").mkdir()
    (folder / "later" / "V2__a.sql").write_text("\nDROP TABLE a")


def alembic(folder: Path) -> None:
    write(folder, versions__b=REVISION)


def django(folder: Path) -> None:
    write(folder, app__migrations__0001_a=MIGRATION)


@pytest.mark.parametrize(
    ("make", "tool", "place", "subject"),
    [
        (prisma, Tool.PRISMA, "1_init/migration.sql:2", "a"),
        (flyway, Tool.FLYWAY, "later/V2__a.sql:2", "a"),
        (alembic, Tool.ALEMBIC, "versions/b.py:6", "a"),
        (django, Tool.DJANGO, "app/migrations/0001_a.py:4", "app_a"),
    ],
)
def test_every_tools_files_are_read_with_the_place_of_what_they_destroy(
    tmp_path: Path, make: Callable[[Path], None], tool: Tool, place: str, subject: str
) -> None:
    make(tmp_path)
    release = read_release(tmp_path)
    assert (release.tool, release.problem) == (tool, "")
    (risk,) = of_pending(release, release.names())
    assert (risk.place, risk.hazard.subject) == (place, subject)
    assert of_pending(release, ()) == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_of_another_encoding_cannot_be_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "V1__a.sql").write_text("DROP TABLE a", encoding=encoding)
    release = read_release(tmp_path)
    found = of_pending(release, release.names())
    assert found[0].hazard.because == "it holds NUL bytes, where PostgreSQL ends a script"
