"""Alembic's heads as a database has them, and the chain of a release's revisions."""

from pathlib import Path

import pytest

from bot.domain.migrations import Release, Tool
from bot.postgres.histories import read_release
from tests.postgres.histories.made import history, make, names, write
from tests.servers import Database

REVISION = """\
from typing import Sequence, Union
from alembic import op

revision: str = {name!r}
down_revision: Union[str, Sequence[str], None] = {down!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = {depends_on!r}

raise SystemExit("a migration was executed")
"""


def revision(name: str, down: str | tuple[str, ...] | None, depends_on: str | None = None) -> str:
    return REVISION.format(name=name, down=down, depends_on=depends_on)


def released(found: Release) -> dict[str, tuple[str, ...] | None]:
    assert found.problem == ""
    return {each.name: each.after for each in found.migrations}


def test_the_heads_are_read_from_what_alembic_itself_wrote(database: Database) -> None:
    make(database, "alembic")
    found = history(database)
    assert (found.tool, found.table, found.heads_only) == ("alembic", "public.alembic_version", True)
    assert names(found) == ["c3", "c4"]


def test_a_release_is_ordered_by_what_follows_what_and_never_executed(tmp_path: Path) -> None:
    write(
        tmp_path,
        versions__d5_merge=revision("d5", ("c3", "c4")),
        versions__c3_invoices=revision("c3", "b2"),
        versions__c4_quotes=revision("c4", "b2"),
        versions__z1_init=revision("a1", None),
        versions__b2_users=revision("b2", "a1"),
        versions____init__="",
        env="raise SystemExit",
    )
    expected = {"a1": (), "b2": ("a1",), "c3": ("b2",), "c4": ("b2",), "d5": ("c3", "c4")}
    for directory in (tmp_path, tmp_path / "versions"):
        found = read_release(directory)
        assert (found.tool, released(found)) == (Tool.ALEMBIC, expected)
        assert list(found.names()) == ["a1", "b2", "c3", "c4", "d5"]


def test_what_a_revision_depends_on_comes_before_it(tmp_path: Path) -> None:
    write(tmp_path, a=revision("a", None, "b"), b=revision("b", None), c=revision("c", "a", "a_label"))
    assert released(read_release(tmp_path)) == {"b": (), "a": ("b",), "c": ("a",)}


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a": "revision = 'a'\ndown_revision = (", "b": "x = 1"}, "a.py is no Python that can be read"),
        ({"a": revision("a", "gone")}, "a.py follows gone, which is not in the folder"),
        ({"a": revision("a", None), "b": revision("a", None)}, "a.py and b.py are both revision a"),
        ({"a": "revision = make()\ndown_revision = None"}, "a.py does not say in plain words"),
        ({"a": "revision = 'a'\ndown_revision = [each for each in ()]"}, "a.py does not say in plain words"),
        ({"a": revision("a", None), "notes": "x = 1"}, "notes.py does not say in plain words"),
        ({"a": revision("a", "b"), "b": revision("b", "a")}, "these follow each other in a circle: "),
    ],
)
def test_what_is_not_clear_is_a_problem_in_words(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    found = read_release(write(tmp_path, **files), Tool.ALEMBIC)
    assert found.problem.startswith(problem)
    assert (found.migrations, found.cure != "") == ((), True)


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbf" + revision("a", None).replace("\n", "\r\n").encode())
    assert released(read_release(tmp_path)) == {"a": ()}
