"""A configuration in a folder of its own, complete unless a test changes it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.errors import ConfigurationError

SLACK = """\
[slack]
channel = "ops"
bot_token_file = "bot-token"
app_token_file = "app-token"
"""
PLACES = """\
[state]
directory = "state"
[repository]
url = "file://backups"
signing_key = "keys/signing.key"
"""
DATABASE = """\
[databases.projectledger]
dsn = "postgresql://bot@db.example.org/projectledger"
approvers = ["@dba"]
"""
WHOLE = SLACK + PLACES + DATABASE

Load = Callable[..., Settings]
Problems = Callable[..., dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The configuration's folder, with the two token files in it."""
    write_token(tmp_path / "bot-token", "xoxb-1-secret\n")
    write_token(tmp_path / "app-token", "xapp-1-secret\n")
    return tmp_path


@pytest.fixture
def load_text(folder: Path) -> Load:
    """Load this TOML as the file of the folder."""

    def load_it(text: str, environ: Mapping[str, str] | None = None, *, need_slack: bool = True) -> Settings:
        file = folder / "secondkey.toml"
        file.write_text(text)
        return load(file, environ or {}, need_slack=need_slack)

    return load_it


@pytest.fixture
def problems(load_text: Load) -> Problems:
    """What is wrong with this TOML: each reason with its hint."""

    def find(
        text: str, environ: Mapping[str, str] | None = None, *, need_slack: bool = True
    ) -> dict[str, str]:
        with pytest.raises(ConfigurationError) as raised:
            load_text(text, environ, need_slack=need_slack)
        return {problem.reason: problem.hint for problem in raised.value.problems}

    return find


def write_token(path: Path, token: str, mode: int = 0o600) -> None:
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(token)
