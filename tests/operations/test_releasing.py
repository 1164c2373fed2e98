"""`secondkey deploy`, within one process: its window is watched while the command runs, and always closed."""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot import deployment_report, releasing
from bot.domain.deploying.deployment import Stage
from bot.errors import CommandFailed, Refused, UsageError
from bot.operations.deploying import ending, starting, watching, windows
from bot.postgres.server import Server
from bot.releasing import Order, Released
from tests.operations.conftest import NAME
from tests.operations.nights import MARA, PRIYA, Night, a_night
from tests.operations.test_deployment import HISTORY, INIT, RELEASE, apply, granted, load, of_a_release
from tests.waiting import until

URL = "postgresql://app:s3cret-word@db.example.org/ledger"


@pytest.fixture
def night(
    postgres_server: Server, own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Night]:
    """Its history knows one migration; the watch looks often."""
    monkeypatch.setattr(watching, "EVERY", 0.1)
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.live.execute(HISTORY)
        apply(night, "20250101_init", INIT)
        night.live.execute("GRANT SELECT ON _prisma_migrations TO PUBLIC")
        night.protect()
        yield night


class Pipeline:
    """Runs a release's command, with a folder of its own."""

    def __init__(self, night: Night, folder: Path) -> None:
        self.night, self.folder = night, folder
        self.migrations = of_a_release(folder).migrations
        self.said: list[str] = []
        self.on_line: Callable[[str], object] = self.said.append
        self.watch: Callable[[str], object] = lambda _: None

    def run(self, *argv: str, release: str = RELEASE, limit: float = 60, **environment: str) -> Released:
        order = Order(
            database=NAME,
            release=release,
            argv=argv,
            environ={"PATH": os.environ["PATH"], "DSN": self.night.live.dsn, **environment},
            url_variable="DATABASE_URL",
            migrations=self.migrations,
            max_wait=timedelta(seconds=limit),
        )
        return releasing.deploy(self.night.services, order, self.watch, self.on_line)

    def python(self, script: str) -> Released:
        return self.run(sys.executable, "-c", f"import os, time, psycopg, pathlib\n{script}")


@pytest.fixture
def pipeline(night: Night, tmp_path: Path) -> Pipeline:
    return Pipeline(night, tmp_path)


def alarms(night: Night) -> list[tuple[str, list[str]]]:
    """What each was about, and its codes."""
    with night.services.store.transaction() as connection:
        rows = connection.execute("SELECT detail FROM audit_log WHERE action = 'alert.opened'").fetchall()
    return [(detail["cause"], detail["codes"]) for (detail,) in rows]


DAMAGE = {
    "rows": ('TRUNCATE "User" CASCADE', "rows.zero"),
    "a table": ('DROP TABLE "User" CASCADE', "schema.missing-table"),
    "history": ("TRUNCATE _prisma_migrations", "history.empty"),
    "the database itself": ("", "identity.recreated"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_alarmed_about_once_and_before_the_command_has_ended(
    night: Night, pipeline: Pipeline, tmp_path: Path, damage: str
) -> None:
    statement, code = DAMAGE[damage]
    seen = tmp_path / "seen"
    told = Thread(target=lambda: (until(lambda: alarms(night)), seen.touch()))
    told.start()
    if not statement:
        name, server = night.live.name, night.place.of("postgres").dsn
        begin = (
            f"with psycopg.connect({server!r}, autocommit=True) as c:\n"
            f"  c.execute('DROP DATABASE {name} WITH (FORCE)'); c.execute('CREATE DATABASE {name}')\n"
        )
    else:
        begin = f"psycopg.connect(os.environ['DSN'], autocommit=True).execute({statement!r})\n"
    done = pipeline.python(
        f"{begin}seen = pathlib.Path({str(seen)!r})\n"
        "while not seen.exists(): time.sleep(0.05)\n"
        "time.sleep(0.5)"
    )
    told.join()
    assert (done.exit_code, done.ended is not None and done.ended.code) == (1, 0)
    found = dict(alarms(night))
    assert any(code in codes for codes in found.values())
    assert len(found) == len(alarms(night))


def test_a_migration_that_holds_its_locks_for_long_is_neither_alarmed_about_nor_held_up(
    night: Night, pipeline: Pipeline
) -> None:
    done = pipeline.python(
        "with psycopg.connect(os.environ['DSN']) as c:\n"
        "  c.execute('LOCK TABLE \"User\", _prisma_migrations IN ACCESS EXCLUSIVE MODE'); time.sleep(3)\n"
        "for n in range(20):\n"
        "  with psycopg.connect(os.environ['DSN']) as c:\n"
        "    c.execute(\"SET lock_timeout = '1s'\")\n"
        "    c.execute(f'ALTER TABLE \"User\" ADD COLUMN c{n} int')\n"
    )
    assert (done.exit_code, alarms(night)) == (0, []), pipeline.said


@pytest.mark.parametrize(
    ("script", "limit", "code"),
    [("kill -KILL $$", 60, 137), ("sleep 60", 0.5, 124), ("sleep 60 & exit 0", 60, 0), ("exit 9", 60, 9)],
)
def test_however_the_command_ends_its_window_is_closed(
    night: Night, pipeline: Pipeline, script: str, limit: float, code: int
) -> None:
    done = pipeline.run("sh", "-c", script, limit=limit)
    assert (done.exit_code, done.deployment.stage) == (code, Stage.CLOSED)
    assert pipeline.run("true", release="v1.4.1").exit_code == 0


def test_a_command_that_cannot_be_started_shows_no_secret_of_its_arguments(
    night: Night, pipeline: Pipeline
) -> None:
    with pytest.raises(CommandFailed) as failed:
        pipeline.run("no-such-migrator", URL)
    assert "s3cret-word" not in str(failed.value)
    assert pipeline.run("true", release="v1.4.1").exit_code == 0


def test_no_secret_is_in_the_output_the_thread_or_the_summary(night: Night, pipeline: Pipeline) -> None:
    script = f"echo {URL}; echo word s3cret-word; echo $API_TOKEN; printf '\\377\\000binary'; exit 1"
    done = pipeline.run("sh", "-c", script, SECOND_URL=URL, API_TOKEN="tok-123456")
    with night.services.store.transaction() as connection:
        everything = str(connection.execute("SELECT text, blocks::text FROM outbox").fetchall())
        everything += str(connection.execute("SELECT detail::text FROM audit_log").fetchall())
        everything += str(connection.execute("SELECT request::text, result::text FROM operations").fetchall())
    for said in (str(pipeline.said), everything, deployment_report.markdown(done)):
        assert "s3cret-word" not in said
        assert "tok-123456" not in said
    assert "[redacted]" in str(pipeline.said)
    assert "binary" in everything


def test_a_pipeline_that_was_overridden_runs_once(night: Night, pipeline: Pipeline) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    blocked = pipeline.run("true")
    assert (blocked.exit_code, blocked.ended) == (3, None)
    granted(night)
    opened = pipeline.run("true")
    assert (opened.exit_code, opened.deployment.overridden_by) == (0, (MARA, "U00000002"))
    assert "It was overridden" in deployment_report.markdown(opened)
    assert pipeline.run("true").exit_code == 3


def test_a_replica_whose_first_was_killed_reports_that_and_runs_nothing(
    night: Night, pipeline: Pipeline
) -> None:
    first = starting.request(
        night.services,
        NAME,
        RELEASE,
        "cli:ci",
        starting.Source(migrations=pipeline.migrations),
        attended=True,
    )
    night.run(first)
    with night.services.store.transaction() as connection:
        connection.execute("UPDATE deployments SET beat_at = now() - interval '119 seconds'")
    second = pipeline.run("sh", "-c", "echo never")
    assert (second.exit_code, second.ended, second.deployment.stage) == (1, None, Stage.LOST)
    assert pipeline.said == []
    assert load(night, first.id).stage is Stage.LOST


def test_a_window_that_a_restore_ended_meanwhile_is_not_reported_as_deployed(
    night: Night, pipeline: Pipeline
) -> None:
    def ended(_line: str) -> None:
        with night.services.store.transaction() as connection:
            windows.end_by_restore(night.services, connection, NAME, PRIYA)

    pipeline.on_line = ended
    done = pipeline.run("echo", "applied")
    assert (done.exit_code, done.deployment.stage) == (1, Stage.ABORTED)
    assert "Ended by a restore" in night.shown(done.deployment.id)


@pytest.mark.parametrize(
    "password", ["pa#ss1234", "pa/ss1234", "12/ss1234", "pa?ss1234", "pa@ss1234", "pa%ss1234", "%00ss1234"]
)
def test_a_connection_string_whose_password_was_not_encoded_is_refused_without_it(
    pipeline: Pipeline, password: str
) -> None:
    with pytest.raises(UsageError, match="does not hold the URL") as refused:
        pipeline.run("true", DATABASE_URL=f"postgresql://app:{password}@127.0.0.1:1/db")
    assert "ss1234" not in str(refused.value)
    assert "%2F" in refused.value.hint


@pytest.mark.parametrize(
    "said",
    [
        "schema=wrong",
        "currentSchema=wrong",
        "options=-c%20search_path%3Dwrong",
        "options=-csearch_path%3D%22%24user%22%2Cwrong%2Cpublic",
    ],
)
def test_another_schema_blocks_however_the_connection_string_names_it(
    night: Night, pipeline: Pipeline, said: str
) -> None:
    done = pipeline.run("true", DATABASE_URL=url_of(night, said))
    assert done.exit_code == 3
    assert "schema wrong" in deployment_report.markdown(done)


@pytest.mark.parametrize("said", ["", "schema=public", "options=-c%20search_path%3D%22%24user%22%2Cpublic"])
def test_the_schema_in_which_the_migrations_lie_passes(night: Night, pipeline: Pipeline, said: str) -> None:
    done = pipeline.run("true", DATABASE_URL=url_of(night, said))
    assert done.exit_code == 0, deployment_report.markdown(done)


def url_of(night: Night, query: str) -> str:
    options = conninfo_to_dict(night.live.dsn)
    place = urlencode({name: options[name] for name in ("host", "port", "user") if name in options})
    return f"postgresql:///{options['dbname']}?{place}&{query}"


def test_a_replica_of_a_gate_that_was_shut_says_why(night: Night, pipeline: Pipeline) -> None:
    night.live.execute('TRUNCATE "User" CASCADE')
    source = starting.Source(migrations=pipeline.migrations)
    first = starting.request(night.services, NAME, RELEASE, "cli:ci", source, attended=True)
    pipeline.watch = lambda _: night.carry_out_id(first.id)
    second = pipeline.run("true")
    assert (second.exit_code, second.deployment.id) == (3, first.id)
    told = deployment_report.as_json(second)
    assert (told["verdict"], told["ran"]) == ("block", False)
    assert "rows.zero" in {each["code"] for each in told["findings"]}


def test_a_release_that_is_given_up_while_its_command_runs_ends_that_command(
    night: Night, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "BEAT", 0.1)

    def give_up(_line: str) -> None:
        with pytest.raises(Refused, match="its end closes the window"):
            ending.finish(night.services, NAME, PRIYA)
        night.run(ending.abort(night.services, NAME, "it hangs", PRIYA))

    pipeline.on_line = give_up
    done = pipeline.run("sh", "-c", "echo begun; sleep 60", limit=30)
    assert (done.exit_code, done.deployment.stage) == (130, Stage.ABORTED)
    assert f"Closed by <@{PRIYA}>: it hangs" in night.shown(done.deployment.id)
