"""`secondkey deployment`: what stands, what is frozen, and what takes a second person, from a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.postgres.server import Server
from tests.e2e.conftest import World
from tests.e2e.people import says
from tests.e2e.projects import NAME, Project, a_project
from tests.e2e.terminal import Finished, secondkey
from tests.e2e.test_requested import approve, begun, said_until
from tests.e2e.test_restore import guarded, protected
from tests.servers import Database

FRESH = """
[databases.projectledger.deploy]
backup = "fresh"
"""


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, state_server: Server
) -> Iterator[Project]:
    with a_project(tmp_path_factory.mktemp("deployment"), postgres_server, state_server) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path, database: Database, state_server: Server) -> Iterator[World]:
    with guarded(tmp_path, database, state_server, FRESH) as world:
        yield world


def deployment(place: Project | World, *words: str) -> Finished:
    return secondkey("deployment", *words, config=place.config)


def deploy(project: Project) -> Finished:
    folder = str(project.checkout / "prisma" / "migrations")
    return secondkey("deploy", "v1.4.0", "--migrations", folder, "--", "true", config=project.config)


def test_one_person_freezes_and_thaws_where_all_is_well(project: Project) -> None:
    assert "nothing is frozen" in deployment(project).output
    frozen = deployment(project, "freeze", "all", "--reason", "we look for the cause", "--json")
    assert (frozen.code, frozen.data["frozen"][0]["scope"]) == (0, "all"), frozen
    again = deployment(project, "freeze", "all", "--reason", "still")
    assert (again.code, "`secondkey deployment thaw all --reason REASON`" in again.errors) == (4, True), again
    assert (
        "`secondkey deployment thaw all --reason REASON`"
        in deployment(project, "freeze", "all", "--reason", "still").errors
    )
    shut = deploy(project)
    assert (shut.code, "until secondkey deployment thaw" in shut.output) == (3, True), shut
    assert "frozen: every database, by cli:" in deployment(project, "status").output
    thawed = deployment(project, "thaw", "all", "found", "it", "--json")
    assert (thawed.code, thawed.data) == (0, {"deployments": [], "frozen": []}), thawed
    assert deploy(project).code == 0
    newest, *before = deployment(project, "history", "--json").data
    assert (newest["release"], newest["stage"], newest["light"]) == ("v1.4.0", "closed", "clear")
    assert [each["stage"] for each in before] == ["blocked"]
    assert "projectledger  v1.4.0  closed, clear" in deployment(project, "history", NAME).output


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("abort", "--reason", "it hangs"), 2, "not-found"),
        (("freeze",), 4, "reason-missing"),
        (("override", "v1.4.0", "projectledger", "--reason", "it is meant"), 4, "bot-not-running"),
        (("start", "v1.4.0"), 2, "usage"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    project: Project, words: tuple[str, ...], code: int, error: str
) -> None:
    done = deployment(project, *words, "--json")
    assert (done.code, done.data["error"]) == (code, error), done


def test_while_data_is_missing_nobody_thaws_alone(project: Project) -> None:
    assert deployment(project, "freeze", "--reason", "rows vanish").code == 0
    project.database.execute('ALTER TABLE "User" RENAME TO "Kept"')
    try:
        alone = deployment(project, "thaw", "--reason", "it is meant", "--json")
    finally:
        project.database.execute('ALTER TABLE "Kept" RENAME TO "User"')
    assert (alone.code, alone.data["error"]) == (4, "second-key-needed")
    assert deployment(project, "thaw", "--reason", "it is back").code == 0


def test_a_window_that_slack_opened_is_closed_in_a_terminal(world: World) -> None:
    slack = world.slack
    asker, _ = protected(world)
    slack.command(asker, "ops", "/deploy", "start v1.4.0")
    slack.wait("incidents", says("Clear to deploy", "v1.4.0"))
    (standing,) = deployment(world, "status", "--json").data["deployments"]
    assert (standing["release"], standing["stage"], standing["opened_by"]) == ("v1.4.0", "open", asker)
    aborted = deployment(world, "abort", NAME, "--reason", "it hangs", "--json")
    assert (aborted.code, aborted.data["stage"], aborted.data["ran"]) == (0, "aborted", False), aborted
    slack.wait("incidents", says("Aborted", "it hangs"))

    slack.command(asker, "ops", "/deploy", "start v1.4.1")
    slack.wait("incidents", says("Clear to deploy", "v1.4.1"))
    world.database.execute('TRUNCATE "User"')
    lost = deployment(world, "finish", "--json")
    assert (lost.code, lost.data["stage"]) == (1, "closed"), lost
    assert "rows.zero" in lost.data["harm"]
    assert "WRONG AFTERWARDS: rows.zero" in deployment(world, "history").output


def test_two_people_say_in_slack_what_a_terminal_asks(world: World) -> None:
    slack = world.slack
    asker, _ = protected(world)
    assert deployment(world, "freeze", "--reason", "we look for the cause").code == 0
    slack.wait("incidents", says("frozen", "we look for the cause"))
    world.database.execute('TRUNCATE "User"')
    thaw = deployment(world, "thaw", "--reason", "it is meant", "--no-wait", "--json")
    assert (thaw.code, thaw.data["kind"], thaw.data["needed"]) == (5, "thaw", 2), thaw
    request = slack.wait("ops", says("Thaw requested", "it is meant"))
    approve(world, request, 0)
    approve(world, request, 1)
    assert secondkey("request", "wait", thaw.data["id"], config=world.config).code == 0
    assert deployment(world, "status", "--json").data["frozen"] == []

    words = ("deployment", "override", "v1.4.0", "--reason", "it is meant", "--json")
    with begun(world, *words) as process:
        said_until(process, "waits in #ops")
        request = slack.wait("ops", says("Override requested", "The gate says no"))
        approve(world, request, 0)
        approve(world, request, 1)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    result = json.loads(output)
    assert (result["kind"], result["state"], len(result["approved_by"])) == ("override", "used", 2)
    slack.command(asker, "ops", "/deploy", "start v1.4.0")
    slack.wait("incidents", says("Overridden", "v1.4.0"))
