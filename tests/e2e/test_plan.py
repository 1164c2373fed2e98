"""`secondkey plan`: the checklist and the way back as a document, with what holds now and no secret."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.postgres.server import Server
from tests import servers
from tests.e2e.projects import NAME, PASSWORD, Project, a_project
from tests.e2e.terminal import Finished, secondkey


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, state_server: Server
) -> Iterator[Project]:
    with a_project(tmp_path_factory.mktemp("plan"), postgres_server, state_server) as made:
        yield made


@pytest.fixture(scope="module")
def written(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, str]:
    """What an ordinary release's plan says: on the terminal, and in the document."""
    output = tmp_path_factory.mktemp("written") / "plan.md"
    done = plan(project, output, DATABASE_URL=project.url)
    assert done.code == 0, done.errors
    return done, output.read_text()


def plan(project: Project, output: Path, *options: str, **environment: str) -> Finished:
    folder = str(project.checkout / "prisma" / "migrations")
    words = ("plan", "v1.4.0", "--output", str(output), "--migrations", folder, "--json", *options)
    return secondkey(*words, config=project.config, **environment)


def commands(document: str) -> list[list[str]]:
    """What the document says to type, in its order."""
    return [shlex.split(line) for line in document.splitlines() if line.startswith("       secondkey ")]


def test_a_plan_says_what_is_at_stake_what_comes_and_how_to_go_back(
    project: Project, written: tuple[Finished, str]
) -> None:
    done, document = written
    assert (done.data["light"], done.data["pending"]) == ("clear", ["3_vat"])
    for words in (
        "`v1.4.0` on `projectledger` (production)",
        "clear, the release may begin",
        "the same server and database, pinned just now",
        "| `User` | 12 | 12 |",
        "prisma, 2 migrations applied, in `public._prisma_migrations`",
        "Foretold: applies 1: 3_vat",
        f"Backup `{project.backup_id}`",
        "restore-tested · healthy",
        "as its restore test did",
        "until now 0 rows inserted, 0 updated, 0 deleted",
        "May approve: `@dba`",
        "Reports and alarms: `#incidents`",
        "- [ ] The application was tested",
    ):
        assert words in document
    assert document.count("- [ ] ") == 10


def test_its_commands_are_those_of_this_release_in_their_order(
    project: Project, written: tuple[Finished, str]
) -> None:
    _, document = written
    typed = commands(document)
    verbs = [words[1] for words in typed]
    assert verbs[:5] == ["verify", "backup", "rehearse", "deploy", "deployment"]
    assert typed[2][5] == "--migrations"
    assert verbs[7:11] == ["traffic", "deployment", "deployment", "verify"]
    (deploy,) = [words for words in typed if words[1] == "deploy"]
    assert deploy[-4:] == ["npx", "prisma", "migrate", "deploy"]
    (restore,) = [words for words in typed if words[1] == "restore"]
    assert restore[2:5] == [NAME, "--backup", project.backup_id]
    assert "COMMAND" not in document


def test_no_password_is_in_it(project: Project, written: tuple[Finished, str], tmp_path: Path) -> None:
    done, document = written
    assert PASSWORD in project.config.read_text()
    assert PASSWORD not in document + done.output + done.errors
    stop = f'traffic = {{stop = [["away", "{project.url}"]], start = [["back", "{project.url}"]]}}'
    careless = tmp_path / "secondkey.toml"
    careless.write_text(
        project.config.read_text()
        .replace('deploy = {backup = "fresh"}', stop)
        .replace("file://backups", f"file://{project.config.parent}/backups")
        .replace('"signing.key"', f'"{project.config.parent}/signing.key"')
    )
    other = tmp_path / "other.md"
    done = secondkey("plan", "v1.4.0", "--output", str(other), config=careless)
    assert done.code == 0, done.errors
    assert "Traffic is stopped by `away " in other.read_text()
    assert PASSWORD not in other.read_text() + done.output + done.errors


def test_a_login_that_may_only_read_is_enough_and_no_backup_is_made(
    project: Project, tmp_path: Path, postgres_server: Server
) -> None:
    reader = servers.make_role(
        postgres_server, f"LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data, pg_read_all_stats"
    )
    kept = sorted((project.config.parent / "backups").rglob("*"))
    dsn = project.url.replace(project.login, reader)
    done = plan(project, tmp_path / "plan.md", SECONDKEY_DATABASES__PROJECTLEDGER__DSN=dsn)
    assert (done.code, done.data["light"]) == (0, "clear"), done
    assert kept
    assert sorted((project.config.parent / "backups").rglob("*")) == kept


def test_the_incident_is_in_the_plan_before_anybody_deploys(project: Project, tmp_path: Path) -> None:
    project.database.execute('ALTER TABLE "User" RENAME TO "Kept"')
    try:
        done = plan(project, tmp_path / "plan.md")
    finally:
        project.database.execute('ALTER TABLE "Kept" RENAME TO "User"')
    assert (done.code, done.data["light"], done.data["verdict"]) == (0, "blocked", "block")
    document = (tmp_path / "plan.md").read_text()
    assert "blocked, the release may not begin" in document
    assert "critical `schema.missing-table`" in document
    assert "| `User` | **gone** | 12 |" in document
    assert "| `User` | 0 | 12 |" in document


def test_what_a_release_destroys_is_named_with_its_place_and_names_of_others_are_no_markup(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(project.checkout / "prisma" / "migrations", folder)
    (folder / "4_drop").mkdir()
    (folder / "4_drop" / "migration.sql").write_text('SELECT 1;\nDROP TABLE "Plan";\n')
    project.database.execute('CREATE TABLE "a|b <i>`" (id int)')
    try:
        done = plan(project, tmp_path / "plan.md", "--migrations", str(folder))
    finally:
        project.database.execute('DROP TABLE "a|b <i>`"')
    assert (done.code, done.data["light"]) == (0, "second-person"), done
    document = (tmp_path / "plan.md").read_text()
    assert '  - `4_drop/migration.sql:2`: drop table Plan, `DROP TABLE "Plan"`' in document
    assert "critical `release.destructive-sql`" in document
    assert "| `a\\|b <i>ˋ` | 0 | - |" in document


def test_what_is_not_known_is_said(project: Project, tmp_path: Path) -> None:
    nowhere = "postgresql://bot@127.0.0.1:1/ledger"
    done = plan(project, tmp_path / "plan.md", SECONDKEY_DATABASES__PROJECTLEDGER__DSN=nowhere)
    assert (done.code, done.data["light"]) == (0, "blocked"), done
    document = (tmp_path / "plan.md").read_text()
    assert "Not known: " in document
    assert "Pending: not known" in document
    assert "Differences to what is there now: not known" in document
    assert project.backup_id in document


def test_a_plan_that_was_ticked_is_never_written_over(project: Project, tmp_path: Path) -> None:
    output = tmp_path / "plan.md"
    output.write_text("- [x] everything\n")
    done = plan(project, output)
    assert (done.code, done.data["error"]) == (2, "usage")
    assert output.read_text() == "- [x] everything\n"


def test_a_release_without_a_folder_is_not_known(project: Project, tmp_path: Path) -> None:
    output = tmp_path / "plan.md"
    done = secondkey("plan", "v1.4.0", "--output", str(output), config=project.config)
    assert done.code == 0, done.errors
    assert "Migrations folder: not known, none is named" in output.read_text()
    assert secondkey("plan", "-v", "--output", "x.md", config=project.config).code == 2


def test_a_rehearsal_knows_the_migrations_of_the_release_that_it_rehearses(project: Project) -> None:
    row = "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)"
    apply = (
        "import os, psycopg\n"
        f"statement = \"{row} VALUES ('3', '-', '3_vat', now(), 1)\"\n"
        "psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute(statement)\n"
    )
    folder = str(project.checkout / "prisma" / "migrations")
    words = ("rehearse", "v1.4.0", "--migrations", folder, "--json", "--", sys.executable, "-c", apply)
    done = secondkey(*words, config=project.config)
    assert done.data["migrations"] == ["3_vat"], done
    codes = {found["code"] for found in done.data["findings"]}
    assert ("history.unknown-migration" in codes, "history.edited" in codes) == (False, True)
