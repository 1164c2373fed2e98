"""How the simulated Slack says no: to the app in Slack's codes, to scripts and to the page in words."""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """What a Web API method answers with `ok` false; `details` stand beside the code."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class ScriptError(Exception):
    """What a script or the page is told, with an HTTP status between 400 and 499."""

    def __init__(self, status: int, error: str, hint: str = "", **details: Any) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint
        self.details = details


def invalid(code: str, messages: Sequence[str]) -> SlackError:
    """A refusal that says where the argument is wrong, as Slack does."""
    return SlackError(code, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]})
