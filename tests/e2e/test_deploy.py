"""`secondkey deploy` as a pipeline runs it: the gate, the release's own command, and the report."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.config import load
from bot.postgres.server import Server
from tests import servers
from tests.e2e.conftest import CONFIGURATION, TABLES
from tests.e2e.terminal import Finished, secondkey
from tests.servers import Database
from tests.waiting import until

FRESH = '{backup = "fresh"}'


@pytest.fixture(scope="module")
def protected(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, state_server: Server
) -> Iterator[tuple[Path, Database]]:
    """An adopted database with a backup that is fresh enough."""
    folder = tmp_path_factory.mktemp("deploy")
    database, state = servers.new_database(postgres_server), servers.new_state(state_server)
    database.execute(TABLES)
    path = folder / "secondkey.toml"
    content = CONFIGURATION.format(
        api="http://127.0.0.1:9/api/", state=state.dsn, dsn=database.dsn, more=f"deploy = {FRESH}"
    )
    path.write_text(content.replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', ""))
    assert secondkey("verify", "accept", config=path).code == 0
    assert secondkey("backup", config=path).code == 0
    yield path, database
    servers.drop_database(database)
    servers.drop_database(state)


@pytest.fixture
def database(protected: tuple[Path, Database]) -> Iterator[Database]:
    """Its users are back after each test, and what was frozen for their loss is thawed."""
    yield protected[1]
    state = load(protected[0], {}, need_slack=False).state.dsn
    assert state is not None
    with psycopg.connect(state.get_secret_value()) as connection:
        connection.execute("DELETE FROM freezes")
    protected[1].execute('TRUNCATE "User"')
    protected[1].execute("""INSERT INTO "User" (name) SELECT 'user ' || n FROM generate_series(1, 12) n""")


@pytest.fixture
def config(protected: tuple[Path, Database], database: Database) -> Path:
    return protected[0]


def deploy(config: Path, sql: str, *options: str, release: str = "v1.4.0", **environment: str) -> Finished:
    """Deploy a release whose command runs this SQL where its connection string leads."""
    script = f"import os, psycopg; psycopg.connect(os.environ['APP_URL'], autocommit=True).execute({sql!r})"
    command = ("--", sys.executable, "-c", script)
    return secondkey(
        "deploy", release, "--url-env", "APP_URL", "--json", *options, *command, config=config, **environment
    )


def test_a_release_that_is_in_order_runs_between_two_looks(
    config: Path, database: Database, tmp_path: Path
) -> None:
    summary = tmp_path / "report.md"
    done = deploy(config, "CREATE TABLE vat (id int)", "--summary", str(summary), APP_URL=url(database))
    assert done.code == 0, done.errors
    data = done.data
    assert (data["ran"], data["command_exit"], data["stage"], data["light"]) == (True, 0, "closed", "clear")
    assert (data["verdict"] in {"pass", "warn"}, data["harm"]) == (True, [])
    report = summary.read_text()
    for word in ("Deployed", "v1.4.0", "new → 0", "- [x] counts compared", "- [ ] application tested"):
        assert word in report


def test_the_incident_is_stopped_before_the_command_runs(config: Path, database: Database) -> None:
    database.execute('TRUNCATE "User"')
    done = deploy(config, "CREATE TABLE never (id int)", release="v1.3.0", APP_URL=url(database))
    assert (done.code, done.data["ran"], done.data["command_exit"]) == (3, False, None)
    assert "rows.zero" in {found["code"] for found in done.data["findings"]}
    assert database.execute("SELECT to_regclass('never')") == [(None,)]


def test_a_command_that_ends_well_and_loses_data_is_a_failure(config: Path, database: Database) -> None:
    done = deploy(config, 'TRUNCATE "User"', APP_URL=url(database))
    assert (done.code, done.data["command_exit"]) == (1, 0)
    assert "rows.zero" in done.data["harm"]


def test_a_command_that_fails_gives_its_own_exit_code_and_its_window_is_closed(config: Path) -> None:
    failing = (sys.executable, "-c", "import sys; print('no such table'); sys.exit(7)")
    done = secondkey("deploy", "v1.4.0", "--json", "--", *failing, config=config)
    assert (done.code, done.data["command_exit"], done.data["stage"]) == (7, 7, "closed")
    assert "no such table" in done.errors
    assert "Failed with exit code 7" in secondkey("deploy", "v1.4.1", "--", *failing, config=config).output


def test_a_command_that_is_not_there_leaves_no_window_behind(config: Path) -> None:
    done = secondkey("deploy", "v1.4.0", "--json", "--", "no-such-migrator", config=config)
    assert done.code == 1
    assert "no-such-migrator" in done.data["reason"]
    assert secondkey("deploy", "v1.4.1", "--", "true", config=config).code == 0


def test_a_summary_that_cannot_be_written_is_refused_before_anything_runs(
    config: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    for summary in (tmp_path / "nowhere" / "report.md", tmp_path):
        done = secondkey(
            "deploy", "v1.4.0", "--json", "--summary", str(summary), "--", "touch", str(ran), config=config
        )
        assert (done.code, done.data["error"]) == (2, "usage"), done
    assert not ran.exists()


def test_a_connection_string_that_leads_to_another_database_is_blocked(
    config: Path, database: Database, postgres_server: Server
) -> None:
    other = servers.new_database(postgres_server)
    done = deploy(config, "CREATE TABLE never (id int)", APP_URL=url(other))
    assert (done.code, done.data["ran"]) == (3, False)
    (found,) = [each for each in done.data["findings"] if each["code"] == "identity.other-database"]
    assert other.name in found["detail"]
    servers.drop_database(other)


def test_replicas_that_start_together_run_one_migration_and_share_its_end(
    config: Path, database: Database
) -> None:
    database.execute("CREATE TABLE ran (at timestamptz DEFAULT now())")
    sql = "INSERT INTO ran DEFAULT VALUES; SELECT pg_sleep(2)"
    with ThreadPoolExecutor(3) as replicas:
        ended = [replicas.submit(deploy, config, sql, APP_URL=url(database)) for _ in range(3)]
        found = [each.result() for each in ended]
    assert [each.code for each in found] == [0, 0, 0], [each.errors for each in found]
    assert database.execute("SELECT count(*) FROM ran") == [(1,)]
    assert sorted(each.data["ran"] for each in found) == [False, False, True]


def test_whoever_is_interrupted_ends_the_command_and_closes_the_window(
    config: Path, database: Database
) -> None:
    environment = {**os.environ, "SECONDKEY_CONFIG": str(config)}
    hanging = (sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)")
    running = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "deploy", "v1.4.0", "--json", "--", *hanging],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    until(lambda: "begun" in str(running.stderr.readline()))  # type: ignore[union-attr]
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert '"stage": "aborted"' in output


def test_where_it_is_configured_the_command_is_rehearsed_on_a_copy_first(
    config: Path, database: Database
) -> None:
    rehearsing = config.with_name("rehearsing.toml")
    rehearsing.write_text(config.read_text().replace(FRESH, '{backup = "fresh", rehearse = true}'))
    lossy = deploy(rehearsing, 'TRUNCATE "User"', APP_URL=url(database))
    assert (lossy.code, lossy.data["ran"], lossy.data["light"]) == (3, False, "second-person")
    assert "release.rehearsal-lost-rows" in {found["code"] for found in lossy.data["findings"]}
    assert database.execute('SELECT count(*) FROM "User"') == [(12,)]


def test_another_release_has_to_wait(config: Path, database: Database) -> None:
    with ThreadPoolExecutor(1) as first:
        began = first.submit(deploy, config, "SELECT pg_sleep(6)", APP_URL=url(database))
        until(lambda: _running(database))
        second = deploy(config, "SELECT 1", release="v1.5.0", APP_URL=url(database))
        assert began.result().code == 0
    assert (second.code, second.data["error"]) == (3, "window-open")


def test_while_the_bots_state_is_away_the_configuration_says_what_happens(
    tmp_path: Path, postgres_server: Server
) -> None:
    database = servers.new_database(postgres_server)
    database.execute(TABLES)
    config, summary = tmp_path / "secondkey.toml", tmp_path / "report.md"
    content = CONFIGURATION.replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', "")
    places = {"api": "http://127.0.0.1:9/api/", "state": "postgresql://sk:s3cret@127.0.0.1:9/sk"}
    config.write_text(content.format(dsn=database.dsn, more="", **places))
    blocked = deploy(config, "CREATE TABLE never (id int)", APP_URL=url(database))
    assert (blocked.code, blocked.data["error"]) == (3, "state-unreachable")
    assert database.execute("SELECT to_regclass('never')") == [(None,)]
    warn = 'deploy = {on_unreachable = "warn"}'
    config.write_text(content.format(dsn=database.dsn, more=warn, **places))
    sql, token = 'DROP TABLE "Plan"', {"SECONDKEY_SLACK__BOT_TOKEN": "xoxb-1-not-known"}
    done = deploy(config, sql, "--summary", str(summary), APP_URL=url(database), **token)
    data = done.data
    assert (done.code, data["ran"], data["command_exit"], data["light"]) == (1, True, 0, "unjudged")
    assert "schema.missing-table" in data["harm"]
    for said in ("a release runs unjudged", "nobody was told in Slack"):
        assert said in done.errors
    assert "Nobody judged it" in summary.read_text()
    assert not {"s3cret", token["SECONDKEY_SLACK__BOT_TOKEN"]} & set((done.errors + blocked.errors).split())
    servers.drop_database(database)


def url(database: Database) -> str:
    said = conninfo_to_dict(database.dsn)
    server = urlencode({name: said[name] for name in ("host", "port", "user") if name in said})
    return f"postgresql:///{said['dbname']}?{server}"


def _running(database: Database) -> bool:
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%%'"
        ).fetchone()
    return found is not None and found[0] > 0
