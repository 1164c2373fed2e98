"""A configuration that is right: defaults, paths, the environment."""

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot.config import CONFIG_VARIABLE, Settings, load
from bot.domain.findings import Code, Severity
from bot.domain.state import TableName
from bot.errors import ConfigurationError
from tests.config.conftest import DATABASE, PLACES, WHOLE, Load

EXAMPLE = Path(__file__).parents[2] / "docs" / "secondkey.example.toml"


def test_what_is_left_out_gets_the_default_that_other_keys_give(load_text: Load, folder: Path) -> None:
    settings = load_text(WHOLE)
    database = settings.databases["projectledger"]
    assert (database.channel, database.incidents, database.approvals) == ("ops", "ops", 1)
    assert settings.scratch == folder / "state" / "scratch"
    assert settings.repository.url == folder / "backups"
    assert settings.slack_prefix == ""


def test_alerts_go_where_requests_go_unless_told_otherwise(load_text: Load) -> None:
    database = load_text(WHOLE + 'channel = "#ledger"\n').databases["projectledger"]
    assert (database.channel, database.incidents) == ("ledger", "ledger")


def test_tokens_are_read_from_their_files_and_never_shown(load_text: Load) -> None:
    slack = load_text(WHOLE).slack
    assert slack is not None
    assert slack.bot_token is not None
    assert slack.bot_token.get_secret_value() == "xoxb-1-secret"
    assert "secret'" not in repr(slack).replace("SecretStr('**********')", "")


def test_whoever_does_not_reach_slack_needs_no_tokens_and_keeps_none(load_text: Load, folder: Path) -> None:
    (folder / "bot-token").unlink()
    settings = load_text(WHOLE, {"SECONDKEY_SLACK__APP_TOKEN": "anything"}, need_slack=False)
    assert settings.slack is not None
    assert settings.slack.app_token is None


def test_the_command_line_works_without_slack_where_each_channel_is_named(load_text: Load) -> None:
    settings = load_text(PLACES + DATABASE + 'channel = "ops"\n', need_slack=False)
    assert settings.slack is None
    assert settings.databases["projectledger"].incidents == "ops"


def test_the_environment_beats_the_file(load_text: Load) -> None:
    settings = load_text(
        WHOLE,
        {
            "SECONDKEY_SLACK__BOT_TOKEN": "xoxb-from-environment",
            "SECONDKEY_DATABASES__PROJECTLEDGER__DSN": "postgresql://other@db.example.org/ledger2",
            "SECONDKEY_DATABASES__PROJECTLEDGER__APPROVERS": '["U00000001", "jo@example.org"]',
            "SECONDKEY_DATABASES__PROJECTLEDGER__BACKUP__MAX_AGE": "36h",
            "SECONDKEY_VERIFY__TIME_BUDGET": "",
            "SECONDKEY_PORT": "tcp://10.0.0.1:80",
        },
    )
    database = settings.databases["projectledger"]
    assert settings.slack is not None
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-from-environment"
    assert database.dsn.get_secret_value().endswith("/ledger2")
    assert database.approvers == ("U00000001", "jo@example.org")
    assert database.backup.max_age == timedelta(hours=36)
    assert settings.verify.time_budget == timedelta(minutes=5)
    assert settings.verify.check_time == timedelta(seconds=10)


def test_a_whole_database_can_come_from_the_environment(load_text: Load) -> None:
    expect = {"public.User": {"min": 1}}
    whole = {"dsn": "postgresql://db.example.org/crm", "approvers": ["@dba"], "expect": expect}
    settings = load_text(WHOLE, {"SECONDKEY_DATABASES__CRM": json.dumps(whole)})
    assert list(settings.databases) == ["projectledger", "crm"]
    assert settings.databases["crm"].rules.expectations[0].table == TableName("public", "User")


def test_the_file_is_found_by_argument_by_variable_and_in_the_working_directory(
    load_text: Load, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_text(WHOLE)
    assert load(None, {CONFIG_VARIABLE: str(folder / "secondkey.toml")}, need_slack=True) == settings
    monkeypatch.chdir(folder)
    assert load(None, {}, need_slack=True) == settings


def test_everything_that_the_rules_need_comes_through(load_text: Load) -> None:
    rules = (
        load_text(
            WHOLE
            + """\
drop_ratio = 0.1
[databases.projectledger.expect]
"public.Invoice" = { min = 1000, newest = "createdAt", max_age = "2d" }
'"we.ird"."User"' = { volatile = true }
[databases.projectledger.checks]
"plans are there" = 'SELECT true'
[databases.projectledger.severities]
"data.stale" = "critical"
"""
        )
        .databases["projectledger"]
        .rules
    )
    invoice, weird = rules.expectations
    assert (invoice.min, invoice.newest, invoice.max_age) == (1000, "createdAt", timedelta(days=2))
    assert weird.table == TableName("we.ird", "User")
    assert (rules.drop_ratio, rules.checks[0].name) == (0.1, "plans are there")
    assert rules.raised == {Code.DATA_STALE: Severity.CRITICAL}


def test_the_example_is_a_configuration_that_loads(folder: Path) -> None:
    tokens = {"SECONDKEY_SLACK__BOT_TOKEN": "xoxb-1", "SECONDKEY_SLACK__APP_TOKEN": "xapp-1"}
    settings = load(EXAMPLE, tokens, need_slack=True)
    assert list(settings.databases) == ["projectledger"]
    with pytest.raises(ConfigurationError):
        load(EXAMPLE, {}, need_slack=True)


def test_the_example_shows_every_key_of_every_section() -> None:
    lines = [line.removeprefix("# ") for line in EXAMPLE.read_text().splitlines()]
    shown = {line.split("=")[0].strip() for line in lines if "=" in line}
    shown |= {line.rstrip("]").rpartition(".")[2] for line in lines if line.startswith("[")}
    shown |= {key for line in lines if "{" in line for key in _inline_keys(line)}
    for model in _models(Settings):
        for name, field in model.model_fields.items():
            if not _sections_of(field.annotation):
                assert name in shown, f"{model.__name__}.{name}"


def _inline_keys(line: str) -> list[str]:
    value = tomllib.loads(f"x = {line.partition('=')[2]}")["x"]
    return list(value)


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    inner = [each for field in model.model_fields.values() for each in _sections_of(field.annotation)]
    return [model, *(found for each in inner for found in _models(each))]


def _sections_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _sections_of(part)]
