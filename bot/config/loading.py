"""Reads `secondkey.toml` and the environment, and tells everything that is wrong with them at once."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config.consistency import inconsistencies
from bot.config.environment import from_environment, unknown_variables
from bot.config.models import Settings
from bot.config.problems import explain, key_path
from bot.config.tokens import with_tokens, without_tokens
from bot.errors import ConfigurationError, SecondkeyError

CONFIG_VARIABLE = "SECONDKEY_CONFIG"
DEFAULT_NAME = "secondkey.toml"
_TWICE = re.compile(r"Cannot declare \((.*)\) twice (\(at .*\))")


def load(path: Path | None, environ: Mapping[str, str], *, need_slack: bool) -> Settings:
    """The settings of this file, or of `SECONDKEY_CONFIG`, or of `secondkey.toml` here; the environment wins.

    Slack's tokens are read and kept only with `need_slack`. Raises `ConfigurationError` with every problem.
    """
    file, data = _found(path, environ)
    problems = list(unknown_variables(environ))
    problems += _settle_tokens(data, file.parent, need_slack)
    settings, found = _validated(data, file.parent)
    problems += found
    problems += inconsistencies(data, file.parent)
    if settings is None or problems:
        raise ConfigurationError(problems)
    return settings


def load_bot_token(path: Path | None, environ: Mapping[str, str]) -> str:
    """The bot's own token, for whoever only has something to say; empty where none is set that will do.

    Raises `ConfigurationError` where there is no configuration.
    """
    file, data = _found(path, environ)
    slack = data.get("slack")
    tokens = with_tokens(slack, file.parent)[0] if isinstance(slack, dict) else {}
    return str(tokens.get("bot_token", ""))


def _found(path: Path | None, environ: Mapping[str, str]) -> tuple[Path, dict[str, Any]]:
    file = (path or Path(environ.get(CONFIG_VARIABLE) or DEFAULT_NAME)).expanduser().absolute()
    return file, _overlaid(_read(file), from_environment(environ))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason = f"there is no configuration file {file}"
        hint = f"name one with `--config` or {CONFIG_VARIABLE}; docs/secondkey.example.toml shows every key"
    except OSError as error:
        reason, hint = f"{file} cannot be read: {error.strerror}", "check its name, its owner and its mode"
    except UnicodeDecodeError as error:
        reason, hint = f"{file} is not UTF-8 text, from byte {error.start} on", "save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        reason, hint = f"{file} is not valid TOML: {_words(str(error))}", "strings and dates need quotes"
    raise ConfigurationError([SecondkeyError(reason, hint)])


def _words(message: str) -> str:
    """The parser's words, with line and column; a section that is there twice is named as it is written."""
    twice = _TWICE.fullmatch(message)
    if twice is None:
        return message[:1].lower() + message[1:]
    section = key_path(re.findall(r"'([^']*)'", twice[1]))
    return f"the section [{section}] is there twice {twice[2]}"


def _overlaid(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables are merged; anything else from above replaces what was there."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _overlaid(merged[key], value) if both else value
    return merged


def _settle_tokens(data: dict[str, Any], folder: Path, need_slack: bool) -> list[SecondkeyError]:
    """Put the tokens into the data, or take them out where nobody needs them."""
    slack = data.get("slack")
    if slack is None and need_slack:
        return [SecondkeyError("slack: missing", 'add a section [slack] with channel = "ops"')]
    if not isinstance(slack, dict):
        return []
    if not need_slack:
        data["slack"] = without_tokens(slack)
        return []
    data["slack"], problems = with_tokens(slack, folder)
    return problems


def _validated(data: dict[str, Any], folder: Path) -> tuple[Settings | None, list[SecondkeyError]]:
    try:
        return Settings.model_validate(data, context={"folder": folder}), []
    except ValidationError as error:
        return None, explain(error, Settings)
