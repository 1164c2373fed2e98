"""Slack's tokens: found in the configuration, in the environment or in files that only we may read."""

import stat
from pathlib import Path
from typing import Any

from bot.config.paths import absolute
from bot.errors import SecondkeyError

#: How each begins, and where Slack shows it.
_TOKENS = {
    "bot_token": ("xoxb-", "OAuth & Permissions"),
    "app_token": ("xapp-", "Basic Information, App-Level Tokens"),
}


def without_tokens(slack: dict[str, Any]) -> dict[str, Any]:
    """The section for whoever does not reach Slack: a secret that is not needed is not kept."""
    return {key: value for key, value in slack.items() if key not in _TOKENS}


def with_tokens(slack: dict[str, Any], folder: Path) -> tuple[dict[str, Any], list[SecondkeyError]]:
    """The section with both tokens in it, and what is wrong with them; no token is repeated."""
    found = without_tokens(slack)
    problems: list[SecondkeyError] = []
    for key in _TOKENS:
        try:
            found[key] = _checked(key, _token(slack, key, folder))
        except SecondkeyError as problem:
            problems.append(problem)
    return found, problems


def _token(slack: dict[str, Any], key: str, folder: Path) -> str:
    """The token itself comes before the file that holds it."""
    token = slack.get(key)
    if isinstance(token, str) and token:
        return token.strip()
    named = slack.get(f"{key}_file")
    path = absolute(named, folder) if isinstance(named, str) else None
    if path is not None:
        return _read(f"slack.{key}_file", path)
    raise SecondkeyError(
        f"slack.{key}: missing",
        f"set SECONDKEY_SLACK__{key.upper()}, or name a file of mode 600: {key}_file",
    )


def _read(key: str, path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecondkeyError(
            f"{key}: {path} cannot be read: {error.strerror}", "check its name and its owner"
        ) from error
    except UnicodeDecodeError:
        token, mode = "", 0o600
    if mode & 0o077:
        raise SecondkeyError(f"{key}: others may read {path} (mode {mode:o})", f"chmod 600 {path}")
    if not token:
        raise SecondkeyError(f"{key}: {path} holds no token", "write the token into it, and nothing else")
    return token


def _checked(key: str, token: str) -> str:
    beginning, place = _TOKENS[key]
    if token.startswith(beginning):
        return token
    other = next(other for other in _TOKENS if other != key)
    if token.startswith(_TOKENS[other][0]):
        raise SecondkeyError(f"slack.{key}: this is the {_words(other)}", "the two tokens are swapped")
    raise SecondkeyError(
        f"slack.{key}: this is no {_words(key)}", f"it begins with {beginning}; Slack shows it under {place}"
    )


def _words(key: str) -> str:
    return key.replace("_", " ")
