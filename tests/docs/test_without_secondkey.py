"""The commands of docs/without-secondkey.md, run as they stand there, against real backups."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.app import open_services
from bot.config import load
from bot.domain.backup import Kind
from bot.operations import runner
from bot.operations.services import Services
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from tests import servers
from tests.operations.conftest import CONFIGURATION, NAME
from tests.operations.working import ask_backup
from tests.postgres.protected import LEDGER, Protected, protected
from tests.postgres.reading import session

PAGE = (Path(__file__).parents[2] / "docs" / "without-secondkey.md").read_text()
#: What only a superuser restores, what no dump of one database holds, and what an application has.
MORE = """
    CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    ALTER FUNCTION noticed() OWNER TO {owner};
    CREATE EVENT TRIGGER audit_ddl ON ddl_command_end EXECUTE FUNCTION noticed();
    COMMENT ON EVENT TRIGGER audit_ddl IS 'who changed it';
    CREATE PUBLICATION everything FOR ALL TABLES;
    CREATE EXTENSION citext;
    GRANT SELECT ON "User" TO {reader};
    CREATE SCHEMA "my schema" AUTHORIZATION {owner};
    SET ROLE {owner};
    CREATE TABLE "it's odd" (a int);
    CREATE TABLE "my schema".invoice AS SELECT generate_series(1, 40) AS id;
    CREATE VIEW "my schema".totals AS SELECT count(*) FROM "my schema".invoice;
    RESET ROLE;
    ALTER DATABASE {live} SET search_path TO "my schema", public;
    ALTER DATABASE {live} SET application_name TO 'it''s = ours';
    ALTER DATABASE {live} SET "app.motto" TO 'set by a superuser';
    REVOKE CONNECT ON DATABASE {live} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {live} TO {reader};
    COMMENT ON DATABASE {live} IS 'the ledger';
"""


@pytest.fixture
def place(postgres_server: Server) -> Iterator[Protected]:
    with protected(postgres_server, embedded()) as made:
        made.as_owner(LEDGER)
        yield made


@pytest.fixture
def reader(place: Protected, make_role: Callable[..., str]) -> Iterator[str]:
    """Somebody who was given rights, in a database that has more than tables."""
    name = make_role("LOGIN")
    names = {"owner": place.owner, "live": place.database.name, "reader": name}
    place.database.execute(MORE.format(**{key: quoted(value) for key, value in names.items()}))
    yield name
    for each in (place.database, aside(place)):
        if place.oid(each.name) is not None:
            servers.drop_database(each)
    place.superuser(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def services(place: Protected, state_server: Server, tmp_path: Path) -> Iterator[Services]:
    state = servers.new_database(state_server)
    config = tmp_path / "secondkey.toml"
    config.write_text(CONFIGURATION.format(state=state.dsn, dsn=place.dsn, more='lock_wait = "1s"'))
    with open_services(load(config, {}, need_slack=False)) as opened:
        yield opened
    servers.drop_database(state)


def aside(place: Protected) -> servers.Database:
    return place.of(f"{place.database.name}_before")


def backed_up(services: Services, kind: Kind = Kind.MANUAL) -> Path:
    """The archive of a backup that Secondkey made."""
    operation = ask_backup(services, kind)
    assert runner.run(services, operation.id) is None
    return services.repository.root / NAME / f"{operation.request['backup_id']}.dump"


def follow(place: Protected, archive: Path, *steps: int) -> "subprocess.CompletedProcess[str]":
    """Type the commands of these steps into one bash that gives up at the first that fails."""
    typed = "".join(_commands(step) for step in steps)
    door = conninfo_to_dict(place.dsn)
    said = {
        "BACKUPS": archive.parent,
        "BACKUP": archive.stem,
        "LIVE": place.database.name,
        "BESIDE": f"{place.database.name}_restored",
        "ASIDE": aside(place).name,
        "PGHOST": door["host"],
        "PGPORT": door["port"],
        "PGUSER": place.bot,
    }
    for name, value in said.items():
        typed = re.sub(rf"^export {name}=.*$", f"export {name}='{value}'", typed, flags=re.MULTILINE)
    path = f"{place.programs.directory}:{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", typed],
        env={"PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _commands(step: int) -> str:
    """What is indented in this step."""
    section = PAGE.split("\n## ")[step]
    assert section.startswith(f"{step}. ")
    return "".join(f"{line}\n" for line in re.findall(r"^    (.*)$", section, re.MULTILINE))


def test_a_lost_database_comes_back_by_the_page_alone(
    services: Services, place: Protected, reader: str
) -> None:
    archive = backed_up(services)
    place.database.execute('TRUNCATE "User"; DROP TABLE "my schema".invoice CASCADE')

    done = follow(place, archive, 2, 3, 4, 5, 6, 7, 8)
    assert done.returncode == 0, done
    assert "restore-tested" in done.stdout
    assert done.stdout.count("Signature Verified Successfully") == 2
    assert f"{archive.name}: OK" in done.stdout
    assert services.repository.keys.fingerprint.removeprefix("SHA256:") in done.stdout
    left_out = re.findall(r"^< \S+ \d+ \d+ (.*) - ", done.stdout, re.MULTILINE)
    assert sorted(left_out) == ["COMMENT", "COMMENT", "EVENT TRIGGER", "PUBLICATION"]
    assert done.stdout.count("|equal\n") == 3
    assert ("DIFFERENT" in done.stdout, "NOT THERE" in done.stdout) == (False, False)

    assert place.database.execute('SELECT count(*) FROM "User"') == [(500,)]
    assert place.database.execute("SELECT count FROM totals") == [(40,)]
    assert place.database.execute("SHOW application_name") == [("it's = ours",)]
    assert (
        done.stderr.count("ERROR") == done.stderr.count('permission denied to set parameter "app.motto"') == 1
    )
    assert place.superuser(
        "SELECT pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'),"
        " has_database_privilege(%s, oid, 'CONNECT'), has_database_privilege('public', oid, 'CONNECT')"
        " FROM pg_database WHERE datname = %s",
        [reader, place.database.name],
    ) == [(place.owner, "the ledger", True, False)]
    assert aside(place).execute("SHOW default_transaction_read_only") == [("on",)]
    assert aside(place).execute('SELECT count(*) FROM "User"') == [(0,)]


def test_on_a_server_that_lacks_a_role_its_statement_is_printed(
    services: Services, place: Protected, reader: str
) -> None:
    archive = backed_up(services)
    place.database.execute(f"DROP OWNED BY {reader}; DROP ROLE {reader}")
    asked = follow(place, archive, 2, 3, 4, 5)
    (statement,) = re.findall(r"^CREATE ROLE .*$", asked.stdout, re.MULTILINE)
    assert statement == f'CREATE ROLE {reader}; -- had: ["login"], member of: []'
    assert "is not there" not in asked.stderr
    refused = follow(place, archive, 2, 3, 4, 6)
    assert refused.returncode != 0
    assert place.database.execute('SELECT count(*) FROM "User"') == [(500,)]
    place.superuser(f'DROP DATABASE "{place.database.name}_restored"')
    place.superuser(statement)
    assert follow(place, archive, 2, 3, 4, 6).returncode == 0
    place.superuser(f'DROP DATABASE "{place.database.name}_restored"')


def test_an_emergency_backup_comes_back_without_what_was_left_out(
    services: Services, place: Protected, reader: str
) -> None:
    lock = 'LOCK TABLE "my schema".invoice IN ACCESS EXCLUSIVE MODE'
    with session(place.database.dsn, lock):
        archive = backed_up(services, Kind.EMERGENCY)
    done = follow(place, archive, 2, 3, 4, 5, 6, 7)
    assert done.returncode == 0, done
    assert '"kind": "emergency"' in done.stdout
    assert re.findall(r"^.*NOT THERE$", done.stdout, re.MULTILINE) == ['["my schema", "invoice"]||NOT THERE']
    assert place.database.execute('SELECT count(*) FROM "User"') == [(500,)]


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        (".dump", "FAILED"),
        (".json", "Signature Verification Failure"),
        (".proof.json", "Signature Verification Failure"),
    ],
)
def test_what_was_changed_stops_before_any_program_of_postgresql_opens_it(
    services: Services, place: Protected, suffix: str, said: str
) -> None:
    archive = backed_up(services)
    changed = archive.with_name(archive.stem + suffix)
    changed.write_bytes(changed.read_bytes() + b" ")
    done = follow(place, archive, 2, 3, 4)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
