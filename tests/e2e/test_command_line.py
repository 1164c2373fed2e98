"""The same operations on a command line: JSON for scripts, exit codes for CI, with a bot and without one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.postgres.server import Server
from tests import servers
from tests.e2e.conftest import CONFIGURATION, TABLES, World
from tests.e2e.people import says
from tests.e2e.terminal import secondkey
from tests.servers import Database

TOKENS = {"SECONDKEY_SLACK__BOT_TOKEN": "xoxb-1-1-x", "SECONDKEY_SLACK__APP_TOKEN": "xapp-1-A1-1-x"}


@pytest.fixture
def config(tmp_path: Path, database: Database, state_server: Server) -> Iterator[Path]:
    """A configuration without a running bot, for a database that holds something."""
    database.execute(TABLES)
    state = servers.new_state(state_server)
    path = tmp_path / "secondkey.toml"
    content = CONFIGURATION.format(api="http://127.0.0.1:9/api/", state=state.dsn, dsn=database.dsn, more="")
    path.write_text(content.replace('bot_token_file = "bot-token"\napp_token_file = "app-token"\n', ""))
    yield path
    servers.drop_database(state)


def test_a_script_adopts_backs_up_loses_rows_and_is_told(config: Path, database: Database) -> None:
    first = secondkey("verify", "--json", config=config)
    assert first.code == 3
    assert first.data["verdict"] == "block"
    codes = {found["code"] for found in first.data["findings"]}
    assert "baseline.missing" in codes
    assert set(first.data["findings"][0]) == {"code", "severity", "subject", "detail", "hint"}
    assert (first.data["state"]["rows"], first.data["state"]["empty_tables"]) == (15, ["Session"])
    asked = secondkey("verify", config=config).output
    assert "is this the database you mean?" in asked
    assert "secondkey verify accept projectledger" in asked

    pinned = secondkey("verify", "accept", config=config)
    assert pinned.code == 0
    assert f"oid {first.data['state']['oid']}" in pinned.output
    assert "marker " in pinned.output

    made = secondkey("backup", "projectledger", "before", "v1.3.0", "--json", config=config)
    assert made.code == 0, made.errors
    assert made.data["level"] == "restore-tested"
    assert made.data["health"] == "healthy"
    assert made.data["kind"] == "manual"
    assert made.data["reason"] == "before v1.3.0"
    archive = config.parent / "backups" / "projectledger" / f"{made.data['id']}.dump"
    assert archive.stat().st_size == made.data["bytes"]

    assert secondkey("verify", config=config).code == 0
    database.execute('TRUNCATE "User"')
    lost = secondkey("verify", "projectledger", "--json", config=config)
    assert lost.code == 3
    assert "rows.zero" in {found["code"] for found in lost.data["findings"]}

    drilled = secondkey("drill", "--json", config=config)
    assert (drilled.code, [each["backup_id"] for each in drilled.data["drills"]]) == (0, [made.data["id"]])
    assert drilled.data["drills"][0]["restore_seconds"] > 0

    kept = secondkey("backup", "emergency", "data", "is", "vanishing", "--json", config=config)
    assert (kept.code, kept.data["kind"], kept.data["health"]) == (0, "emergency", "suspect")
    listed = secondkey("backups", "projectledger", "--json", config=config)
    assert [backup["id"] for backup in listed.data] == [kept.data["id"], made.data["id"]]
    assert secondkey("backups", "show", made.data["id"], "--json", config=config).data == made.data
    assert f"by default: {made.data['id']}" in secondkey("backups", config=config).output

    unsaid = secondkey("verify", "accept", "--json", config=config)
    assert (unsaid.code, unsaid.data["error"]) == (4, "reason-missing")
    assert (
        "secondkey verify accept projectledger --reason REASON"
        in secondkey("verify", "accept", config=config).errors
    )
    accept = ("verify", "accept", "projectledger", "--reason", "they were purged", "--json")
    refused = secondkey(*accept, config=config)
    assert (refused.code, refused.data["error"]) == (4, "second-key-needed")
    assert "User 12 → 0" in refused.data["reason"]
    assert secondkey("verify", "projectledger", "--reason", "x", config=config).code == 2


def test_the_catalogue_is_rebuilt_from_the_repository_alone(config: Path, state_server: Server) -> None:
    made = secondkey("backup", "--json", config=config).data
    emptied = servers.new_database(state_server)
    text = config.read_text()
    before = text.partition('[state]\ndsn = "')[2].partition('"')[0]
    config.write_text(text.replace(before, emptied.dsn))
    assert secondkey("backups", "--json", config=config).data == [made | {"held": None}]
    rebuilt = secondkey("backups", "rebuild", "--json", config=config)
    assert (rebuilt.code, rebuilt.data) == (0, [made | {"held": None}])
    assert secondkey("backups", "show", made["id"], "--json", config=config).data == made
    servers.drop_database(emptied)


def test_with_the_state_lost_what_is_not_trusted_is_listed(config: Path, state_server: Server) -> None:
    made = secondkey("backup", "--json", config=config).data
    manifest = config.parent / "backups" / "projectledger" / f"{made['id']}.json"
    manifest.write_text(manifest.read_text().replace('"rows": 12', '"rows": 99'))
    emptied = servers.new_database(state_server)
    text = config.read_text()
    before = text.partition('[state]\ndsn = "')[2].partition('"')[0]
    config.write_text(text.replace(before, emptied.dsn))
    (listed,) = secondkey("backups", "--json", config=config).data
    assert (listed["id"], listed["level"], listed["health"]) == (made["id"], "written", "unknown")
    assert f"not trusted: {made['id']} of projectledger" in secondkey("backups", config=config).output
    shown = secondkey("backups", "show", made["id"], "--json", config=config)
    assert (shown.code, shown.data["error"]) == (1, "document-edited")
    servers.drop_database(emptied)


def test_what_is_not_trusted_stays_in_a_rebuilt_catalogue_and_fails_the_script(config: Path) -> None:
    made = secondkey("backup", "--json", config=config).data
    manifest = config.parent / "backups" / "projectledger" / f"{made['id']}.json"
    manifest.write_text(manifest.read_text().replace('"rows": 12', '"rows": 99'))
    rebuilt = secondkey("backups", "rebuild", "--json", config=config)
    assert rebuilt.code == 1
    assert f"not trusted: {made['id']} of projectledger" in rebuilt.errors
    assert [(backup["id"], bool(backup["corrupt"])) for backup in rebuilt.data] == [(made["id"], True)]
    blocked = secondkey("verify", "--json", config=config)
    found = {each["code"] for each in blocked.data["findings"]}
    assert {"backup.corrupt", "backup.unsigned"} <= found


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["backup", "projectleger", "before v2"], "did you mean projectledger"),
        (["verify", "projectlegder"], "did you mean projectledger"),
        (["backups", "show", "../../etc/passwd"], "an id looks like"),
        (["backups", "show", "B-20200101-000000-abcd"], "backups rebuild"),
        (["audit", "verfy"], "secondkey audit verify"),
    ],
)
def test_the_wrong_thing_typed_is_usage_and_says_what_to_type(
    config: Path, words: list[str], hint: str
) -> None:
    answer = secondkey(*words, config=config)
    assert answer.code == 2
    assert answer.errors.startswith("error: ")
    assert hint in answer.errors
    assert "Traceback" not in answer.errors


def test_everything_wrong_with_the_configuration_is_said_at_once(config: Path) -> None:
    config.write_text(config.read_text().replace("approvers", "aprovers").replace("[repository]", "[repo]"))
    answer = secondkey("backups", config=config)
    assert answer.code == 2
    assert answer.errors.count("error: ") >= 3
    assert "did you mean approvers?" in answer.errors


def test_a_database_that_is_gone_blocks_and_its_backup_fails(config: Path, database: Database) -> None:
    servers.drop_database(database)
    absent = secondkey("verify", "--json", config=config)
    assert absent.code == 3
    assert absent.data["findings"][0]["code"] == "identity.absent"
    failed = secondkey("backup", config=config)
    assert failed.code == 1
    assert "the server answers and has no database" in failed.errors


def test_a_damaged_archive_is_found_by_its_next_test_and_by_a_look(config: Path) -> None:
    secondkey("verify", "accept", config=config)
    made = secondkey("backup", "--json", config=config).data
    archive = config.parent / "backups" / "projectledger" / f"{made['id']}.dump"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    tested = secondkey("verify", made["id"], "--json", config=config)
    assert tested.code == 1
    assert "was changed" in tested.data["corrupt"]
    assert (tested.data["level"], tested.data["health"]) == ("written", "unknown")
    archive.write_bytes(content[:-10])
    assert "truncated" in secondkey("backups", "show", made["id"], config=config).output
    (listed,) = secondkey("backups", "--json", config=config).data
    assert (listed["level"], listed["health"]) == ("written", "unknown")
    blocked = secondkey("verify", "--json", config=config)
    assert "backup.corrupt" in {found["code"] for found in blocked.data["findings"]}


def test_the_audit_log_is_whole_until_somebody_changes_it(config: Path) -> None:
    secondkey("verify", config=config)
    whole = secondkey("audit", "verify", "--json", config=config)
    assert (whole.code, whole.data["intact"]) == (0, True)
    state = config.read_text().partition('[state]\ndsn = "')[2].partition('"')[0]
    with psycopg.connect(state) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit_log SET actor = 'somebody else' WHERE number = 1")
    broken = secondkey("audit", "verify", "--json", config=config)
    assert (broken.code, broken.data["intact"]) == (1, False)


def test_a_signed_backup_contradicts_a_log_that_was_made_anew(config: Path) -> None:
    made = secondkey("backup", "--json", config=config).data
    assert secondkey("audit", "verify", config=config).code == 0
    state = config.read_text().partition('[state]\ndsn = "')[2].partition('"')[0]
    with psycopg.connect(state) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM audit_log")
        connection.execute("UPDATE audit_head SET number = 0, hash = repeat('0', 64)")
    anew = secondkey("audit", "verify", "--json", config=config)
    assert anew.code == 1
    assert made["id"] in anew.data["broken"][0]["what"]


@pytest.mark.parametrize("words", [("verify", "--wrong"), ("restore", "projectledger"), ("nonsense",)])
def test_a_script_reads_json_also_where_the_words_are_wrong(words: tuple[str, ...]) -> None:
    wrong = secondkey(*words, "--json")
    assert (wrong.code, wrong.data["error"], wrong.errors) == (2, "usage", "")


def test_a_terminal_is_told_the_commands_of_a_terminal(config: Path) -> None:
    said = secondkey("backup", "B-20251008-1912", config=config)
    assert said.code == 2
    assert "`secondkey backups` shows them" in said.errors
    assert "`/" not in said.errors + secondkey("verify", config=config).output


def test_a_lost_key_is_told_before_the_next_backup_fails(config: Path) -> None:
    assert secondkey("keys", config=config).code == 0
    (config.parent / "signing.key").unlink()
    lost = secondkey("keys", "--json", config=config)
    assert lost.code == 1
    assert "is lost" in lost.data["reason"]
    verdict = secondkey("verify", "--json", config=config).data
    assert "backup.key-lost" in {found["code"] for found in verdict["findings"]}


def test_the_key_is_exported_once_and_never_over_a_file(config: Path, tmp_path: Path) -> None:
    shown = secondkey("keys", "--json", config=config)
    assert shown.data["exported"] is False
    copy = tmp_path / "elsewhere.key"
    assert secondkey("keys", "export", str(copy), "--json", config=config).data["exported"] is True
    assert secondkey("keys", "export", str(copy), config=config).code == 2


def test_the_command_line_works_with_a_private_state_server_and_leaves_none(
    config: Path, passable: Path
) -> None:
    text = config.read_text()
    dsn = text.partition('[state]\ndsn = "')[2].partition('"')[0]
    config.write_text(text.replace(f'dsn = "{dsn}"', f'directory = "{passable / "private"}"', 1))
    assert secondkey("verify", config=config).code == 3
    assert not list((passable / "private").rglob("postmaster.pid"))
    assert secondkey("audit", "verify", config=config).code == 0


def test_what_a_killed_restore_test_left_is_removed_by_any_command(config: Path, tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "restore-test-0123456789abcdef"
    left.mkdir(parents=True)
    (left / "rows of the protected database").touch()
    left.with_name(f"{left.name}.lock").touch()
    assert secondkey("backups", config=config).code == 0
    assert list(left.parent.iterdir()) == []


def test_beside_a_running_bot_the_result_is_in_the_channel_as_well(world: World) -> None:
    made = secondkey("backup", "before", "v2", "--json", config=world.config)
    assert made.code == 0, made.errors
    world.slack.wait("ops", says(made.data["id"], "before v2", "restore-tested"))


def test_the_manifest_is_printed_for_this_prefix() -> None:
    assert "/sk-backup" in secondkey("manifest", "--prefix", "sk-").output


def test_the_keys_life_is_in_the_audit_log(config: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere.key"
    assert secondkey("keys", "export", str(copy), config=config).code == 0
    entries = secondkey("audit", "--json", config=config).data
    assert [entry["action"] for entry in entries] == ["key.exported", "key.created"]
    assert entries[0]["actor"].startswith("cli:")
    assert entries[0]["detail"] == {"file": str(copy)}
    assert entries[0]["subject"] == entries[1]["subject"] == secondkey("keys", "--json", config=config).data[
        "fingerprint"
    ]  # fmt: skip


@pytest.mark.parametrize("words", [["backups"], ["run"]])
def test_what_a_file_in_the_way_does_not_let_us_do_is_said_in_words(
    config: Path, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "occupied").touch()
    text = config.read_text()
    dsn = text.partition('[state]\ndsn = "')[2].partition('"')[0]
    config.write_text(text.replace(f'dsn = "{dsn}"', 'directory = "occupied"', 1))
    answer = secondkey(*words, config=config, **TOKENS)
    assert answer.code == 1
    assert "occupied" in answer.errors
    assert answer.errors.startswith("error: ")
    assert "Traceback" not in answer.errors


def test_what_postgresql_refuses_is_said_in_words_and_as_json_for_scripts(config: Path) -> None:
    assert secondkey("backups", config=config).code == 0
    state = config.read_text().partition('[state]\ndsn = "')[2].partition('"')[0]
    with psycopg.connect(state) as connection:
        connection.execute("DROP TABLE backups CASCADE")
    answer = secondkey("backups", "--json", config=config)
    assert answer.code == 1
    assert answer.data["reason"].startswith("PostgreSQL says: ")
    assert "Traceback" not in answer.errors


def test_without_a_running_bot_nobody_is_asked_for_a_second_key(config: Path) -> None:
    asked = secondkey("restore", "projectledger", "--reason", "users vanished", "--json", config=config)
    assert (asked.code, asked.data["error"]) == (4, "bot-not-running")
    assert "nothing was asked" in asked.data["reason"]
    log = secondkey("audit", "--json", config=config).data
    assert not [entry for entry in log if entry["action"].startswith("restore")]


def test_the_first_move_needs_neither_slack_nor_a_bot(config: Path, database: Database) -> None:
    assert secondkey("verify", "accept", config=config).code == 0
    stopped = secondkey("traffic", "stop", "users", "vanish", "--json", config=config)
    assert stopped.code == 0, stopped.errors
    assert stopped.data[0]["stopped"]["reason"] == "users vanish"
    with pytest.raises(psycopg.OperationalError, match="not currently accepting"):
        psycopg.connect(database.dsn)
    assert secondkey("traffic", "start", config=config).code == 0
    assert database.execute('SELECT count(*) FROM "User"') == [(12,)]

    database.execute('TRUNCATE "User"')
    refused = secondkey("traffic", "start", "--json", config=config)
    assert (refused.code, refused.data["error"]) == (4, "second-key-needed")


@pytest.mark.parametrize(
    "words",
    [
        ("traffic", "stpo"),
        ("restore", "--reason", "x"),
        ("restore", "undo", "--reason", "x"),
        ("restore", "undo", "projectledger", "--backup", "B-20200101-000000-abcd", "--reason", "x"),
        ("restore", "projectledger", "--reason", "x", "--wait", "soon"),
        ("restore", "projectledger", "--reason", "x", "--wait", "1m", "--no-wait"),
        ("restore", "projectledger"),
        ("request", "show", "op-unknown"),
        ("request", "take", "op-unknown"),
    ],
)
def test_what_cannot_be_read_asks_nobody(config: Path, words: tuple[str, ...]) -> None:
    assert secondkey(*words, config=config).code == 2


LOGGING = """
import structlog
from pathlib import Path
from bot import console

def read(dsn):
    1 / 0

with console.services(Path({config!r}), True):
    structlog.get_logger().info("not shown")
    structlog.get_logger().warning("something is odd")
    try:
        read("postgresql://reader:hunter2@db/app")
    except ZeroDivisionError:
        structlog.get_logger().exception("a fault")
"""


def test_what_is_logged_goes_to_standard_error_and_holds_no_values(config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING.format(config=str(config))],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == ""
    assert "something is odd" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "not shown" not in done.stderr
    assert "hunter2@db" not in done.stderr.replace('read("postgresql://reader:hunter2@db/app")', "")
