"""`secondkey rehearse` as pipelines run it: a release's own command on a copy, nothing in production."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.postgres.installation import embedded
from bot.postgres.server import Server
from tests import servers
from tests.e2e.conftest import CONFIGURATION, TABLES
from tests.e2e.terminal import Finished, secondkey
from tests.servers import Database
from tests.waiting import until

PASSWORD = "correct-horse"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A protected database whose application has a login of its own."""

    config: Path
    database: Database
    login: str
    #: the backup to rehearse on
    backup_id: str

    @property
    def url(self) -> str:
        port = self.database.server.port
        return f"postgresql://{self.login}:{PASSWORD}@127.0.0.1:{port}/{self.database.name}?schema=public"

    def rehearse(self, *words: str, statements: str = "SELECT 1", **environment: str) -> Finished:
        """Rehearse a migration that is a few statements, by the first thing that a pipeline has at hand."""
        script = (
            "import os, psycopg; from urllib.parse import urlsplit\n"
            "url = os.environ['DATABASE_URL'].partition('?')[0]\n"
            "print('migrating', url)\n"
            f"psycopg.connect(url, autocommit=True).execute({statements!r})\n"
        )
        given = {"DATABASE_URL": self.url, **environment}
        options = ("rehearse", "v1.4.0", *words, "--", sys.executable, "-c", script)
        return secondkey(*options, config=self.config, **given)


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Server, state_server: Server
) -> Iterator[Project]:
    database, state = servers.new_database(postgres_server), servers.new_state(state_server)
    login = servers.make_role(postgres_server, f"LOGIN PASSWORD '{PASSWORD}'")
    database.execute(f"ALTER DATABASE {database.name} OWNER TO {login}")
    database.execute(TABLES)
    for table in ("User", "Plan", "Session"):
        database.execute(f'ALTER TABLE "{table}" OWNER TO {login}')
    config = tmp_path_factory.mktemp("rehearse") / "secondkey.toml"
    text = CONFIGURATION.format(api="http://127.0.0.1:9/api/", state=state.dsn, dsn=database.dsn, more="")
    config.write_text(text.replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', ""))
    assert secondkey("verify", "accept", config=config).code == 0
    made = secondkey("backup", "--json", config=config).data
    assert (made["level"], made["health"]) == ("restore-tested", "healthy")
    yield Project(config=config, database=database, login=login, backup_id=made["id"])
    servers.drop_database(database)
    servers.drop_database(state)


def test_a_migration_is_tried_on_a_copy_and_what_it_did_is_told(project: Project) -> None:
    done = project.rehearse("--json", statements='ALTER TABLE "User" ADD COLUMN email text')
    assert done.code == 0, done.errors
    said = done.data
    assert (said["backup"], said["release"], said["verdict"]) == (project.backup_id, "v1.4.0", "warn")
    assert (said["ran"], said["came"], said["command_exit"], said["lost"]) == (True, True, 0, [])
    assert said["counts"]["public.User"] == [12, 12]
    assert said["login"] == project.login
    assert said["schema"]["objects"] == ["TABLE public.User"]
    assert "+    email text" in said["schema"]["diff"]
    assert {found["code"] for found in said["findings"]} == {"schema.changed"}
    assert "email" not in str(project.database.execute('SELECT * FROM "User" LIMIT 1'))
    assert f"migrating postgresql://{project.login}:[redacted]@127.0.0.1:" in done.errors
    assert PASSWORD not in done.output + done.errors
    noted = secondkey("audit", "--json", config=project.config).data[0]
    assert (noted["action"], noted["subject"]) == ("rehearsal.done", "projectledger")
    assert noted["detail"]["backup"] == project.backup_id


def test_people_read_what_it_did_and_how_long_it_kept_others_out(project: Project) -> None:
    statements = 'BEGIN; ALTER TABLE "Plan" ADD COLUMN price int; SELECT pg_sleep(0.5); COMMIT'
    done = project.rehearse(statements=statements)
    assert done.code == 0, done.errors
    assert f"v1.4.0 ran on a copy of {project.backup_id}: " in done.output
    assert "no row lost, longest lock Plan " in done.output
    assert "(reads and writes)" in done.output
    assert "  applied   no migration" in done.output
    assert "    +    price integer" in done.output


def test_lost_rows_fail_a_command_that_says_it_went_well(project: Project) -> None:
    done = project.rehearse(statements='DELETE FROM "User" WHERE id > 5')
    assert done.code == 1, done.errors
    assert (
        f"release.rehearsal-lost-rows  User  on a copy of {project.backup_id} User 12 → 5 (−58 %)"
        in done.output
    )
    assert project.database.execute('SELECT count(*) FROM "User"') == [(12,)]


def test_a_command_that_fails_keeps_its_own_exit_code(project: Project) -> None:
    done = secondkey(
        "rehearse", "v1.4.0", "--", "sh", "-c", "echo P3009 >&2; exit 9",
        config=project.config, DATABASE_URL=project.url,
    )  # fmt: skip
    assert done.code == 9
    assert "P3009" in done.errors
    assert (
        f"release.rehearsal-failed  command  on a copy of {project.backup_id} it ended with exit code 9"
        in done.output
    )


def test_a_command_that_looks_elsewhere_has_not_passed(project: Project) -> None:
    done = secondkey("rehearse", "v1.4.0", "--json", "--", "true", config=project.config)
    assert (done.code, done.data["command_exit"], done.data["came"]) == (1, 0, False)
    assert [found["code"] for found in done.data["findings"]] == ["release.rehearsal-failed"]


def test_without_a_good_backup_there_is_nothing_to_rehearse_on(
    project: Project, tmp_path: Path, state_server: Server
) -> None:
    state, config = servers.new_state(state_server), tmp_path / "secondkey.toml"
    config.write_text(CONFIGURATION.format(api="", state=state.dsn, dsn=project.database.dsn, more=""))
    text = config.read_text().replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', "")
    config.write_text(text.replace('api_url = ""\n', ""))
    none = secondkey("rehearse", "v1.4.0", "--json", "--", "true", config=config)
    assert (none.code, none.data["error"]) == (3, "no-rehearsal"), none.errors
    servers.drop_database(state)


def test_what_cannot_be_run_is_said_before_anything_is_restored(project: Project) -> None:
    missing = secondkey("rehearse", "v1.4.0", "--json", "--", "prisma-from-nowhere", config=project.config)
    assert (missing.code, missing.data["error"]) == (2, "not-found")
    assert "restoring" not in missing.errors
    mysql = project.rehearse(DATABASE_URL="mysql://app:hunter22@db/x")
    assert mysql.code == 2
    assert "DATABASE_URL does not hold the URL of a PostgreSQL database" in mysql.errors
    assert "hunter22" not in mysql.errors
    assert secondkey("rehearse", "v1.4.0", config=project.config).code == 2
    assert secondkey("rehearse", "<!channel>", "--", "true", config=project.config).code == 2


def test_a_named_backup_is_taken_and_an_unknown_one_is_not(project: Project) -> None:
    assert project.rehearse("--backup", "B-20200101-000000-aaaa").code == 2
    named = project.rehearse("--backup", project.backup_id, "--database", "projectledger", "--json")
    assert (named.code, named.data["backup"]) == (0, project.backup_id)


def test_a_command_that_hangs_is_ended_and_what_it_had_locked_is_free_again(project: Project) -> None:
    hanging = 'BEGIN; LOCK TABLE "User"; SELECT pg_sleep(100)'
    done = project.rehearse("--max-wait", "3s", "--json", statements=hanging)
    assert (done.code, done.data["ended_by"], done.data["came"]) == (124, "limit", True)
    assert done.data["counts"]["public.User"] == [12, 12]
    assert [held["table"] for held in done.data["locks"]] == ["public.User"]
    assert done.data["locks"][0]["seconds"] > 1


def test_the_command_knows_no_way_to_production(project: Project) -> None:
    port = project.database.server.port
    leading = {
        "DIRECT_URL": project.url,
        "DB_PASSWORD": PASSWORD,
        "PGHOST": "127.0.0.1",
        "SLACK_WEBHOOK": "https://hooks.example/x",
        "LEDGER_DSN": f"host=127.0.0.1 port={port} dbname={project.database.name}",
    }
    kept = {"NODE_ENV": "production", "MIGRATE_TOKEN": "kept-but-not-shown"}
    done = secondkey(
        "rehearse", "v1.4.0", "--json", "--url-env", "LEDGER_URL", "--", "env",
        config=project.config, LEDGER_URL=project.url, **leading, **kept,
    )  # fmt: skip
    seen = dict(line.split("=", 1) for line in done.data["output"].splitlines())
    assert set(done.data["removed_variables"]) >= leading.keys()
    assert not seen.keys() & {"DIRECT_URL", "DB_PASSWORD", "SLACK_WEBHOOK", "LEDGER_DSN", "SECONDKEY_CONFIG"}
    assert (seen["PGDATABASE"], seen["PGUSER"], seen["NODE_ENV"]) == ("restored", project.login, "production")
    assert seen["LEDGER_URL"].startswith(f"postgresql://{project.login}:[redacted]@127.0.0.1:")
    assert seen["LEDGER_URL"].endswith(f":{seen['PGPORT']}/restored?schema=public")
    assert seen["PGPORT"] != str(port)
    assert seen["MIGRATE_TOKEN"] == seen["PGPASSWORD"] == "[redacted]"
    assert (done.code, done.data["came"]) == (1, False)


def test_what_psql_finds_without_any_connection_string_is_the_copy(project: Project) -> None:
    psql = str(embedded().program("psql"))
    done = secondkey(
        "rehearse", "v1.4.0", "--", psql, "-c", 'ALTER TABLE "Plan" RENAME TO plans', config=project.config
    )
    assert done.code == 0, done.errors
    assert "ALTER TABLE" in done.errors
    assert "  rows      public.plans - → 3" in done.output
    assert "no row lost" in done.output


def test_ctrl_c_ends_the_command_and_leaves_nothing_of_the_copy(project: Project) -> None:
    command = ["rehearse", "v1.4.0", "--", "sh", "-c", "echo $$ is at work; sleep 100"]
    environment = {**os.environ, "SECONDKEY_CONFIG": str(project.config)}
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *command], stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stderr is not None
        line = next(line for line in running.stderr if line.endswith("is at work\n"))
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
    assert running.returncode == 1
    assert "the rehearsal was stopped; nothing of the copy is left, and production was not touched" in rest
    until(lambda: not Path(f"/proc/{line.split()[0]}").exists())
    assert list((project.config.parent / "scratch").iterdir()) == []
