"""A release whose gate has nobody to judge it, and whatever else goes away while it runs."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from bot import deployment_report, endings, releasing, unjudged
from bot.config import Settings, load
from bot.config.values import read_duration
from bot.domain.deploying.deployment import Deployment, Stage
from bot.domain.operation import Operation
from bot.errors import Refused
from bot.inline import to_its_end
from bot.operations import attempt
from bot.operations.deploying import starting, windows
from bot.operations.services import leave_to_the_caller
from bot.postgres.server import Server
from bot.releasing import Order, Released, StateUnreachable
from bot.simulator.server import Simulator
from bot.simulator.workspace import demo_workspace
from bot.slack.manifest import manifest
from bot.store import deployments
from bot.store.database import Store
from tests.e2e.people import Slack, says
from tests.e2e.test_deploy import url
from tests.operations.conftest import NAME, Place
from tests.operations.nights import MARA, Night, a_night
from tests.servers import Database

RELEASE = "v1.4.0"
WARN = 'deploy = {on_unreachable = "warn"}'
NOWHERE = "postgresql://secondkey:secret@127.0.0.1:1/secondkey"


def order(*argv: str, **environ: str) -> Order:
    known = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return Order(
        database=NAME,
        release=RELEASE,
        argv=argv,
        environ={**known, **environ},
        url_variable="DATABASE_URL",
        max_wait=read_duration("1m"),
    )


def sql(database: Database, statement: str, code: int = 0) -> tuple[str, ...]:
    """A command that runs this and ends with the code."""
    script = (
        f"import psycopg, sys; print('begun', flush=True); "
        f"psycopg.connect({database.dsn!r}, autocommit=True).execute({statement!r}); sys.exit({code})"
    )
    return sys.executable, "-c", script


@contextmanager
def closed_to_everybody(database: Database) -> Iterator[None]:
    """The protected server answers, and lets nobody into the database."""
    close(database)
    yield
    _allow(database, "true")


def close(database: Database) -> None:
    _allow(database, "false")


def _allow(database: Database, allowed: str) -> None:
    there = Database(server=database.server, name="postgres")
    there.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS {allowed}")
    there.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.name]
    )


@pytest.fixture
def stateless(place: Place) -> Callable[..., Settings]:
    """The configuration of somebody whose state is away."""

    def configured(more: str = WARN, slack: str = "", **changes: str) -> Settings:
        path = place.settings(place.protected, more)
        lines = path.read_text().split("\n")
        lines = [f'dsn = "{NOWHERE}"' if lines[n - 1] == "[state]" else line for n, line in enumerate(lines)]
        path.write_text(slack + "\n".join(lines))
        settings = load(path, {}, need_slack=False)
        if not changes:
            return settings
        database = settings.databases[NAME].model_copy(update=changes)
        return settings.model_copy(update={"databases": {NAME: database}})

    return configured


def deploy(settings: Settings, asked: Order, token: str = "") -> Released:
    return unjudged.deploy(settings, asked, lambda: token, lambda _: None, lambda _: None)


def refused(settings: Settings, asked: Order) -> Refused:
    with pytest.raises(Refused) as caught:
        deploy(settings, asked)
    assert (caught.value.code, endings.exit_code(caught.value)) == ("state-unreachable", 3)
    assert "nothing was run" in caught.value.reason
    assert "secret" not in str(caught.value)
    return caught.value


def test_without_the_bots_state_nothing_is_run(stateless: Callable[..., Settings], place: Place) -> None:
    why = refused(stateless(more=""), order(*sql(place.protected, "CREATE TABLE never (id int)")))
    assert "cannot be reached" in why.reason
    assert "state.dsn" in why.hint
    assert place.protected.execute("SELECT to_regclass('never')") == [(None,)]


def test_where_a_warning_will_do_the_release_runs_and_says_for_good_that_nobody_judged_it(
    stateless: Callable[..., Settings], place: Place, tmp_path: Path
) -> None:
    simulator = Simulator(0, tmp_path / "slack", demo_workspace().with_manifest(manifest()))
    simulator.start()
    settings = stateless(slack=f'[slack]\nchannel = "ops"\napi_url = "{simulator.url}/api/"\n')
    asked = order(*sql(place.protected, "CREATE TABLE vat (id int)"))
    done = deploy(settings, asked, simulator.workspace.bot_token)
    data = deployment_report.as_json(done)
    assert (done.exit_code, data["ran"], data["command_exit"], data["light"]) == (0, True, 0, "unjudged")
    assert (data["stage"], data["harm"]) == ("closed", [])
    for told in (deployment_report.markdown(done), "\n".join(deployment_report.lines(done))):
        for word in ("Deployed unjudged", "Nobody judged it", "cannot be reached", "new → 0"):
            assert word in told
    (announced,) = Slack(simulator.url).messages("ops")
    assert says("Deployed unjudged", RELEASE, "Nobody judged it", "new → 0")(announced)
    deploy(settings, order(*sql(place.protected, 'DROP TABLE "User"')), simulator.workspace.bot_token)
    *_, report, alarm = Slack(simulator.url).messages("ops")
    assert says("data is missing", "Nobody judged it", "schema.missing-table")(report)
    assert says("data is missing after v1.4.0", "schema.missing-table", "/traffic stop ledger")(alarm)
    simulator.stop()


@pytest.mark.parametrize(
    ("statement", "code", "expected", "harm"),
    [
        ('TRUNCATE "User"', 0, 1, ["rows.zero"]),
        ("SELECT 1", 7, 7, []),
    ],
)
def test_what_an_unjudged_release_loses_is_a_failure_and_its_own_failure_stays(
    stateless: Callable[..., Settings],
    place: Place,
    statement: str,
    code: int,
    expected: int,
    harm: list[str],
) -> None:
    done = deploy(stateless(), order(*sql(place.protected, statement, code)))
    assert (done.exit_code, deployment_report.as_json(done)["harm"]) == (expected, harm)


def test_slack_that_is_away_as_well_stops_nothing(stateless: Callable[..., Settings]) -> None:
    settings = stateless(slack='[slack]\nchannel = "ops"\napi_url = "http://127.0.0.1:1/api/"\n')
    assert deploy(settings, order("true"), "xoxb-1").exit_code == 0


@pytest.mark.parametrize(
    "statement",
    ['DROP TABLE "User"', 'TRUNCATE "User"'],
)
def test_a_database_that_may_be_the_wrong_one_is_not_touched_unjudged(
    stateless: Callable[..., Settings], place: Place, statement: str
) -> None:
    place.protected.execute(statement)
    why = refused(stateless(), order(*sql(place.protected, "CREATE TABLE never (id int)")))
    assert "the right database" in why.reason
    assert place.protected.execute("SELECT to_regclass('never')") == [(None,)]


def test_what_the_configuration_alone_tells_blocks_an_unjudged_release(
    stateless: Callable[..., Settings],
) -> None:
    settings = stateless(more=f'{WARN}\nexpect = {{"public.User" = {{ min = 20 }}}}')
    assert "rows.below-floor" in refused(settings, order("true")).reason


def test_a_database_that_cannot_be_read_is_never_touched_unjudged(
    stateless: Callable[..., Settings], place: Place
) -> None:
    with closed_to_everybody(place.protected):
        assert "identity." in refused(stateless(), order("true")).reason


def test_a_connection_string_that_leads_elsewhere_is_not_followed_unjudged(
    stateless: Callable[..., Settings], new_database: Callable[[], Database]
) -> None:
    other = new_database()
    assert other.name in refused(stateless(), order("true", DATABASE_URL=url(other))).reason


@pytest.mark.parametrize("when", ["the gate is open", "begun", "looking what it did"])
def test_a_protected_database_that_goes_away_in_the_middle_never_ends_well(night: Night, when: str) -> None:
    done = deploy_judged(night, order("echo", "begun"), {when: lambda: close(night.live)})
    assert (done.exit_code, done.deployment.stage, done.ended is not None) == (1, Stage.CLOSED, True)
    assert {"identity.unreachable"} <= set(done.deployment.outcome["harm"])


def test_a_protected_database_that_goes_away_before_the_gates_last_look_is_blocked(night: Night) -> None:
    done = deploy_judged(night, order("true"), {"is at the gate": lambda: close(night.live)})
    assert (done.exit_code, done.deployment.stage, done.ended) == (3, Stage.BLOCKED, None)


@pytest.mark.parametrize(("code", "expected"), [(0, 1), (7, 7)])
def test_a_command_is_not_ended_for_the_state_and_what_is_known_is_said(
    night: Night, own_server: Server, hasty: None, code: int, expected: int
) -> None:
    command = order(*sql(night.live, "CREATE TABLE vat (id int)", code))
    with stopped(own_server) as stop:
        done = deploy_judged(night, command, {"begun": stop})
    assert night.live.execute("SELECT to_regclass('vat') IS NOT NULL") == [(True,)]
    data = deployment_report.as_json(done)
    assert (done.exit_code, data["ran"], data["command_exit"]) == (expected, True, code)
    for word in ("Not reported", f"exit code {code}", "not compared", "fallen silent within 2 minutes"):
        assert word in deployment_report.markdown(done)
    with night.services.store.transaction(patience=20) as connection:
        connection.execute("UPDATE deployments SET beat_at = now() - interval '3 minutes'")
    (ended,) = windows.sweep(night.services)
    night.run(ended)
    assert load_deployment(night, done.deployment.id).stage is Stage.LOST


def test_a_state_that_comes_back_soon_after_the_command_gets_its_report(
    night: Night, own_server: Server
) -> None:
    with stopped(own_server) as stop:
        back = Timer(1.5, own_server.start)
        steps = {"begun": stop, "looking what it did": back.start}
        done = deploy_judged(night, order("echo", "begun"), steps)
        back.join()
    assert (done.exit_code, done.deployment.stage) == (0, Stage.CLOSED)


def test_a_state_that_goes_away_before_the_window_is_open_lets_nothing_run(
    night: Night, own_server: Server, hasty: None
) -> None:
    command = order(*sql(night.live, "CREATE TABLE never (id int)"))
    with stopped(own_server) as stop, pytest.raises(StateUnreachable):
        deploy_judged(night, command, {"is at the gate": stop})
    assert night.live.execute("SELECT to_regclass('never')") == [(None,)]


def test_what_the_gate_judged_already_is_never_run_unjudged(
    night: Night, own_server: Server, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    with stopped(own_server) as stop:

        def judge_and_stop(*given: Any) -> Operation:
            judged = to_its_end(*given)
            stop()
            return judged

        monkeypatch.setattr(releasing, "to_its_end", judge_and_stop)
        with pytest.raises(Refused) as caught:
            deploy_judged(night, order("true"), {})
    assert (caught.value.code, type(caught.value)) == ("state-unreachable", Refused)


def test_a_replica_waits_on_for_the_others_report_while_the_state_is_away(
    night: Night, own_server: Server, hasty: None
) -> None:
    other = starting.request(night.services, NAME, RELEASE, "cli:other", attended=True)
    night.run(other)

    def finish() -> None:
        own_server.start()
        night.run(windows.end(night.services, load_deployment(night, other.id), Stage.CLOSED, MARA, exit=0))

    with stopped(own_server) as stop:

        def go_away_for_a_while() -> None:
            stop()
            Timer(2, finish).start()

        done = deploy_judged(night, order("false"), {"waiting for its report": go_away_for_a_while})
    assert (done.exit_code, done.ended, done.deployment.id) == (0, None, other.id)


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.services = replace(night.services, defer=leave_to_the_caller)
        night.protect()
        yield night


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a minute for the state."""
    monkeypatch.setattr(attempt, "PATIENCE", 1.0)
    monkeypatch.setitem(Store.transaction.__wrapped__.__kwdefaults__, "patience", 1.0)  # type: ignore[attr-defined]


@contextmanager
def stopped(server: Server) -> Iterator[Callable[[], None]]:
    """Something that stops it, until the block is left."""
    yield server.stop
    server.start()


def deploy_judged(night: Night, asked: Order, steps: dict[str, Callable[[], object]]) -> Released:
    """Deploy; what happens meanwhile happens at the first line that holds these words."""

    def look(line: str) -> None:
        for words in [each for each in steps if each in line]:
            steps.pop(words)()

    return releasing.deploy(night.services, asked, look, look)


def load_deployment(night: Night, deployment_id: str) -> Deployment:
    with night.services.store.transaction(patience=20) as connection:
        return deployments.load(connection, deployment_id)
