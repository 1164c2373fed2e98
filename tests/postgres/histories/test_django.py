"""Django's history as a database has it, and the applications of a release."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.migrations import Tool
from bot.postgres.histories import read_release
from tests.postgres.histories.made import history, make, names, write
from tests.servers import Database

MIGRATION = """\
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    {also}
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        {dependencies}
    ]

    operations = [undefined]


raise SystemExit("a migration was executed")
"""


def migration(*dependencies: tuple[str, str], also: str = "") -> str:
    return MIGRATION.format(dependencies="".join(f"{each!r}," for each in dependencies), also=also)


def shop(folder: Path) -> Path:
    """Two applications, as in the fixture, and an installed one that is not the release's own."""
    return write(
        folder,
        billing__migrations__0001_initial=migration(("clients", "0001_initial")),
        billing__migrations__0002_paid=migration(("billing", "0001_initial"), ("auth", "__first__")),
        billing__migrations____init__="",
        clients__migrations__0001_initial=migration(),
        clients__migrations__0002_add_vat=migration(("clients", "0001_initial")),
        node_modules__other__migrations__0001_initial="(",
        billing__models="(",
    )


def test_what_django_itself_wrote_is_read_with_the_applications_names(database: Database) -> None:
    make(database, "django")
    found = history(database)
    assert (found.tool, found.table, len(found.migrations)) == ("django", "public.django_migrations", 18)
    assert names(found)[-4:] == [
        "clients.0001_initial",
        "billing.0001_initial",
        "billing.0002_paid",
        "clients.0002_add_vat",
    ]
    assert found.migrations[-1].applied_at == datetime(2026, 11, 24, 21, 24, 25, 100091, tzinfo=UTC)


def test_a_release_is_ordered_over_its_applications_and_never_executed(tmp_path: Path) -> None:
    found = read_release(shop(tmp_path))
    assert (found.tool, found.problem) == (Tool.DJANGO, "")
    assert {each.name: each.after for each in found.migrations} == {
        "clients.0001_initial": (),
        "billing.0001_initial": ("clients.0001_initial",),
        "clients.0002_add_vat": ("clients.0001_initial",),
        "billing.0002_paid": ("billing.0001_initial",),
    }
    order = found.names()
    assert all(order.index(name) > order.index("clients.0001_initial") for name in order[1:])


def test_one_folder_of_migrations_is_a_release_too(tmp_path: Path) -> None:
    found = read_release(shop(tmp_path) / "clients" / "migrations")
    assert found.names() == ("clients.0001_initial", "clients.0002_add_vat")


def test_other_applications_migrations_are_not_the_releases_to_know(tmp_path: Path) -> None:
    found = read_release(shop(tmp_path))
    assert not found.should_have("auth.0001_initial")
    assert found.should_have("clients.0003_gone")


def test_an_application_is_called_as_its_configuration_has_it(tmp_path: Path) -> None:
    config = "class Billing(AppConfig):\n    name = 'shop.billing'\n    label = 'money'\n"
    write(tmp_path, billing__apps=config, billing__migrations__0001_initial=migration())
    assert read_release(tmp_path).names() == ("money.0001_initial",)


def test_squashed_migrations_say_what_they_were_made_of(tmp_path: Path) -> None:
    squashed = migration(also="replaces = [('a', '0001_initial'), ('a', '0002_more')]")
    write(tmp_path, a__migrations__0001_squashed=squashed)
    (found,) = read_release(tmp_path).migrations
    assert found.replaces == ("a.0001_initial", "a.0002_more")


def test_what_runs_before_another_comes_before_it(tmp_path: Path) -> None:
    first = migration(also="run_before = [('a', '0001_initial')]")
    write(tmp_path, a__migrations__0001_initial=migration(), b__migrations__0001_initial=first)
    assert read_release(tmp_path).names() == ("b.0001_initial", "a.0001_initial")


def test_two_projects_are_not_one_release(tmp_path: Path) -> None:
    for project in ("one", "two"):
        shop(tmp_path / project)
    assert read_release(tmp_path).problem == "billing.0001_initial is there twice"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("class Migration(", "0001_x.py is no Python that can be read"),
        ("x = 1", "a/migrations/0001_x.py has no class Migration"),
        ("class Migration:\n    dependencies = make()", "0001_x.py does not say in plain words"),
        (migration(("a", "0000_gone")), "a.0001_x follows a.0000_gone, which is not in the folder"),
        (migration(("a", "0001_x")), "these follow each other in a circle: "),
    ],
)
def test_what_is_not_clear_is_a_problem_in_words(tmp_path: Path, text: str, problem: str) -> None:
    found = read_release(write(tmp_path, a__migrations__0001_x=text), Tool.DJANGO)
    assert found.problem.startswith(problem)
    assert (found.migrations, found.cure != "") == ((), True)
