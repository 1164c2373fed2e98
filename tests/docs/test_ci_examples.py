"""The examples for pipelines hold no secret, and their commands do what they say on a real server."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.postgres.server import Server
from tests.e2e.projects import Project, a_project

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = sorted((DOCS / "ci").glob("*.yml"))
#: Stands for npx: it notes what it was called with, and migrates where the connection string leads.
NPX = """#!{python}
import os, sys
from pathlib import Path
import psycopg
Path("called").write_text(" ".join(sys.argv[1:]))
with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    connection.execute(os.environ.get("STATEMENT", "SELECT 1"))
sys.exit(int(os.environ.get("CODE", "0")))
"""
#: Stands for GitHub's own program: one pull request, whose comments end in a file.
GH = """#!/bin/sh
case $1 in
    api) echo 17 ;;
    pr) cat "$5" > "commented-$3" ;;
esac
"""


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, state_server: Server
) -> Iterator[Project]:
    with a_project(tmp_path_factory.mktemp("ci"), postgres_server, state_server) as made:
        yield made


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with what a runner has: Secondkey itself, and stand-ins for the rest."""
    folder = tmp_path / "programs"
    folder.mkdir()
    secondkey = f'#!/bin/sh\nexec {sys.executable} -m bot.cli "$@"\n'
    for name, text in (("secondkey", secondkey), ("npx", NPX.format(python=sys.executable)), ("gh", GH)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


class Runner:
    """Runs scripts in the release's checkout as a pipeline does: the first that fails ends the job."""

    def __init__(self, project: Project, programs: Path, tmp_path: Path) -> None:
        self.checkout = project.checkout
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "SECONDKEY_CONFIG": str(project.config),
            "DATABASE_URL": project.url,
            "TAG": "v1.4.0",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_REPOSITORY": "acme/ledger",
            "GITHUB_SHA": "4f2a",
        }
        for left in ("called", "deployment.md", "commented-17"):
            (self.checkout / left).unlink(missing_ok=True)

    def run(self, *argv: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv,
            cwd=self.checkout,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def script(self, text: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.run("/bin/sh", "-e", "-c", text, **environment)

    def file(self, name: str) -> str:
        path = self.checkout / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def runner(project: Project, programs: Path, tmp_path: Path) -> Runner:
    return Runner(project, programs, tmp_path)


def scripts(example: Path) -> list[str]:
    """Every script of the pipeline, in its order."""
    return list(_scripts(yaml.safe_load(example.read_text())))


def _scripts(node: Any) -> Iterator[str]:
    match node:
        case dict():
            for key, value in node.items():
                if key in {"run", "script", "before_script"}:
                    yield from value if isinstance(value, list) else [value]
                else:
                    yield from _scripts(value)
        case list():
            for each in node:
                yield from _scripts(each)


def gate(example: Path) -> str:
    """The one script that deploys."""
    (found,) = [script for script in scripts(example) if "secondkey deploy" in script]
    return found


def test_there_is_an_example_for_each_of_the_three() -> None:
    assert [example.stem for example in EXAMPLES] == ["azure-pipelines", "github-actions", "gitlab-ci"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_what_its_command_does_is_what_the_pipeline_reports(
    runner: Runner, project: Project, example: Path
) -> None:
    done = runner.script(gate(example), STATEMENT="CREATE TABLE IF NOT EXISTS vat (id int)")
    assert done.returncode == 0, done.stderr
    assert runner.file("called") == "prisma migrate deploy"
    assert "- [x] counts compared" in runner.file("deployment.md")

    failed = runner.script(gate(example), TAG="v1.4.1", CODE="9")
    assert failed.returncode == 9, failed.stderr
    assert "Failed with exit code 9" in runner.file("deployment.md")


def test_where_the_gate_is_shut_the_pipeline_stops_before_the_migration(
    runner: Runner, project: Project
) -> None:
    project.database.execute('ALTER TABLE "User" RENAME TO "Kept"')
    try:
        stopped = [runner.script(f"{gate(example)}\ntouch rolled-out") for example in EXAMPLES]
    finally:
        project.database.execute('ALTER TABLE "Kept" RENAME TO "User"')
    assert [done.returncode for done in stopped] == [3, 3, 3], [done.stderr for done in stopped]
    assert (runner.file("called"), (runner.checkout / "rolled-out").exists()) == ("", False)
    assert "Blocked" in runner.file("deployment.md")


def test_the_report_is_shown_where_people_look(runner: Runner, tmp_path: Path) -> None:
    runner.checkout.joinpath("deployment.md").write_text("## Deployed\n")
    (show,) = [script for script in scripts(DOCS / "ci" / "github-actions.yml") if "gh pr" in script]
    assert runner.script(show).returncode == 0
    assert (tmp_path / "summary.md").read_text() == runner.file("commented-17") == "## Deployed\n"
    (show,) = [script for script in scripts(DOCS / "ci" / "azure-pipelines.yml") if "uploadsummary" in script]
    assert runner.script(show).stdout == f"##vso[task.uploadsummary]{runner.checkout}/deployment.md\n"
    job = yaml.safe_load((DOCS / "ci" / "gitlab-ci.yml").read_text())["migrate"]
    assert (job["artifacts"]["paths"], job["artifacts"]["when"]) == (["deployment.md"], "always")
    runner.checkout.joinpath("deployment.md").unlink()
    assert runner.script(show).stdout == ""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_shell_that_stops_at_its_first_failure_and_holds_no_secret(
    runner: Runner, example: Path
) -> None:
    text = example.read_text()
    for script in scripts(example):
        checked = runner.run("/bin/sh", "-n", "-c", script)
        assert checked.returncode == 0, checked.stderr
        assert "${{" not in script
        assert "$(" not in script.replace("$(gh ", "")
    assert not re.search(r"continue-on-error|continueOnError|allow_failure|\|\| true", text)
    assert "postgresql://" not in text
    for name, value in _environments(yaml.safe_load(text)).items():
        if name.endswith(("DSN", "_URL", "TOKEN")):
            assert re.fullmatch(r"\$\{\{ (secrets\.[A-Z_]+|github\.token) \}\}|\$\([A-Z_]+\)", value), name


def _environments(node: Any) -> Mapping[str, str]:
    """What the pipeline puts into environments, by name."""
    found: dict[str, str] = {}
    for key, value in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        if key in {"env", "variables"} and isinstance(value, dict):
            found |= value
        found |= _environments(value)
    return found


def test_the_plain_script_ends_as_the_wrapper_does(runner: Runner, project: Project) -> None:
    deploy = (str(DOCS / "deploy.sh"), "v1.5.0", "npx", "prisma", "migrate", "deploy")
    folder = {"MIGRATIONS": "prisma/migrations", "DATABASE": "projectledger", "REPORT": "report.md"}
    done = runner.run(*deploy, **folder)
    assert done.returncode == 0, done.stderr
    assert runner.file("called") == "prisma migrate deploy"
    assert "then running: npx prisma migrate deploy; the report goes to report.md" in done.stderr
    assert "v1.5.0" in runner.file("report.md")
    assert runner.run(*deploy, **folder, CODE="9").returncode == 9
    # The configuration names no folder: nobody knows what would be applied.
    assert runner.run(*deploy).returncode == 3


def test_the_plain_script_says_what_it_lacks(runner: Runner) -> None:
    script = str(DOCS / "deploy.sh")
    assert runner.run(script, "v1.5.0").returncode == 2
    missing = runner.run("/bin/sh", script, "v1.5.0", "true", PATH="/nonexistent")
    assert (missing.returncode, "nothing was run" in missing.stderr) == (127, True)
