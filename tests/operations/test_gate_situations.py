"""The gate on real databases: the laboratory's situations, and whatever lies in folder and history."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from bot.domain.deploying.deployment import Stage
from bot.domain.deploying.gate import Light
from bot.errors import CommandFailed, NotFound
from bot.operations import accept
from bot.operations.deploying import ending, starting
from bot.operations.deploying.starting import Source
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from tests.operations.conftest import NAME
from tests.operations.nights import MARA, Night, a_night
from tests.operations.test_deployment import HISTORY, codes, load, prisma, start
from tests.waiting import until

INIT = 'CREATE TABLE "User" (id serial PRIMARY KEY, name text);\n'
DROPPING = f'DROP TABLE IF EXISTS "User" CASCADE;\n{INIT}'
STEPS = tuple(f"{number:02}_step" for number in range(2, 23))
ADD_VAT = 'ALTER TABLE "User" ADD COLUMN vat int;\n'


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    """22 migrations are applied; adopted and backed up with them."""
    with a_night(postgres_server, own_server, tmp_path, more='deploy = {backup = "fresh"}') as night:
        night.live.execute(HISTORY)
        night.live.execute("GRANT SELECT ON _prisma_migrations TO PUBLIC")
        apply(night, **migrations())
        night.protect()
        yield night


def migrations(init: str = INIT, *more: str) -> dict[str, str]:
    steps = {name: f"CREATE TABLE t{name[:2]} (id int);\n" for name in STEPS}
    return {"01_init": init, **steps, **dict.fromkeys(more, ADD_VAT)}


def apply(night: Night, **texts: str) -> None:
    rows = ", ".join(
        f"('{name}', '{hashlib.sha256(text.encode()).hexdigest()}', now(), '{name}', 1)"
        for name, text in texts.items()
    )
    columns = "id, checksum, finished_at, migration_name, applied_steps_count"
    night.live.execute(f"INSERT INTO _prisma_migrations ({columns}) VALUES {rows}")  # noqa: S608


def accept_again(night: Night) -> None:
    night.run(accept.request(night.services, NAME, "", MARA, "ops"))


def recreate(night: Night) -> None:
    """Somebody dropped the database and created it again."""
    night.place.superuser(f"DROP DATABASE {night.live.name} WITH (FORCE)")
    night.place.superuser(f"CREATE DATABASE {night.live.name} OWNER {quoted(night.place.owner)}")


def doing(statement: str) -> Callable[[Night], object]:
    return lambda night: night.live.execute(statement)


@dataclass(frozen=True, kw_only=True)
class Situation:
    codes: set[str]
    foretold: str
    happened: Callable[[Night], object] = lambda _: None
    init: str = INIT
    more: tuple[str, ...] = ()
    without: str = ""
    schema: str | None = None
    light: Light = Light.BLOCKED


ENDS_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'secondkey%' AND pid <> pg_backend_pid()
"""
ENDS_WAITING = f"{ENDS_ALL} AND wait_event_type = 'Lock'"
ALL_PENDING = {"history.all-pending"}
SITUATIONS = {
    "healthy, nothing pending": Situation(codes=set(), light=Light.CLEAR, foretold="nothing to do"),
    "one ordinary migration pending": Situation(
        more=("23_add_vat",), codes=set(), light=Light.CLEAR, foretold="applies 1: 23_add_vat"
    ),
    "empty, wrong or freshly reset database": Situation(
        happened=recreate,
        codes={"identity.recreated", "identity.marker-missing", "schema.missing-table", "history.missing"}
        | ALL_PENDING,
        foretold="would re-apply all 22 from 01_init, and succeed on this empty database",
    ),
    "wrong schema in the connection string": Situation(
        schema="wrong", codes={"identity.other-database"}, foretold="succeed in the empty schema wrong"
    ),
    "history dropped": Situation(
        happened=doing("DROP TABLE _prisma_migrations"),
        codes={"history.missing", "schema.missing-table"} | ALL_PENDING,
        foretold="would stop: history missing (P3005)",
    ),
    "history emptied": Situation(
        happened=doing("TRUNCATE _prisma_migrations"),
        codes={"history.empty", "rows.zero"} | ALL_PENDING,
        foretold="would stop at 01_init, which is there already, and be wedged (P3009)",
    ),
    "history emptied, and init begins with dropping": Situation(
        init=DROPPING,
        happened=doing("TRUNCATE _prisma_migrations"),
        codes={"history.empty", "rows.zero", "release.destructive-sql"} | ALL_PENDING,
        foretold="would drop and recreate: all 22 from 01_init, and succeed",
    ),
    "the last five history rows deleted": Situation(
        happened=doing("DELETE FROM _prisma_migrations WHERE migration_name >= '18'"),
        codes={"history.missing"},
        foretold="would stop at 18_step, which is there already, and be wedged (P3009)",
    ),
    "every checksum altered": Situation(
        happened=doing("UPDATE _prisma_migrations SET checksum = repeat('0', 64)"),
        codes={"history.edited"},
        foretold="prisma would not notice 22 files edited after being applied",
    ),
    "a migration that the repository lacks": Situation(
        without="22_step",
        codes={"history.unknown-migration"},
        foretold="prisma would not notice 1 migration in the database that the release lacks",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_each_situation_of_the_laboratory_has_its_light_its_codes_and_its_outcome(
    night: Night, tmp_path: Path, situation: Situation
) -> None:
    release = {**migrations(situation.init, *situation.more)}
    release.pop(situation.without, None)
    situation.happened(night)
    source = Source(migrations=prisma(tmp_path / "release", **release), schema=situation.schema)
    found = start(night, "v1.3.0", source)
    assert (found.light, codes(found)) == (situation.light, situation.codes)
    assert situation.foretold in night.shown(found.id)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder that somebody made of the 22 migrations, and what the gate finds there."""

    make: Callable[[Path], object]
    codes: set[str]
    light: Light = Light.BLOCKED


def write(name: str, content: bytes) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "migration.sql").write_bytes(content)

    return make


def loop(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(folder / name)

    return make


FOLDERS = {
    "edited after it was applied": Folder(make=write("02_step", b"SELECT 2;\n"), codes={"history.edited"}),
    "a file renamed": Folder(
        make=lambda folder: (folder / "22_step").rename(folder / "22_stop"),
        codes={"history.unknown-migration"},
    ),
    "line ends of Windows": Folder(
        make=write("02_step", b"CREATE TABLE t02 (id int);\r\n"), codes=set(), light=Light.CLEAR
    ),
    "a byte order mark before what is pending": Folder(
        make=write("23_more", b"\xef\xbb\xbf" + ADD_VAT.encode()), codes=set(), light=Light.CLEAR
    ),
    "a byte order mark before what was applied": Folder(
        make=write("02_step", b"\xef\xbb\xbfCREATE TABLE t02 (id int);\n"), codes={"history.edited"}
    ),
    "a file that leads to itself": Folder(make=loop("23_more/migration.sql"), codes={"history.unreadable"}),
    "a folder that leads to itself": Folder(make=loop("23_more"), codes={"history.unreadable"}),
    "a folder without its file": Folder(
        make=lambda folder: (folder / "23_more").mkdir(), codes={"history.unreadable"}
    ),
    "what is no text": Folder(make=write("23_more", bytes(range(256))), codes={"release.unparsable-sql"}),
    "something destructive behind a comment that nobody closed": Folder(
        make=write("23_more", b'/* SELECT 1; DROP TABLE "User";\n'), codes={"release.unparsable-sql"}
    ),
}
JUDGED_BY_PEOPLE = {"what is no text", "something destructive behind a comment that nobody closed"}


@pytest.mark.parametrize("name", FOLDERS)
def test_whatever_lies_in_a_folder_is_found(night: Night, tmp_path: Path, name: str) -> None:
    folder = FOLDERS[name]
    directory = prisma(tmp_path / "release", **migrations())
    folder.make(directory)
    found = start(night, source=Source(migrations=directory))
    light = Light.SECOND_PERSON if name in JUDGED_BY_PEOPLE else folder.light
    assert (found.light, codes(found)) == (light, folder.codes), night.shown(found.id)


def test_a_folder_that_nobody_may_read_blocks(night: Night, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    directory = prisma(tmp_path / "release", **migrations())
    directory.chmod(0o000)
    try:
        assert "history.unreadable" in codes(start(night, source=Source(migrations=directory)))
    finally:
        directory.chmod(0o755)


def test_a_huge_migration_is_judged_in_time(night: Night, tmp_path: Path) -> None:
    rows = ",\n".join(f"({number}, 'user {number}')" for number in range(1_000))
    text = f'INSERT INTO "User" (id, name) VALUES {rows} ON CONFLICT DO NOTHING;\n' * 60  # noqa: S608
    directory = prisma(tmp_path / "release", **migrations(), **{"23_seed": f'{text}DROP TABLE "User";\n'})
    began = time.monotonic()
    found = start(night, source=Source(migrations=directory))
    assert len(text) > 1_000_000
    assert codes(found) <= {"release.destructive-sql", "release.unparsable-sql"}
    assert found.light is Light.SECOND_PERSON
    assert time.monotonic() - began < 30


def test_ten_thousand_migrations_are_judged_in_time(night: Night, tmp_path: Path) -> None:
    many = {f"{number:05}_step": f"SELECT {number};\n" for number in range(10_000)}
    night.live.execute("TRUNCATE _prisma_migrations")
    apply(night, **many)
    accept_again(night)
    night.back_up()
    directory = prisma(tmp_path / "release", **many, **{"10000_add_vat": ADD_VAT})
    began = time.monotonic()
    found = start(night, source=Source(migrations=directory))
    assert (found.light, codes(found)) == (Light.CLEAR, set())
    assert "10,000 applied, 1 pending" in night.shown(found.id)
    assert time.monotonic() - began < 20


def test_a_history_in_another_schema_than_the_connection_string_names_blocks(
    night: Night, tmp_path: Path
) -> None:
    night.live.execute("CREATE SCHEMA app; ALTER TABLE _prisma_migrations SET SCHEMA app")
    night.live.execute("GRANT USAGE ON SCHEMA app TO PUBLIC")
    source = Source(migrations=prisma(tmp_path / "release", **migrations()), schema="public")
    wrong = codes(start(night, source=source))
    right = codes(start(night, source=replace(source, schema="app")))
    assert wrong - right == {"identity.other-database"}


def test_a_history_with_other_columns_blocks(night: Night, tmp_path: Path) -> None:
    night.live.execute("ALTER TABLE _prisma_migrations RENAME COLUMN checksum TO hash")
    found = start(night, source=Source(migrations=prisma(tmp_path / "release", **migrations())))
    assert (found.light, "history.unreadable" in codes(found)) == (Light.BLOCKED, True)
    assert "it lacks checksum" in night.shown(found.id)


def test_a_history_that_a_running_migration_holds_blocks_in_time(night: Night, tmp_path: Path) -> None:
    source = Source(migrations=prisma(tmp_path / "release", **migrations()))
    with psycopg.connect(night.live.dsn) as migrating:
        migrating.execute("LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        found = start(night, source=source)
        assert time.monotonic() - began < 20
    assert (found.light, "history.unreadable" in codes(found)) == (Light.BLOCKED, True)
    assert "locked" in night.shown(found.id)
    assert start(night, source=source).light is Light.CLEAR


def test_a_database_that_goes_away_in_the_middle_blocks(night: Night, tmp_path: Path) -> None:
    source = Source(migrations=prisma(tmp_path / "release", **migrations()))
    operation = starting.request(night.services, NAME, "v1.4.0", MARA, source)
    with psycopg.connect(night.live.dsn) as migrating, ThreadPoolExecutor(1) as gate:
        migrating.execute('LOCK TABLE "User" IN ACCESS EXCLUSIVE MODE')
        judged = gate.submit(night.run, operation)
        until(lambda: night.live.execute(ENDS_WAITING))
        night.live.execute(ENDS_ALL)
        with suppress(CommandFailed):
            judged.result()
    found = load(night, operation.id)
    assert found.stage is not Stage.OPEN
    with pytest.raises(NotFound):
        ending.finish(night.services, NAME, MARA)


def test_the_gate_writes_nothing(night: Night, tmp_path: Path) -> None:
    source = Source(migrations=prisma(tmp_path / "release", **migrations("", "23_add_vat")))
    before = written(night)
    start(night, source=source)
    assert written(night) == before


def written(night: Night) -> list[tuple[object, ...]]:
    """Every counter of the database that only writing moves."""
    night.live.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
    tables = night.live.execute(
        "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, n_dead_tup, n_mod_since_analyze, "
        "vacuum_count, analyze_count FROM pg_stat_all_tables ORDER BY relid"
    )
    database = night.live.execute(
        "SELECT tup_inserted, tup_updated, tup_deleted, temp_files, deadlocks "
        "FROM pg_stat_database WHERE datname = current_database()"
    )
    sequences = night.live.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
    return [*tables, *database, *sequences]
