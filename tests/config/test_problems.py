"""A configuration that is wrong: each fault in words, all of them at once, and never a secret."""

from pathlib import Path

import pytest

from bot.config import load
from bot.errors import ConfigurationError
from tests.config.conftest import DATABASE, PLACES, SLACK, WHOLE, Problems, write_token

SECRET = "hunter2hunter2"


def only(found: dict[str, str]) -> tuple[str, str]:
    ((reason, hint),) = found.items()
    return reason, hint


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        (WHOLE + 'chanel = "x"\n', "databases.projectledger.chanel: unknown key", "did you mean channel?"),
        ('[slak]\nchannel = "x"\n' + WHOLE, "slak: unknown key", "did you mean slack?"),
        (
            WHOLE + '[databases.projectledger.expect]\n"public.User" = { mni = 1 }\n',
            'databases.projectledger.expect."public.User".mni: unknown key',
            "did you mean min?",
        ),
        (WHOLE.replace('["@dba"]', "[]"), "databases.projectledger.approvers: is empty", '["@dba"]'),
        (WHOLE.replace('["@dba"]', '"@dba"'), "databases.projectledger.approvers: must be a list", "example"),
        (WHOLE + "approvals = 0\n", "databases.projectledger.approvals: must be from 1 to 5", "requester"),
        (WHOLE + "approvals = 6\n", "databases.projectledger.approvals: must be from 1 to 5", "requester"),
        (WHOLE + 'requesters = ["everyone"]\n', "databases.projectledger.requesters.0: is neither", "@dba"),
        (WHOLE.replace("projectledger]", "list]"), "databases.list: could not be told", "any other name"),
        (WHOLE.replace("projectledger]", "b-2025]"), "databases.b-2025: could not be told", "any other name"),
        (WHOLE.replace("projectledger]", "lead]"), "databases.lead: could not be told", "any other name"),
        (WHOLE.replace("projectledger]", "anyway]"), "databases.anyway: could not be told", "any other name"),
        (WHOLE.replace("projectledger]", "30m]"), "databases.30m: could not be told", "any other name"),
        (WHOLE.replace("projectledger]", "Ledger]"), "databases.Ledger: is no name", "a-z"),
        (SLACK + PLACES, "databases: missing", "add a section [databases]"),
        (SLACK + PLACES + "[databases]\n", "databases: is empty", "[databases.NAME]"),
        (WHOLE.replace('[state]\ndirectory = "state"\n', ""), "state: missing", "add a section [state]"),
        (
            WHOLE.replace('directory = "state"', ""),
            "state: needs either directory or dsn",
            "/var/lib/secondkey",
        ),
        (
            WHOLE.replace("file://backups", "s3://bucket"),
            "repository.url: s3:// is not supported yet",
            "file:///",
        ),
        (
            WHOLE.replace("file://backups", "s3:bucket"),
            "repository.url: s3: is not supported yet",
            "file:///",
        ),
        (
            WHOLE.replace('"keys/signing.key"', '"~nobody-at-all/key"'),
            "repository.signing_key: is not a path",
            "write it out",
        ),
        (
            WHOLE.replace("keys/", "state/x/"),
            "repository.signing_key: lies in the state directory",
            "another place",
        ),
        (
            WHOLE.replace("keys/", "backups/"),
            "repository.signing_key: lies in the repository",
            "another place",
        ),
        (
            WHOLE.replace("db.example.org/projectledger", "db.example.org"),
            "databases.projectledger.dsn: names no database",
            "postgresql://",
        ),
        (
            WHOLE + '[databases.projectledger.backup]\nmax_age = "soon"\n',
            "databases.projectledger.backup.max_age: is not a duration",
            '"2d"',
        ),
        (
            WHOLE + '[databases.projectledger.backup]\nmax_age = "99999999999999w"\n',
            "databases.projectledger.backup.max_age: is longer",
            '"2d"',
        ),
        (
            WHOLE + '[databases.projectledger.severities]\n"rows.zer" = "critical"\n',
            'databases.projectledger.severities."rows.zer": is not known',
            "did you mean rows.zero?",
        ),
        (
            WHOLE + '[databases.projectledger.severities]\n"rows.zero" = "warning"\n',
            "databases.projectledger.severities: rows.zero cannot go below critical",
            "only be raised",
        ),
        (
            WHOLE + '[databases.projectledger.migrations]\ntool = "liquibase"\n',
            "databases.projectledger.migrations.tool: is not known",
            "prisma, alembic, django",
        ),
    ],
)
def test_each_fault_is_named_by_its_key_with_the_next_move(
    problems: Problems, text: str, reason: str, hint: str
) -> None:
    found_reason, found_hint = only(problems(text))
    assert found_reason.startswith(reason)
    assert hint in found_hint


def test_everything_that_is_wrong_is_told_at_once(problems: Problems, folder: Path) -> None:
    (folder / "app-token").unlink()
    second = DATABASE.replace("projectledger]", "show]").replace("@dba", "nobody")
    found = problems(
        WHOLE.replace("keys/", "state/") + "approvals = 9\nlevel = 1\n" + second,
        {"SECONDKEY_SLCK__CHANNEL": "x"},
    )
    assert {reason.split(":")[0] for reason in found} == {
        "SECONDKEY_SLCK__CHANNEL",
        "slack.app_token_file",
        "databases.projectledger.approvals",
        "databases.projectledger.level",
        "databases.show",
        "databases.show.approvers.0",
        "databases.show.dsn",
        "repository.signing_key",
    }


def test_a_missing_token_names_the_variable(problems: Problems) -> None:
    found = problems('[slack]\nchannel = "ops"\n' + PLACES + DATABASE)
    assert list(found) == ["slack.bot_token: missing", "slack.app_token: missing"]
    assert "SECONDKEY_SLACK__BOT_TOKEN" in found["slack.bot_token: missing"]


def test_a_token_that_others_may_read_is_refused(problems: Problems, folder: Path) -> None:
    write_token(folder / "bot-token", "xoxb-1", mode=0o640)
    reason, hint = only(problems(WHOLE))
    assert "others may read" in reason
    assert hint == f"chmod 600 {folder / 'bot-token'}"


def test_swapped_and_foreign_tokens_are_told_apart_and_not_repeated(problems: Problems) -> None:
    tokens = {"SECONDKEY_SLACK__BOT_TOKEN": f"xapp-{SECRET}", "SECONDKEY_SLACK__APP_TOKEN": SECRET}
    found = problems(WHOLE, tokens)
    assert list(found) == ["slack.bot_token: this is the app token", "slack.app_token: this is no app token"]
    assert SECRET not in str(found)


def test_two_names_that_differ_only_in_case_are_one(problems: Problems) -> None:
    other = DATABASE.replace("projectledger]", "ProjectLedger]").replace("org/", "org/second_")
    found = problems(WHOLE + other)
    assert "databases.ProjectLedger: has the name of databases.projectledger" in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("postgresql://a@DB.example.org/x", "postgresql://b@db.example.org:5432/x"),
        ("postgresql://a@localhost:5433/x", "host=/var/run/postgresql port=5433 dbname=x"),
        ("postgresql://127.0.0.2/x", "postgresql://[::1]/x"),
        ("postgresql://one,two/x", "postgresql://two/x"),
        ("postgresql://0.0.0.0/x", "postgresql://[::ffff:127.0.0.1]/x"),
    ],
)
def test_two_databases_that_lead_to_one_place_are_refused(problems: Problems, one: str, other: str) -> None:
    first = DATABASE.replace("postgresql://bot@db.example.org/projectledger", one)
    second = DATABASE.replace("projectledger]", "second]").replace(
        "postgresql://bot@db.example.org/projectledger", other
    )
    reason, _ = only(problems(SLACK + PLACES + first + second))
    assert reason.startswith("databases.second.dsn: leads to the same database as databases.projectledger")


@pytest.mark.parametrize("key", ["dsn", "restore_dsn"])
def test_the_state_never_lies_on_a_protected_server(problems: Problems, key: str) -> None:
    state = f'dsn = "postgresql://secondkey:{SECRET}@db.example.org/state"'
    text = WHOLE.replace('directory = "state"', state)
    if key == "restore_dsn":
        text += 'restore_dsn = "postgresql://r@db.example.org/projectledger"\n'
    reason, _ = only(problems(text))
    assert reason.startswith("state.dsn: leads to the server of databases.projectledger")
    assert SECRET not in reason


def test_restoring_and_reading_lead_to_one_database(problems: Problems) -> None:
    for elsewhere in ("db.example.org/other", "other.example.org/projectledger"):
        reason, _ = only(problems(WHOLE + f'restore_dsn = "postgresql://r:{SECRET}@{elsewhere}"\n'))
        assert reason.startswith("databases.projectledger.restore_dsn: leads to")
        assert SECRET not in reason


def test_a_connection_string_that_cannot_be_read_does_not_give_its_password_away(problems: Problems) -> None:
    text = WHOLE.replace("postgresql://bot@db.example.org/projectledger", f"host=db password={SECRET} '")
    assert SECRET not in str(problems(text))


def test_a_file_that_is_not_there_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "none.toml", {}, need_slack=False)
    assert "there is no configuration file" in str(raised.value)
    assert "--config" in str(raised.value)
    assert "SECONDKEY_CONFIG" in str(raised.value)


def test_what_is_no_file_or_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"a = \xff\xfe")
    for path, said in ((tmp_path, "cannot be read"), (tmp_path / "binary.toml", "is not UTF-8 text")):
        with pytest.raises(ConfigurationError) as raised:
            load(path, {}, need_slack=False)
        assert said in str(raised.value)


def test_a_syntax_error_is_told_with_line_and_column(problems: Problems) -> None:
    reason, _ = only(problems("[slack]\nchannel = ops\n"))
    assert "is not valid TOML" in reason
    assert "line 2, column 11" in reason


def test_a_section_that_is_there_twice_is_named(problems: Problems) -> None:
    reason, _ = only(problems(WHOLE + DATABASE))
    assert "the section [databases.projectledger] is there twice (at line" in reason


def test_a_value_in_the_place_of_a_section_is_told(problems: Problems) -> None:
    found = problems("databases = 3\nslack = 1\n" + PLACES)
    assert found.keys() == {"slack: must be a section", "databases: must be a section"}


@pytest.mark.parametrize("password", [f"{SECRET}/1", f"1/{SECRET}", f"1@{SECRET}"])
def test_a_password_that_is_not_encoded_is_never_taken_for_a_place(problems: Problems, password: str) -> None:
    text = WHOLE.replace("//bot@db.example.org", f"//bot:{password}@db.example.org")
    reason, _ = only(problems(text))
    assert "password whose @ or / is not written as %40 or %2F" in reason
    assert SECRET not in reason
